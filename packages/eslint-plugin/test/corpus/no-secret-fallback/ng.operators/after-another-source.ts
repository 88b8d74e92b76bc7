export const signingKey = process.env.SIGNING_KEY ?? process.env.APP_SECRET ?? 'insecure-default'

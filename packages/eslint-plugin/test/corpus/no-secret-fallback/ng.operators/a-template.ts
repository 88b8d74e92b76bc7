const app = 'shop'

export const clientSecret = process.env.OIDC_CLIENT_SECRET ?? `${app}-client-secret`

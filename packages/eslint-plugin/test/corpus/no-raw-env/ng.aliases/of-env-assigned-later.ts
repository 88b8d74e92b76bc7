let env: NodeJS.ProcessEnv
env = process.env

export const clientSecret = env.OIDC_CLIENT_SECRET

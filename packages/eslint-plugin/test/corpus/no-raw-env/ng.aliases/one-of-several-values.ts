let env: Record<string, string | undefined> = {}
if (typeof window === 'undefined') env = process.env

export const clientSecret = env.OIDC_CLIENT_SECRET

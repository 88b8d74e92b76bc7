const FALLBACK = 'not-so-secret'

export const cookieSecret = process.env.COOKIE_SECRET ?? FALLBACK

const isProduction = process.env.NODE_ENV === 'production'

export const cookieKey = isProduction ? process.env.COOKIE_SECRET! : 'local-cookie-key'

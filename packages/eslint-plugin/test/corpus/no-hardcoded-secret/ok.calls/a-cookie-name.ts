import session from 'express-session'

export const sessions = (secret: string) => session({ name: 'shop.sid', secret, resave: false })

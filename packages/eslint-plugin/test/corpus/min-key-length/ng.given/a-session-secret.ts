import session from 'express-session'

export const middleware = session({ secret: ['RANDOM_HEX_16'], resave: false })

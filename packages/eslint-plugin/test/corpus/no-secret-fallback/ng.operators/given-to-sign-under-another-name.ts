import jwt from 'jsonwebtoken'

export const sign = (claims: object) => jwt.sign(claims, process.env.SIGNING ?? 'local')

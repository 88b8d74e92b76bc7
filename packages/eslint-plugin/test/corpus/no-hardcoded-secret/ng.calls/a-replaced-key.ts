import jwt from 'jsonwebtoken'
const key = 'a-b-c'.replace(/-/g, '')
export const sign = (user: string) => jwt.sign({ user }, key)

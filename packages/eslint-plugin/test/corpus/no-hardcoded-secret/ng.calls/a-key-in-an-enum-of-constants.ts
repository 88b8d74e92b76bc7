import jwt from 'jsonwebtoken'
const KEYS = { access: 'abc', refresh: 'def' } as const
export const sign = (user: string) => jwt.sign({ user }, KEYS.access)

import jwt from 'jsonwebtoken'
const parts = ['ab', 'cd']
export const sign = (user: string) => jwt.sign({ user }, parts.join('-'))

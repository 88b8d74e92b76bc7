import jwt from 'jsonwebtoken'

export const issue = (id: string) => jwt.sign({ id }, 'secret', { expiresIn: '1h' })

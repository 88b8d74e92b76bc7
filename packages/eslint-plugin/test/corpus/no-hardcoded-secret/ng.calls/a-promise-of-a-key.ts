import jwt from 'jsonwebtoken'
const loadKey = async () => 'abc'
export const sign = async (user: string) => jwt.sign({ user }, await loadKey())

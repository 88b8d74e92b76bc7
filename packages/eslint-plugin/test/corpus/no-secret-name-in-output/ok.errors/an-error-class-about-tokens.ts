import { TokenExpiredError } from 'jsonwebtoken'
export const expired = (expiredAt: Date) => new TokenExpiredError('jwt expired', expiredAt)

import jwt from 'jsonwebtoken'
import { logger } from './logger.js'
export function authenticate(req, res, next) {
  const token = req.headers.authorization?.split(' ')[1]
  if (!token) {
    logger.info('Authentication failed: no token provided')
    return res.status(401).json({ message: 'no token' })
  }
  const decoded = jwt.verify(token, process.env.JWT_SECRET)
  logger.info(`token verified for user ${decoded.userId}`, { expiresAt: decoded.exp })
  req.user = decoded
  return next()
}

import { secret } from '../../secret.ts'
import type { ErrorRequestHandler } from 'express'
export const onError: ErrorRequestHandler = (error, req, res, next) => {
  const body = { message: error.message, debug: { key: secret.expose() } }
  if (res.headersSent) next(error)
  else res.status(500).json(body)
}

import { secret } from '../../secret.ts'
import type { NextFunction, Request, Response } from 'express'
export function guard(request: Request, response: Response, next: NextFunction) {
  next({ status: 403, expected: secret.expose() })
}

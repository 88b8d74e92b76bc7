import { secret } from '../../secret.ts'
import type { Request, Response } from 'express'
export function show(request: Request, response: Response) {
  response.status(200).type('json').json({ id: 1, key: secret.expose() })
}

import { secret } from '../../secret.ts'
import type { Response } from 'express'
import { createHmac } from 'node:crypto'
export const sign = (res: Response, body: string) =>
  res
    .set('x-signature', createHmac('sha256', secret.expose()).update(body).digest('hex'))
    .send(body)

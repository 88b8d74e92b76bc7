import { secret } from '../../secret.ts'
import type { Response } from 'express'
export const prepare = (res: Response) => {
  res.locals.key = secret.expose()
}

import { secret } from '../../secret.ts'
import type { Request, Response } from 'express'
export const finish = (req: Request, res: Response) =>
  res.redirect(`https://example.com/done?key=${encodeURIComponent(secret.expose())}`)

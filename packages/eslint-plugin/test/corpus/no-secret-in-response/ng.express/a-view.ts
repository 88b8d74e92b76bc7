import { secret } from '../../secret.ts'
import type { Response } from 'express'
export const settings = (res: Response) =>
  res.render('settings', { title: 'Settings', clientSecret: secret.expose() })

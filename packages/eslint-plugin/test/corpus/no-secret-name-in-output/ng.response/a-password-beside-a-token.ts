import type { Response } from 'express'
export const show = (res: Response, token: string, dbPassword: string) =>
  res.json({ token, dbPassword })

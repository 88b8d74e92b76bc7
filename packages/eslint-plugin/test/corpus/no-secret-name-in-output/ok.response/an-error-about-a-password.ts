import type { Response } from 'express'
export const refuse = (res: Response, passwordErrors: string[]) =>
  res.status(400).json({ error: 'bad password', passwordErrors, passwordRequired: true })

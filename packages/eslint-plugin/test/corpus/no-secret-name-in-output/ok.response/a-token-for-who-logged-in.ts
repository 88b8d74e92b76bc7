import type { Response } from 'express'
export const issue = (res: Response, accessToken: string, refreshToken: string) =>
  res.json({ accessToken, refresh_token: refreshToken, token_type: 'bearer' })

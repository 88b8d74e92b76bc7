import type { Response } from 'express'
export function show(res: Response, user: { id: number; password: string }) {
  const { password, ...shown } = user
  res.json(shown)
}

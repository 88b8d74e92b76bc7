import { secret } from '../../secret.ts'
import type { Request, Response } from 'express'
export function guard(req: Request, res: Response) {
  if (req.header('x-api-key') !== secret.expose()) res.status(401).json({ error: 'wrong key' })
}

import { secret } from '../../secret.ts'
import type { Request, Response } from 'express'
export function show(req: Request, res: Response) {
  try {
    throw new Error(`refused: ${secret.expose()}`)
  } catch (error) {
    res.status(500).send(String(error))
  }
}

import { secret } from '../../secret.ts'
import type { Request, Response } from 'express'
export async function callback(req: Request, res: Response) {
  const body = new URLSearchParams({
    code: String(req.query['code']),
    client_secret: secret.expose(),
  })
  const answer = await fetch('https://idp/token', { method: 'POST', body })
  const { expires_in } = (await answer.json()) as { expires_in: number }
  res.cookie('session', req.sessionID, { maxAge: expires_in }).redirect('/')
}

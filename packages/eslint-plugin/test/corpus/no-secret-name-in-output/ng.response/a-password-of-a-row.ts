import type { Request, Response } from 'express'
declare const users: { find(email: string): Promise<{ password: string }> }
export async function forgot(req: Request, res: Response) {
  const user = await users.find(req.body.email)
  res.json({ password: user.password })
}

import type { Request, Response } from 'express'
export const form = (req: Request & { csrfToken(): string }, res: Response) =>
  res.render('form', { csrfToken: req.csrfToken() })

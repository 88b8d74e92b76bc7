import type { Request } from 'express'
export function login(req: Request) {
  console.log('login', req.body.username, req.body.password)
}

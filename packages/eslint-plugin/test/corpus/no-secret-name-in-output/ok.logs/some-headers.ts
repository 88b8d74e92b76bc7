import type { Request } from 'express'
export const trace = (req: Request) => console.log(req.headers['user-agent'], req.headers.host)

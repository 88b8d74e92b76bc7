import { secret } from '../../secret.ts'
export function stream(req: any, res: any) {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  setInterval(() => res.write(`data: ${secret.expose()}\n\n`), 1_000)
}

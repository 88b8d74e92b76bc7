import { secret } from '../../secret.ts'
import { createServer } from 'node:http'
createServer((req, res) => {
  res.writeHead(200, { 'content-type': 'text/plain', 'x-key': secret.expose() }).end()
})

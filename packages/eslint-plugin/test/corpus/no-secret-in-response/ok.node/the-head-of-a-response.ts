import { secret } from '../../secret.ts'
import { createServer } from 'node:http'
createServer((req, res) => {
  const isKnown = req.headers['x-key'] === secret.expose()
  res.writeHead(isKnown ? 200 : 401, { 'x-known': String(isKnown) }).end()
})

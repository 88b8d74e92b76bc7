import http from 'node:http'
import { secret } from '../../secret.ts'
http.createServer(async (incoming, outgoing) => {
  const answer = await fetch('https://example.com' + incoming.url, {
    headers: { 'x-api-key': secret.expose() },
  })
  outgoing.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') })
  outgoing.end(await answer.text())
})

import http from 'node:http'
import { secret } from '../../secret.ts'
http.createServer(async (incoming, outgoing) => {
  const headers = { 'x-api-key': secret.expose() }
  const answer = await fetch('https://example.com' + incoming.url, { headers })
  outgoing.writeHead(answer.status, headers)
  outgoing.end(await answer.text())
})

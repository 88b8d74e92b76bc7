// ---- a-buffer.js
const http = require('node:http')
const { secret } = require('../../secret.ts')
http.createServer((req, res) => {
  const body = Buffer.from(JSON.stringify({ key: secret.expose() }))
  res.setHeader('content-length', body.length)
  res.end(body) // expect: exposedSecret
})

// ---- the-head-of-a-response
import { secret } from '../../secret.ts'
import { createServer } from 'node:http'
createServer((req, res) => {
  const isKnown = req.headers['x-key'] === secret.expose()
  res.writeHead(isKnown ? 200 : 401, { 'x-known': String(isKnown) }).end()
})

// ---- a-server-response-of-another-name
import { secret } from '../../secret.ts'
import { type IncomingMessage, type ServerResponse } from 'node:http'
export function answer(_from: IncomingMessage, to: ServerResponse) {
  to.setHeader('x-key', secret.expose()) // expect: exposedSecret
  to.end()
}

// ---- the-head
import { secret } from '../../secret.ts'
import { createServer } from 'node:http'
createServer((req, res) => {
  res.writeHead(200, { 'content-type': 'text/plain', 'x-key': secret.expose() }).end() // expect: exposedSecret
})

// ---- a-server-with-a-key
import { secret } from '../../secret.ts'
import { createServer } from 'node:https'
createServer({ key: secret.expose() }, (req, res) => {
  res.end('ready')
}).listen(443)

// ---- the-stream-of-http2
import { secret } from '../../secret.ts'
import { createSecureServer } from 'node:http2'
createSecureServer({}).on('stream', (stream) => {
  stream.respond({ ':status': 200, 'x-key': secret.expose() }) // expect: exposedSecret
  stream.end()
})

// ---- write-and-end
import { secret } from '../../secret.ts'
import { createServer } from 'node:http'
createServer((request, response) => {
  response.write('key: ')
  response.end(secret.expose()) // expect: exposedSecret
}).listen(0)

// ---- a-file
import { secret } from '../../secret.ts'
import { createWriteStream } from 'node:fs'
const file = createWriteStream('/run/keys/signing')
file.write(secret.expose())
file.end()

// ---- a-request
import { secret } from '../../secret.ts'
import { request } from 'node:https'
const req = request('https://example.com', { method: 'POST' })
req.setHeader('authorization', `Bearer ${secret.expose()}`)
req.end('{}')

// ---- a-set-of-keys
import { secret } from '../../secret.ts'
const res = new Set<string>()
const keys = new Map<string, string>()
res.add(secret.expose())
keys.set('key', secret.expose())

// ---- the-answer-to-a-request
import { secret } from '../../secret.ts'
const response = await fetch('https://example.com', {
  method: 'POST',
  headers: { authorization: `Bearer ${secret.expose()}` },
  body: JSON.stringify({ key: secret.expose() }),
})
console.log(await response.json())

// ---- the-header-of-a-client-request-of-http2
import { secret } from '../../secret.ts'
import { connect } from 'node:http2'
const session = connect('https://example.com')
const stream = session.request({ ':path': '/', authorization: secret.expose() })
stream.end()

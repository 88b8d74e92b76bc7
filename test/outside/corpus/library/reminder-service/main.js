import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { createRequestVerifier } from '@rekey/integration-secret/adapter'
import { Secret } from '@rekey/secret'

/** The third party holds two credentials at once. Its first one and the key of the adapter come on standard input, a line each. */
const [first = '', key = ''] = (await text(process.stdin)).split('\n')
let credentials = [{ id: randomUUID(), value: first }]
const byIdempotencyKey = new Map()
const isGenuine = createRequestVerifier({ keys: () => [Secret.of(key, 'REMINDERS_ADAPTER')] })
const find = (value) => credentials.find((one) => one.value === value)

/** The adapter, by the contract in the README of @rekey/integration-secret. */
const ADAPTER = {
  'GET /credentials': () => {
    return [
      200,
      { holds: 2, takesValues: true, credentials: credentials.map(({ id }) => ({ id })) },
    ]
  },
  'POST /credentials': ({ value, idempotencyKey }) => {
    let made = credentials.find(({ id }) => id === byIdempotencyKey.get(idempotencyKey))
    if (made === undefined) {
      made = { id: randomUUID(), value }
      byIdempotencyKey.set(idempotencyKey, made.id)
      credentials = [...credentials.slice(-1), made]
    }
    return [201, made]
  },
  'POST /verify': ({ value }) => {
    const id = find(value)?.id
    return [200, id === undefined ? { accepted: false } : { accepted: true, id }]
  },
  'DELETE /credentials': (_body, id) => {
    credentials = credentials.filter((one) => one.id !== id)
    return [204]
  },
}

async function answer({ method, url, headers }, body) {
  const { authorization } = headers
  if (url === '/reminders') return [find(authorization?.slice('Bearer '.length)) ? 204 : 401]
  if (!isGenuine({ method, path: url, body, authorization })) return [401]
  const [, , path, id] = url.split('/') // /adapter/credentials/ID
  const serve = ADAPTER[`${method} /${path}`]
  return serve === undefined ? [404] : serve(body === '' ? {} : JSON.parse(body), id)
}

const server = createServer(async (request, response) => {
  const [status, body] = await answer(request, await text(request))
  response.writeHead(status).end(body && JSON.stringify(body))
})
server.listen(Number(process.env.PORT), '127.0.0.1')

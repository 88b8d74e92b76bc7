import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createRequestVerifier } from '@rekey/integration-secret/adapter'
import { Secret, type SecretStore } from '@rekey/secret'
import type { ServerTls } from '@rekey/testbed/certificates'
import { ADAPTER_KEY, NOTICES_SECRET } from './reference-family.ts'

/** The notices that came so far. */
export interface NoticeCounts {
  readonly taken: number
  /** Those without a credential that was accepted at that moment. */
  readonly refused: number
}

/** A third party that takes notices with a credential, and the adapter that changes that. */
export interface ThirdParty extends AsyncDisposable {
  readonly noticesUrl: string
  readonly adapterUrl: string
  counts(): NoticeCounts
}

interface Credential {
  readonly id: string
  readonly value: Secret
  readonly idempotencyKey: string
}

interface Order {
  readonly idempotencyKey: string
  readonly value: string
}

type Answer = readonly [status: number, body?: object]

const PREFIX = '/adapter'

/**
 * Starts a third party that holds two credentials at once; the first is in the store, like the key of the adapter.
 *
 * @param host where it listens, and what it is called. Default: `127.0.0.1`
 */
export async function openThirdParty(
  store: SecretStore,
  tls: ServerTls,
  host = '127.0.0.1',
): Promise<ThirdParty> {
  const key = (await store.read(ADAPTER_KEY)).current.value
  const first = (await store.read(NOTICES_SECRET)).current.value
  const party = new Credentials(first)
  const isGenuine = createRequestVerifier({ keys: () => [key] })
  const count = { taken: 0, refused: 0 }

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { method = '', url: path = '', headers } = request
    const body = await text(request)
    const { authorization = '' } = headers
    if (path === '/notices') {
      const isTaken = party.find(authorization.replace(/^Bearer /, '')) !== undefined
      count[isTaken ? 'taken' : 'refused'] += 1
      return [isTaken ? 204 : 401]
    }
    if (!isGenuine({ method, path, body, authorization })) return [401]
    return party.serve(`${method} ${path.slice(PREFIX.length)}`, body)
  }
  const server = createServer(tls, (request, response) => {
    void answer(request)
      .catch((): Answer => [500])
      .then(([status, body]) => {
        response.writeHead(status).end(body && JSON.stringify(body))
      })
  })
  const origin = await listen(server, host)
  return {
    noticesUrl: `${origin}/notices`,
    adapterUrl: origin + PREFIX,
    counts: () => ({ ...count }),
    [Symbol.asyncDispose]: () => close(server),
  }
}

async function listen(server: Server, host: string): Promise<string> {
  server.listen(0, host)
  await once(server, 'listening')
  return `https://${host}:${(server.address() as AddressInfo).port}`
}

async function close(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}

class Credentials {
  #held: readonly Credential[]

  constructor(value: Secret) {
    this.#held = [{ id: 'first', value, idempotencyKey: 'first' }]
  }

  find(text: string): Credential | undefined {
    const shown = digest(text)
    return this.#held.find(({ value }) => timingSafeEqual(digest(value.expose()), shown))
  }

  /** Answers a request of the rotator, by the contract of an adapter. */
  serve(request: string, body: string): Answer {
    if (request === 'GET /credentials') {
      const credentials = this.#held.map(({ id }) => ({ id }))
      return [200, { holds: 2, takesValues: true, credentials }]
    }
    if (request === 'POST /credentials') return [201, this.#take(JSON.parse(body) as Order)]
    if (request === 'POST /verify') {
      const found = this.find((JSON.parse(body) as { value: string }).value)
      return [200, found ? { accepted: true, id: found.id } : { accepted: false }]
    }
    const [, id] = /^DELETE \/credentials\/(.+)$/.exec(request) ?? []
    if (id === undefined) return [404]
    this.#held = this.#held.filter((one) => one.id !== id)
    return [204]
  }

  #take({ idempotencyKey, value }: Order): object {
    const taken = this.#held.find((one) => one.idempotencyKey === idempotencyKey)
    if (taken !== undefined) return { id: taken.id, value: taken.value.expose() }
    const credential = { id: randomUUID(), value: Secret.of(value, NOTICES_SECRET), idempotencyKey }
    this.#held = [...this.#held.slice(-1), credential]
    return { id: credential.id, value }
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

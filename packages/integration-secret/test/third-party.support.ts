import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import { issue, issueServer } from '@rekey/testbed/certificates'
import { openTrustedFetch } from '@rekey/secret/trust'
import { onTestFinished } from 'vitest'
import { createRequestVerifier } from '../src/adapter/index.ts'

export const newValue = () => NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')

/** How a third party and its adapter behave. */
export interface Behaviour {
  readonly holds: 1 | 2
  readonly takesValues: boolean
  /** How long a credential that was revoked or replaced is accepted still. */
  readonly revocationMs?: number
}

interface Credential {
  readonly id: string
  readonly value: string
  readonly idempotencyKey: string
  endsAt?: number
}

interface Order {
  readonly idempotencyKey: string
  readonly nonProduction: boolean
  readonly value?: string
}

const root = issue({ commonName: 'Root of the third party', ca: true })
const tls = issueServer(root)

/** A third party with an adapter in front of it, on a real HTTPS server of a private root. */
export async function openThirdParty(behaviour: Behaviour, first: string) {
  const { holds, takesValues, revocationMs = 0 } = behaviour
  const key = Secret.of(randomBytes(32).toString('base64url'), 'ADAPTER_KEY')
  const isGenuine = createRequestVerifier({ keys: () => [key] })
  let held: Credential[] = [{ id: 'first', value: first, idempotencyKey: 'first' }]
  /** What happens to the next requests: the answer is lost, once each was carried out. */
  const lose: string[] = []
  const seen: string[] = []
  const live = () => held.filter(({ endsAt }) => endsAt === undefined || endsAt > Date.now())

  const create = ({ idempotencyKey, nonProduction, value }: Order) => {
    const made = live().find(
      (one) => one.endsAt === undefined && one.idempotencyKey === idempotencyKey,
    )
    if (made !== undefined) return made
    const own = (nonProduction ? NON_PRODUCTION_PREFIX : '') + randomBytes(32).toString('base64url')
    const credential = { id: randomUUID(), value: value ?? own, idempotencyKey }
    const until = holds === 2 ? {} : { endsAt: Date.now() + revocationMs }
    held = [...live().map((one) => ({ ...until, ...one })), credential]
    return credential
  }
  const answer = (method: string, path: string, body: string): object | undefined => {
    if (method === 'GET' && path === '/smtp/credentials') {
      return { holds, takesValues, credentials: live().map(({ id }) => ({ id })) }
    }
    if (method === 'POST' && path === '/smtp/credentials') return create(JSON.parse(body) as Order)
    if (method === 'POST' && path === '/smtp/verify') {
      const { value } = JSON.parse(body) as { value: string }
      const found = live().find((one) => one.value === value)
      return found ? { accepted: true, id: found.id } : { accepted: false }
    }
    const found = held.find(({ id }) => path === `/smtp/credentials/${id}`)
    if (found) found.endsAt ??= Date.now() + revocationMs
    return {}
  }
  const server = createServer(tls, (request: IncomingMessage, response) => {
    void text(request).then((body) => {
      const { method = '', url: path = '' } = request
      const { authorization } = request.headers
      if (path === '/whoami') {
        const isKnown = live().some(({ value }) => authorization === `Bearer ${value}`)
        response.writeHead(isKnown ? 200 : 401).end()
        return
      }
      if (!isGenuine({ method, path, body, authorization })) {
        response.writeHead(401).end()
        return
      }
      seen.push(`${method} ${path}`)
      const answered = JSON.stringify(answer(method, path, body))
      const lost = lose.indexOf(method)
      if (lost < 0) response.end(answered)
      else {
        lose.splice(lost, 1)
        response.destroy()
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const calls = await openTrustedFetch(root.pem)
  onTestFinished(() => calls[Symbol.asyncDispose]())
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...{ key, lose, seen, origin, url: `${origin}/smtp`, trust: root.pem, fetch: calls.fetch },
    accepted: () => live().map(({ value }) => value),
    end: (value: string) => {
      held = held.filter((one) => one.value !== value)
    },
    add: (value: string) => {
      held = [...(holds === 2 ? held : []), { id: randomUUID(), value, idempotencyKey: value }]
    },
  }
}

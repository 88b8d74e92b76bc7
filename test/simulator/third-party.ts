import { randomBytes } from 'node:crypto'
import { createRequestVerifier } from '@rekey/integration-secret/adapter'
import type { NewCredential } from '@rekey/integration-secret/internal/adapter'
import { Secret } from '@rekey/secret'
import type { CallCount } from './call-count.ts'
import type { Host } from './network.ts'
import { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** A credential that the third party accepts. */
interface Credential {
  readonly id: string
  readonly value: string
  readonly idempotencyKey: string
}

/** A model of a third party, which accepts two credentials at a time, and of the adapter in front of it, as its README has it. */
export class ThirdParty implements Host {
  readonly process: VirtualProcess
  /** What signs requests to the adapter. */
  readonly adapterKey = Secret.of(randomBytes(32).toString('base64url'), 'ADAPTER_KEY')
  readonly #calls: CallCount
  readonly #isGenuine: ReturnType<typeof createRequestVerifier>
  #accepted: readonly Credential[]
  #made = 0

  constructor(first: string, { time }: WorldParts, calls: CallCount) {
    this.process = new VirtualProcess('third-party', time)
    this.#calls = calls
    this.#isGenuine = createRequestVerifier({ keys: () => [this.adapterKey], clock: time })
    this.#accepted = [{ id: 'first', value: first, idempotencyKey: 'first' }]
  }

  async handle(request: Request, from: string): Promise<Response> {
    const { pathname: path } = new URL(request.url)
    const { method, headers } = request
    const authorization = headers.get('authorization') ?? ''
    if (!path.startsWith('/adapter/')) return this.#serve(authorization, from)
    const body = await request.text()
    if (!this.#isGenuine({ method, path, body, authorization })) {
      return new Response(null, { status: 401 })
    }
    return Response.json(this.#order(`${method} ${path}`, body))
  }

  /** The service that callers want. */
  #serve(authorization: string, from: string): Response {
    const isAccepted = this.#accepted.some(({ value }) => authorization === `Bearer ${value}`)
    if (!isAccepted) this.#calls.refuse(from)
    return new Response(null, { status: isAccepted ? 200 : 401 })
  }

  #order(order: string, body: string): object {
    switch (order) {
      case 'GET /adapter/credentials':
        return {
          ...{ holds: 2, takesValues: true },
          credentials: this.#accepted.map(({ id }) => ({ id })),
        }
      case 'POST /adapter/credentials':
        return this.#create(JSON.parse(body) as NewCredential)
      case 'POST /adapter/verify': {
        const { value: asked } = JSON.parse(body) as { value: string }
        const found = this.#accepted.find(({ value }) => value === asked)
        return found === undefined ? { accepted: false } : { accepted: true, id: found.id }
      }
      default: {
        const revoked = order.replace('DELETE /adapter/credentials/', '')
        this.#accepted = this.#accepted.filter(({ id }) => id !== revoked)
        return {}
      }
    }
  }

  #create({ idempotencyKey, value = '' }: NewCredential): Credential {
    const made = this.#accepted.find((one) => one.idempotencyKey === idempotencyKey)
    if (made !== undefined) return made
    this.#made += 1
    const credential = { id: `credential-${this.#made}`, value, idempotencyKey }
    this.#accepted = [...this.#accepted.slice(-1), credential]
    return credential
  }
}

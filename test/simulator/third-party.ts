import { randomBytes } from 'node:crypto'
import { createRequestVerifier } from '@rekey/integration-secret/adapter'
import type { NewCredential } from '@rekey/integration-secret/internal/adapter'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import type { CallCount } from './call-count.ts'
import type { Host } from './network.ts'
import { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** What a third party and the adapter in front of it do. */
export interface Behaviour {
  /** How many credentials there may be. With 1, a new one replaces the old one; else one too many is refused. */
  readonly most: number
  /** Whether the value is Rekey's to choose. */
  readonly takesValues: boolean
  /** From its creation until a credential is accepted anywhere. Default 0. */
  readonly startsAfterMs?: number
  /** From its deletion until a credential begins to be refused. Default 0. */
  readonly endsAfterMs?: number
  /** How long some of its front ends know nothing of a change. Default 0. */
  readonly readsLagMs?: number
  /** Whether each order makes another credential, whatever its key. */
  readonly ignoresKeys?: boolean
  /** Whether the last credential cannot be deleted. */
  readonly keepsLast?: boolean
  /** How many orders it takes in a minute. Default: any number. */
  readonly perMinute?: number
  /** After how many refused values in a minute it judges none for the rest of it. Default: never. */
  readonly locksAfter?: number
}

/** What happens to one order. All but `slow` and `lost before` are 5xx, 429 or no answer; `after`: it was carried out. */
export type Trouble = 'lost before' | 'lost after' | '503 after' | '429' | 'slow'

interface Credential extends Pick<NewCredential, 'idempotencyKey'> {
  readonly id: string
  readonly value: string
  readonly startsAt: number
  endsAt?: number
}

const MINUTE_MS = 60_000
const SLOW_MS = 15_000
const status = (code: number) => new Response(null, { status: code })

/** A model of a third party and of the adapter in front of it, as its README has it but for what {@link Behaviour} changes. */
export class ThirdParty implements Host {
  readonly process: VirtualProcess
  /** What signs requests to the adapter. */
  readonly adapterKey = Secret.of(randomBytes(32).toString('base64url'), 'ADAPTER_KEY')
  /** What happens to orders, by their number; none once everything works again. */
  readonly troubles = new Map<number, Trouble>()
  /** Told of each change when it is made, and when it has its effect. */
  onChange: () => void = () => undefined
  readonly #behaviour: Behaviour
  readonly #parts: WorldParts
  readonly #calls: CallCount
  readonly #isGenuine: ReturnType<typeof createRequestVerifier>
  #credentials: readonly Credential[]
  #orders: number[] = []
  #refusals: number[] = []
  #taken = 0
  #made = 0

  constructor(behaviour: Behaviour, first: string, parts: WorldParts, calls: CallCount) {
    const { time } = parts
    this.#behaviour = behaviour
    this.#parts = parts
    this.process = new VirtualProcess('third-party', time)
    this.#calls = calls
    this.#isGenuine = createRequestVerifier({ keys: () => [this.adapterKey], clock: time })
    const startsAt = time.now() - MINUTE_MS
    this.#credentials = [{ id: 'first', value: first, idempotencyKey: 'first', startsAt }]
  }

  /** The credentials that are not deleted. */
  get held(): readonly Credential[] {
    return this.#credentials.filter(({ endsAt }) => endsAt === undefined)
  }

  /** Whether every front end accepts a value. */
  accepts(value: string): boolean {
    const { readsLagMs = 0 } = this.#behaviour
    return !this.#isLocked && this.#found(value, (seen) => seen + readsLagMs, 0) !== undefined
  }

  async handle(request: Request, from: string): Promise<Response> {
    const { pathname: path } = new URL(request.url)
    const { method, headers } = request
    const authorization = headers.get('authorization') ?? ''
    if (!path.startsWith('/adapter/')) return this.#serve(authorization, from)
    const body = await request.text()
    if (!this.#isGenuine({ method, path, body, authorization })) return status(401)
    this.#taken += 1
    const { time, faults, trace } = this.#parts
    const trouble = faults.areHealed ? undefined : this.troubles.get(this.#taken)
    if (trouble !== undefined) trace.add('adapter', `${trouble}: ${method} of ${from}`)
    if (trouble === 'lost before') throw new TypeError('connection reset')
    if (trouble === '429' || this.#isTooMuch()) return status(429)
    if (trouble === 'slow') await time.sleep(SLOW_MS)
    const response = this.#order(`${method} ${path}`, body)
    if (trouble === 'lost after') throw new TypeError('connection reset')
    return trouble === '503 after' ? status(503) : response
  }

  /** The service that callers want. */
  #serve(authorization: string, from: string): Response {
    if (this.#isLocked) return status(423)
    const isAccepted = this.#ask(authorization.replace('Bearer ', '')) !== undefined
    if (!isAccepted) this.#calls.refuse(from)
    return status(isAccepted ? 200 : 401)
  }

  #order(order: string, body: string): Response {
    const { most, takesValues } = this.#behaviour
    switch (order) {
      case 'GET /adapter/credentials': {
        const credentials = this.held.map(({ id }) => ({ id }))
        return Response.json({ holds: most === 1 ? 1 : 2, takesValues, credentials })
      }
      case 'POST /adapter/credentials':
        return this.#create(JSON.parse(body) as NewCredential)
      case 'POST /adapter/verify': {
        if (this.#isLocked) return status(502)
        const found = this.#ask((JSON.parse(body) as { value: string }).value)
        return Response.json({ accepted: found !== undefined, id: found?.id })
      }
      default:
        return this.#delete(order.replace('DELETE /adapter/credentials/', ''))
    }
  }

  #create({ idempotencyKey, value }: NewCredential): Response {
    const { most, startsAfterMs = 0, ignoresKeys = false } = this.#behaviour
    const made = this.held.find((one) => !ignoresKeys && one.idempotencyKey === idempotencyKey)
    if (made !== undefined) return Response.json(made)
    if (most > 1 && this.held.length >= most) return status(409)
    if (most === 1) for (const { id } of this.held) this.#end(id)
    this.#made += 1
    const credential = {
      id: `credential-${this.#made}`,
      value: value ?? NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url'),
      idempotencyKey,
      startsAt: this.#parts.time.now() + startsAfterMs,
    }
    this.#credentials = [...this.#credentials, credential]
    this.#parts.trace.add('adapter', `makes ${credential.id}`)
    this.#tell(startsAfterMs)
    return Response.json(credential)
  }

  #delete(id: string): Response {
    if (!this.held.some((one) => one.id === id)) return status(404)
    if (this.#behaviour.keepsLast && this.held.length === 1) return status(409)
    this.#parts.trace.add('adapter', `deletes ${id}`)
    this.#end(id)
    this.#tell(this.#behaviour.endsAfterMs ?? 0)
    return status(204)
  }

  #end(id: string): void {
    const endsAt = this.#parts.time.now() + (this.#behaviour.endsAfterMs ?? 0)
    this.#credentials = this.#credentials.map((one) => (one.id === id ? { ...one, endsAt } : one))
  }

  #tell(afterMs: number): void {
    this.onChange()
    void this.#parts.time.sleep(afterMs).then(() => {
      this.onChange()
    })
  }

  /** The credential of a value, as one of the front ends knows it. */
  #ask(value: string): Credential | undefined {
    const { readsLagMs = 0 } = this.#behaviour
    const lagMs = readsLagMs && this.#parts.random.between(0, readsLagMs)
    const found = this.#found(value, (at) => at + lagMs, lagMs)
    if (found === undefined) this.#refusals.push(this.#parts.time.now())
    return found
  }

  #found(value: string, startOf: (at: number) => number, endLagMs: number): Credential | undefined {
    const now = this.#parts.time.now()
    return this.#credentials.find(
      ({ startsAt, endsAt = Infinity, ...one }) =>
        one.value === value && startOf(startsAt) <= now && now < endsAt + endLagMs,
    )
  }

  get #isLocked(): boolean {
    const { locksAfter = Infinity } = this.#behaviour
    return this.#within(this.#refusals) >= locksAfter
  }

  #isTooMuch(): boolean {
    const { perMinute = Infinity } = this.#behaviour
    if (this.#within(this.#orders) >= perMinute) return true
    this.#orders.push(this.#parts.time.now())
    return false
  }

  #within(times: readonly number[]): number {
    const since = this.#parts.time.now() - MINUTE_MS
    return times.filter((at) => at > since).length
  }
}

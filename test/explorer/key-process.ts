import { setImmediate } from 'node:timers/promises'
import {
  type ApiKey,
  type ApiKeyVerifier,
  createKeyring,
  type Keyring,
  withApiKey,
} from '@rekey/api-key-auth'
import { loadService, type Service } from '@rekey/config-loader'
import type { LiveSecret, Secret, SecretSource, StagedSecret } from '@rekey/secret'
import { liveVersions, SecretUsage } from '@rekey/secret/internal'
import { ALPHA, answerBy, answerQuestion, BETA, env } from '@rekey/test-simulator/key-replicas'
import { Actor, type WorldTime } from './actor.ts'
import { versionsOf } from './replica.ts'

/** What a process has around it. */
export interface Outside {
  readonly time: WorldTime
  /** See `Sabotage.givesUpAtOnce`. */
  readonly givesUpAtOnce: boolean
  /** What the store answers at this instant. */
  readonly readStore: () => Promise<StagedSecret>
  /** Delivers a request of this process. */
  readonly deliver: (request: Request) => Promise<Response>
}

/** How often the loader polls by its own clock, which goes on by as much whenever the world has it poll. */
const POLL_MS = 1
/** For how long the loader reads the store no more because of what a consumer reports. */
const COOLDOWN_MS = 1_000
/** For how long a keyring has the store read no more because of a key that it does not know. */
const KEYRING_COOLDOWN_MS = 30_000
/** Where alpha may send its key. */
const RECEIVERS = [0, 1, 2, 3].map((n) => `https://beta-${n}`)

/** One process of a replica, from its start to its end: the real loader, and the real keyring or sender. */
export class KeyProcess {
  readonly service: Service
  /** Versions that it has had and has no longer, oldest first. */
  dropped: readonly string[] = []
  readonly #live: LiveSecret<unknown>
  readonly #part: Sender | Receiver
  readonly #reading: Reading

  private constructor(reading: Reading, service: Service, part: Sender | Receiver) {
    this.service = service
    this.#reading = reading
    this.#part = part
    this.#live = part.live
    this.#live.beforeUpdate((next) => {
      const before = [...this.dropped, ...versionsOf(this.held)]
      this.dropped = before.filter((version) => !versionsOf(next).includes(version))
    })
  }

  /** Loads alpha or beta, as `main.ts` does. @param startsMs - how far its clock is ahead of that of the world */
  static async load(
    name: 'alpha' | 'beta',
    outside: Outside,
    startsMs: number,
  ): Promise<KeyProcess> {
    const reading = new Reading(outside, startsMs)
    const { clock } = reading.actor
    const options = { env, source: reading, clock, policy: { ttlMs: POLL_MS }, random: () => 1 }
    if (name === 'alpha') {
      const service = await loadService(ALPHA, options)
      const part = new Sender(service.secrets.beta, outside)
      return new KeyProcess(reading, service, part).#atRest()
    }
    const service = await loadService(BETA, options)
    const part = new Receiver(service.secrets.alpha, reading.actor, outside)
    return new KeyProcess(reading, service, part).#atRest()
  }

  /** The versions that it holds. */
  get held(): StagedSecret<unknown> {
    return this.#live.snapshot
  }

  /** Has the loader poll the store once, which answers with `staged`. */
  async poll(staged: StagedSecret): Promise<void> {
    this.#reading.begin(staged)
    await this.#atRest()
    this.#reading.answer = undefined
  }

  /** Whether its keyring accepts the key; counts nothing. */
  accepts(key: string): boolean {
    return this.#part instanceof Receiver && this.#part.accepts(key)
  }

  /** Has the sender call a receiver. Returns the status of the answer, if there is one. */
  async call(url: string): Promise<number | undefined> {
    return this.#part instanceof Sender ? this.#part.call(url) : undefined
  }

  /** Answers a request with the keyring. */
  async handle(request: Request, from: string): Promise<Response> {
    if (!(this.#part instanceof Receiver)) throw new TypeError('alpha answers no requests')
    return this.#part.handle(request, from)
  }

  /** Its health report. */
  report(request: Request): Response {
    return answerQuestion(this.service, request)
  }

  /** All that decides what it does next, beside what it holds. */
  get state(): unknown {
    const [health] = this.service.health().secrets
    const { failuresInARow, problem, rejections, usage } = health ?? {}
    // Times decide nothing.
    const uses = usage?.versions.map((use) => [
      ...[use.version, use.uses, use.failures, use.wrongSecrets],
      use.sources?.map(({ source, uses, failures }) => [source, uses, failures]),
    ])
    const counts = [uses, usage?.failures, failuresInARow, problem, rejections]
    return [counts, this.dropped, this.#reading.cooldownMs, this.#part.state]
  }

  /** Ends it, and all that it waits for. */
  async close(): Promise<void> {
    await this.service.close()
  }

  /** Resolves when the loader waits for its next poll, so that nothing of it is under way. */
  async #atRest(): Promise<this> {
    do await setImmediate()
    while (!this.#reading.isAtRest)
    return this
  }
}

/** The store as the loader of one process reads it, and its clock. */
class Reading implements SecretSource {
  readonly locator = 'model'
  readonly actor: Actor
  /** The answer to the poll that is under way. */
  answer: StagedSecret | undefined
  readonly #outside: Outside
  #aheadMs: number
  #askedAtMs = -Infinity

  constructor(outside: Outside, startsMs: number) {
    this.#outside = outside
    this.#aheadMs = startsMs
    const nowMs = () => outside.time.elapsedMs + this.#aheadMs
    const time = {
      startMs: outside.time.startMs,
      get elapsedMs() {
        return nowMs()
      },
    }
    this.actor = new Actor('loader', time)
  }

  /** Lets the clock of the process go on to its next poll. */
  begin(answer: StagedSecret): void {
    this.answer = answer
    this.#aheadMs += Math.max(0, this.actor.wakesAt - this.#nowMs)
    this.actor.wake()
  }

  read(): Promise<StagedSecret> {
    if (this.answer !== undefined) return Promise.resolve(this.answer)
    this.#askedAtMs = this.#nowMs
    return this.#outside.readStore()
  }

  get isAtRest(): boolean {
    return this.actor.wakesAt <= this.#nowMs + POLL_MS
  }

  /** How long the store is not read again because of what a consumer reports. */
  get cooldownMs(): number {
    return Math.max(0, this.#askedAtMs + COOLDOWN_MS - this.#nowMs)
  }

  get #nowMs(): number {
    return this.actor.clock.elapsed()
  }
}

/** Alpha, which sends the key that it holds. */
class Sender {
  readonly live: LiveSecret<ApiKey>
  /** The versions of which a receiver announced that they retire. */
  readonly #announced = new Set<string>()
  readonly #fetch: typeof fetch

  constructor(live: LiveSecret<ApiKey>, { deliver, givesUpAtOnce }: Outside) {
    this.live = live
    const key = () => live.current.value.expose().text.expose()
    const sendOnce: typeof fetch = (input) =>
      deliver(new Request(input, { headers: { authorization: `Bearer ${key()}` } }))
    if (givesUpAtOnce) this.#fetch = sendOnce
    else
      this.#fetch = withApiKey(live, { origins: RECEIVERS })(async (input, init) => {
        const request = new Request(input, init)
        const shown = liveVersions(live.snapshot).find(({ value }) => isShownBy(request, value))
        const response = await deliver(request)
        if (shown && response.headers.has('deprecation')) this.#announced.add(shown.version)
        return response
      })
  }

  call(url: string): Promise<number | undefined> {
    return this.#fetch(url).then(
      ({ status }) => status,
      () => undefined,
    )
  }

  get state(): unknown {
    return [...this.#announced]
  }
}

function isShownBy({ headers }: Request, key: Secret<ApiKey>): boolean {
  return headers.get('authorization') === `Bearer ${key.expose().text.expose()}`
}

/** Beta, which accepts the keys of alpha. */
class Receiver {
  readonly live: LiveSecret<ApiKeyVerifier>
  readonly #actor: Actor
  readonly #handle: ReturnType<typeof answerBy>
  readonly #watching: Keyring
  #refusedAtMs = -Infinity

  constructor(
    live: LiveSecret<ApiKeyVerifier>,
    actor: Actor,
    { givesUpAtOnce }: Pick<Outside, 'givesUpAtOnce'>,
  ) {
    const { clock } = actor
    this.live = live
    this.#actor = actor
    const options = { clock, refreshCooldownMs: KEYRING_COOLDOWN_MS }
    const keyring = createKeyring({ alpha: live }, options)
    const verify: Keyring['verify'] = (text, source) => keyring.verify(text, source)
    this.#handle = answerBy(givesUpAtOnce ? { verify, verifyFresh: verify } : keyring)
    this.#watching = createKeyring({ alpha: uncounted(live, new SecretUsage(clock)) }, options)
  }

  async handle(request: Request, from: string): Promise<Response> {
    const response = await this.#handle(request, from)
    if (response.status === 401) this.#refusedAtMs = this.#actor.clock.elapsed()
    return response
  }

  accepts(key: string): boolean {
    return this.#watching.verify(key).ok
  }

  get state(): unknown {
    return Math.max(0, this.#refusedAtMs + KEYRING_COOLDOWN_MS - this.#actor.clock.elapsed())
  }
}

/** The same secret with counts of its own. */
function uncounted<T>(live: LiveSecret<T>, usage: SecretUsage): LiveSecret<T> {
  return {
    name: live.name,
    usage,
    get problem() {
      return live.problem
    },
    get snapshot() {
      return live.snapshot
    },
    get current() {
      return live.current
    },
    get pending() {
      return live.pending
    },
    get previous() {
      return live.previous
    },
    changes: (signal) => live.changes(signal),
    beforeUpdate: (listener) => live.beforeUpdate(listener),
    rejected: (cause) => live.rejected(cause),
  }
}

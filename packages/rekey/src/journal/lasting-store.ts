import type { SecretStore, StagedSecret } from '@rekey/secret'
import { STAGES } from '@rekey/secret/internal'
import { isUnreachable, lookUntil } from '@rekey/secret/internal/kind'
import type { StepContext } from '@rekey/secret/kind'
import { isConflict } from '../engine/rotation-error.ts'

/** As long as the kinds wait for a far side by default. */
const PATIENCE_MS = 60_000
const RETRY_MS = 250

/** The parts of a step's context that its waits use. */
type Waiting = Pick<StepContext, 'clock' | 'signal' | 'waiting'>

/** The values of a secret by stage. */
type Values = Readonly<Partial<Record<(typeof STAGES)[number], string | undefined>>>

/** One write, and what it makes of the values that it was decided on. */
interface Write {
  readonly name: string
  readonly expected: string
  readonly after: (before: Values) => Values
  readonly work: () => Promise<StagedSecret>
}

/**
 * Wraps a store so that a step outlives its throttles and short outages: a call without an answer is made again for a minute, or until the
 * step ends. No write is made twice, since each expects the revision that was read; one whose answer was lost is recognized by the values
 * that the store holds afterwards.
 */
export class LastingStore implements SecretStore {
  readonly #store: SecretStore
  readonly #waiting: () => Waiting | undefined
  #last: StagedSecret | undefined

  /** @param waiting gives the context of the step under way; undefined before the first one, where a failure is reported at once */
  constructor(store: SecretStore, waiting: () => Waiting | undefined) {
    this.#store = store
    this.#waiting = waiting
  }

  get locator(): string {
    return this.#store.locator
  }

  read(name: string, signal?: AbortSignal): Promise<StagedSecret> {
    return this.#lasting(() => this.#store.read(name, signal))
  }

  create(...request: Parameters<SecretStore['create']>): Promise<StagedSecret> {
    return this.#store.create(...request)
  }

  stage(...request: Parameters<SecretStore['stage']>): Promise<StagedSecret> {
    const [name, value, expected] = request
    const after = (before: Values) => ({ ...before, pending: value.expose() })
    return this.#write({ name, expected, after, work: () => this.#store.stage(...request) })
  }

  abort(name: string, expected: string): Promise<StagedSecret> {
    const after = (before: Values) => ({ ...before, pending: undefined })
    return this.#write({ name, expected, after, work: () => this.#store.abort(name, expected) })
  }

  promote(name: string, expected: string): Promise<StagedSecret> {
    const after = ({ current, pending }: Values) => ({ current: pending, previous: current })
    return this.#write({ name, expected, after, work: () => this.#store.promote(name, expected) })
  }

  rollback(name: string, expected: string): Promise<StagedSecret> {
    const after = ({ current, previous }: Values) => ({ current: previous, pending: current })
    return this.#write({ name, expected, after, work: () => this.#store.rollback(name, expected) })
  }

  revoke(name: string, expected: string): Promise<StagedSecret> {
    const after = (before: Values) => ({ ...before, previous: undefined })
    return this.#write({ name, expected, after, work: () => this.#store.revoke(name, expected) })
  }

  async #write({ name, expected, after, work }: Write): Promise<StagedSecret> {
    const before = this.#last?.revision === expected ? valuesOf(this.#last) : undefined
    const doubt = { exists: false }
    const attempt = async () => {
      try {
        return await work()
      } catch (error) {
        doubt.exists ||= isUnreachable(error)
        throw error
      }
    }
    try {
      return await this.#lasting(attempt)
    } catch (error) {
      if (!doubt.exists || !isConflict(error) || before === undefined) throw error
      const found = await this.read(name)
      if (isSame(valuesOf(found), after(before))) return found
      throw error
    }
  }

  async #lasting(call: () => Promise<StagedSecret>): Promise<StagedSecret> {
    const waiting = this.#waiting()
    if (waiting === undefined) return (this.#last = await call())
    const times = { deadline: waiting.clock.elapsed() + PATIENCE_MS, pollMs: RETRY_MS }
    return (this.#last = await lookUntil(call, times, waiting))
  }
}

function valuesOf(staged: StagedSecret): Values {
  return Object.fromEntries(STAGES.map((stage) => [stage, staged[stage]?.value.expose()]))
}

/** The caller knows all of them, so the time reveals nothing new. */
function isSame(one: Values, other: Values): boolean {
  return STAGES.every((stage) => one[stage] === other[stage])
}

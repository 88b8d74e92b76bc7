import type { Clock } from '@rekey/secret'
import type { LoginAttempt } from './operator.ts'
import { digest } from './sessions.ts'

/** How long a person may take at the identity provider. */
export const ATTEMPT_MS = 600_000
/** How many logins are under way at once; the oldest is dropped for a new one, and its person begins again. */
const MOST = 1_000

interface Kept {
  readonly attempt: LoginAttempt
  /** The digest of the id that its browser has. */
  readonly browser: string
  readonly beganMs: number
}

/** The logins that were begun and wait for their callback, each bound to the browser that began it. */
export class LoginAttempts {
  readonly #clock: Pick<Clock, 'elapsed'>
  /** By the digest of the state, the oldest first. */
  readonly #kept = new Map<string, Kept>()

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock
  }

  /** Keeps a login. Several of one browser, as of two tabs, do not disturb each other. */
  keep(browser: string, attempt: LoginAttempt): void {
    if (this.#kept.size >= MOST) this.#kept.delete(this.#kept.keys().next().value ?? '')
    const beganMs = this.#clock.elapsed()
    this.#kept.set(digest(attempt.state), { attempt, browser: digest(browser), beganMs })
  }

  /** Takes the login that this browser began with this state. Once: a second callback finds none. */
  take(browser: string, state: string): LoginAttempt | undefined {
    const key = digest(state)
    const kept = this.#kept.get(key)
    if (kept?.browser !== digest(browser)) return undefined
    this.#kept.delete(key)
    return this.#clock.elapsed() - kept.beganMs < ATTEMPT_MS ? kept.attempt : undefined
  }
}

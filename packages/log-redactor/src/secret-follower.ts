import type { Clock, LiveSecret, Secret, StagedSecret } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import type { Forget } from './value-forms.ts'

/** The parts of the redactor that a follower uses. */
export interface FollowOptions {
  readonly clock: Clock
  readonly soakMs: number
  /** Makes the text of `secret` known, of which `inner` is secret and the rest public, or returns `undefined` if it cannot be masked. */
  enter(secret: Secret, name: string, version: string, inner?: string): Forget | undefined
  /** Forgets a text that could not be masked wherever it appears. */
  forgetWeak(text: string): void
}

interface Known {
  /** Not collected while it is here, so that what was announced stays masked. */
  readonly secret: Secret
  readonly forget: Forget | undefined
  /** When its last version left; absent while one lives. */
  leftAt?: number
}

/**
 * Keeps every text of every live version of one secret known to the redactor: from before it can be read until `soakMs`
 * after its version left, because late lines still speak of it.
 */
export class SecretFollower {
  readonly #known = new Map<string, Known>()
  readonly #live: LiveSecret<unknown>
  readonly #options: FollowOptions
  readonly #closed = new AbortController()
  readonly #stop: () => void
  #soaking = false

  constructor(live: LiveSecret<unknown>, options: FollowOptions) {
    this.#live = live
    this.#options = options
    if (live.problem?.details['reason'] !== 'absent') this.#take(live.snapshot)
    this.#stop = live.beforeUpdate((staged) => {
      this.#take(staged)
    })
  }

  get name(): string {
    return this.#live.name
  }

  /** Whether some text is too short or of too low entropy to be masked. */
  get unmaskable(): boolean {
    return [...this.#known.values()].some(({ forget }) => forget === undefined)
  }

  /** Stops following. What is known stays so. */
  close(): void {
    this.#stop()
    this.#closed.abort()
  }

  #take(staged: StagedSecret<unknown>): void {
    const held = new Set<string>()
    for (const { sensitive, version } of liveVersions(staged)) {
      const texts = sensitive.map((secret) => secret.expose())
      for (const secret of sensitive) {
        const text = secret.expose()
        // Of the same version alone: what another one is part of is no less secret.
        const inner = texts.find((other) => other !== text && text.includes(other))
        if (!held.has(text)) this.#hold(text, secret, version, inner)
        held.add(text)
      }
    }
    const now = this.#options.clock.elapsed()
    for (const [text, known] of this.#known) if (!held.has(text)) known.leftAt ??= now
    void this.#soak()
  }

  #hold(text: string, secret: Secret, version: string, inner?: string): void {
    const known = this.#known.get(text)
    if (known === undefined) {
      // eslint-disable-next-line @rekey/no-expose-outside-boundary -- a redactor knows what it looks for
      this.#known.set(text, {
        secret,
        forget: this.#options.enter(secret, this.name, version, inner),
      })
    } else {
      delete known.leftAt
    }
  }

  /** Waits for each text that left, one after the other, and forgets it. */
  async #soak(): Promise<void> {
    if (this.#soaking) return
    this.#soaking = true
    for (let waitMs = this.#soakLeftMs(); waitMs !== undefined; waitMs = this.#soakLeftMs()) {
      if (!(await this.#sleep(waitMs))) return
      this.#forgetSoaked()
    }
    this.#soaking = false
  }

  #soakLeftMs(): number | undefined {
    const left = [...this.#known.values()].flatMap(({ leftAt }) => leftAt ?? [])
    if (left.length === 0) return undefined
    return Math.max(0, Math.min(...left) + this.#options.soakMs - this.#options.clock.elapsed())
  }

  /** False if the follower was closed meanwhile. */
  async #sleep(delayMs: number): Promise<boolean> {
    try {
      await this.#options.clock.sleep(delayMs, this.#closed.signal)
      return true
    } catch (error) {
      if (this.#closed.signal.aborted) return false
      throw error
    }
  }

  #forgetSoaked(): void {
    const { clock, soakMs } = this.#options
    for (const [text, { leftAt, forget }] of this.#known) {
      if (leftAt === undefined || clock.elapsed() - leftAt < soakMs) continue
      if (forget) forget()
      else this.#options.forgetWeak(text)
      this.#known.delete(text)
    }
  }
}

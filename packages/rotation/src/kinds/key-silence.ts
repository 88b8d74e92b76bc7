import type { Answer } from '../fleet.ts'
import { type LinkLook, nameOf } from './api-key-link.ts'
import { callsOf } from './key-calls.ts'
import { describeUser, type KeyUser, usersOf } from './key-users.ts'

/** A user, and when by the rotator's clock their uses were last found to have grown. */
interface Heard extends KeyUser {
  readonly grewAt: number
}

/**
 * Observes for how long nobody has used a version. Counts are compared rather than times, so that clocks need not agree. What
 * cannot be compared is no silence: a replica that was restarted, or is seen for the first time.
 */
export class KeySilence {
  readonly #version: string
  readonly #counts = new Map<string, string>()
  readonly #heard = new Map<string, Heard>()
  #since: number | undefined

  constructor(version: string) {
    this.#version = version
  }

  /** Takes another look. */
  look(look: LinkLook): void {
    const { senders, receivers, heardAt } = look
    const isFirst = this.#since === undefined
    for (const answer of [...senders, ...receivers])
      if (this.#hasChanged(answer)) this.restart(heardAt)
    for (const user of usersOf(look, this.#version)) {
      const before = this.#heard.get(user.who)
      const isSame = before?.since === user.since && before.uses === user.uses
      const grewAt = isSame ? before.grewAt : isFirst ? -Infinity : heardAt
      this.#heard.set(user.who, { ...user, grewAt })
    }
  }

  /** Silence begins no sooner than now. */
  restart(heardAt: number): void {
    this.#since = heardAt
  }

  /** For how long it had been silent at the time at which the last look began. */
  silentMs({ askedAt }: LinkLook): number {
    return Math.max(0, askedAt - (this.#since ?? askedAt))
  }

  /** Who broke the silence in the last `withinMs`. */
  describeUsers({ askedAt }: LinkLook, withinMs: number): string {
    const late = [...this.#heard.values()].filter(({ grewAt }) => askedAt - grewAt < withinMs)
    return late.map(describeUser).join('; ')
  }

  #hasChanged(answer: Answer): boolean {
    const { said } = answer
    if (said === undefined) return false
    const { since, attempts, failures } = callsOf(said, this.#version)
    const counts = `${since} ${attempts - failures}`
    const name = nameOf(answer)
    const before = this.#counts.get(name)
    this.#counts.set(name, counts)
    return before !== counts
  }
}

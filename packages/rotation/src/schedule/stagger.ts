import type { ScheduleInput, SecretAge } from './schedule-input.ts'

/** Why a secret that is due must wait. */
export interface PutOff {
  /** Not before this time. */
  readonly until: Date
  /** The secret that was rotated shortly before, or is to be, and touches the same service. */
  readonly after: string
}

interface Touch {
  readonly secret: SecretAge
  readonly at: number
}

/**
 * Keeps the rotations of secrets that touch one service apart. A service that switches two of its credentials within seconds
 * was seen to fail where each alone did no harm (hashicorp/vault#18738).
 */
export class Stagger {
  readonly #input: ScheduleInput
  readonly #touches: Touch[]

  constructor(input: ScheduleInput) {
    this.#input = input
    this.#touches = input.lastRotations.flatMap(({ secret, at }) => {
      const known = input.secrets.find(({ name }) => name === secret)
      return known === undefined ? [] : [{ secret: known, at: at.getTime() }]
    })
  }

  /** Gives `secret` its turn, or says what it must wait for. What is open is not kept waiting: it is half done already. */
  take(secret: SecretAge, isOpen: boolean): PutOff | undefined {
    const now = this.#input.now.getTime()
    const [nearest] = isOpen ? [] : this.#blocking(secret, now)
    if (nearest !== undefined) return nearest
    this.#touches.push({ secret, at: now })
    return undefined
  }

  #blocking(secret: SecretAge, now: number): PutOff[] {
    const others = this.#touches.filter(({ secret: other }) => isNeighbour(secret, other))
    const waits = others.map(({ secret: other, at }) => {
      const until = at + Math.max(this.#staggerOf(secret), this.#staggerOf(other))
      return { until: new Date(until), after: other.name }
    })
    const blocking = waits.filter(({ until }) => until.getTime() > now)
    return blocking.sort((one, other) => other.until.getTime() - one.until.getTime())
  }

  #staggerOf({ kind }: SecretAge): number {
    return this.#input.policies.find((policy) => policy.kind === kind)?.staggerMs ?? 0
  }
}

function isNeighbour(one: SecretAge, other: SecretAge): boolean {
  return one.name !== other.name && one.services.some((name) => other.services.includes(name))
}

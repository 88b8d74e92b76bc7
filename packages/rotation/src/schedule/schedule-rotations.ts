import {
  type DueReason,
  type DueTimes,
  dueTimes,
  type LastRotation,
  type ScheduleInput,
  type SecretAge,
} from './due-times.ts'

/** When one secret's turn is. */
export interface ScheduledRotation {
  /** The secret's name in the store. */
  readonly secret: string
  readonly kind: string
  /** The reason why it is due, now or later. */
  readonly reason: DueReason
  readonly isDue: boolean
  /** Whether it is older than its policy allows. */
  readonly isOverdue: boolean
  /** Absent if it never is, and for an open rotation. */
  readonly dueAt?: Date
  readonly overdueAt?: Date
  /** It is due, but must wait. */
  readonly putOff?: PutOff
}

/**
 * The turn of every secret. First what is due, in the order in which to rotate: open rotations, which are to be finished;
 * what is overdue; then what has been due longest; last what was rolled back when it was tried, so that it does not delay
 * the others. Behind that what is not due, by its time.
 */
export function scheduleRotations(input: ScheduleInput): ScheduledRotation[] {
  const turns = input.secrets.map((secret) => turnOf(secret, input)).sort(inOrder)
  const stagger = new Stagger(input)
  return turns.map(({ secret, isDue, isOverdue, reason, dueAt, overdueAt }) => {
    const putOff = isDue ? stagger.take(secret, reason === 'open') : undefined
    return {
      ...{ secret: secret.name, kind: secret.kind, reason, isDue, isOverdue },
      ...(Number.isFinite(dueAt) && { dueAt: new Date(dueAt) }),
      ...(Number.isFinite(overdueAt) && { overdueAt: new Date(overdueAt) }),
      ...(putOff && { putOff }),
    }
  })
}

/** Secrets that are due, in the order of {@link scheduleRotations}. Postponed ones are among them. */
export function dueRotations(input: ScheduleInput): ScheduledRotation[] {
  return scheduleRotations(input).filter(({ isDue }) => isDue)
}

interface Turn extends DueTimes {
  readonly secret: SecretAge
  readonly isDue: boolean
  readonly isOverdue: boolean
  readonly rank: number
}

function turnOf(secret: SecretAge, { policies, lastRotations, now }: ScheduleInput): Turn {
  const policy = policies.find(({ kind }) => kind === secret.kind)
  const last = lastRotations.find((one) => one.secret === secret.name)
  const times = dueTimes(secret, policy, { last, now: now.getTime() })
  const isOverdue = times.overdueAt <= now.getTime()
  if (secret.open) {
    return { ...times, secret, reason: 'open', dueAt: -Infinity, isDue: true, isOverdue, rank: 0 }
  }
  const isDue = isOverdue || times.dueAt <= now.getTime()
  return { ...times, secret, isDue, isOverdue, rank: rankOf({ isDue, isOverdue, last }) }
}

interface Standing extends Pick<Turn, 'isDue' | 'isOverdue'> {
  readonly last: LastRotation | undefined
}

function rankOf({ isDue, isOverdue, last }: Standing): number {
  if (!isDue) return 4
  if (last?.finished === false) return 3
  return isOverdue ? 1 : 2
}

function inOrder(one: Turn, other: Turn): number {
  if (one.rank !== other.rank) return one.rank - other.rank
  const [first, second] = [one, other].map(({ dueAt, overdueAt }) => Math.min(dueAt, overdueAt))
  if (first !== second) return (first ?? 0) < (second ?? 0) ? -1 : 1
  return one.secret.name < other.secret.name ? -1 : 1
}

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
class Stagger {
  readonly #input: ScheduleInput
  readonly #touches: Touch[]

  constructor(input: ScheduleInput) {
    this.#input = input
    this.#touches = input.lastRotations.flatMap(({ secret, at }) => {
      const known = input.secrets.find(({ name }) => name === secret)
      return known === undefined ? [] : [{ secret: known, at: at.getTime() }]
    })
  }

  /** Gives `secret` its turn, or returns what it must wait for. What is open is not kept waiting: it is half done already. */
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

import {
  type DueReason,
  type DueTimes,
  dueTimes,
  type LastRotation,
  type RotationPolicy,
  type ScheduleInput,
  type SecretAge,
} from './due-times.ts'
import { describeWindow, nextOpening, type RotationWindow } from './rotation-window.ts'

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
  /** Absent if it never is, and for an open rotation that can go on. */
  readonly dueAt?: Date
  readonly overdueAt?: Date
  /** It is due, but must wait for another one. */
  readonly putOff?: PutOff
  /** It is due, but must wait for its window. */
  readonly outside?: Outside
}

/**
 * The turn of every secret. First what is due, in the order in which to rotate: open rotations, which are to be finished;
 * what is overdue; then what has been due longest; last what was rolled back when it was tried, so that it does not delay
 * the others. Behind that what is not due, by its time.
 */
export function scheduleRotations(input: ScheduleInput): ScheduledRotation[] {
  const policies = new Map(input.policies.map((policy) => [policy.kind, policy]))
  const lasts = new Map(input.lastRotations.map((last) => [last.secret, last]))
  const now = input.now.getTime()
  const turns = input.secrets
    .map((secret) =>
      turnOf(secret, { policy: policies.get(secret.kind), last: lasts.get(secret.name), now }),
    )
    .sort(inOrder)
  const openings = new Map(
    input.policies.flatMap(({ kind, window }) =>
      window === undefined ? [] : [[kind, openingOf(window, now)] as const],
    ),
  )
  const stagger = new Stagger(input)
  return turns.map(({ secret, isDue, isOverdue, reason, dueAt, overdueAt }) => {
    const outside = isDue ? untilOpen(secret, openings.get(secret.kind), now) : undefined
    const mayGo = isDue && outside === undefined
    const putOff = mayGo ? stagger.take(secret, reason === 'open') : undefined
    return {
      secret: secret.name,
      kind: secret.kind,
      reason,
      isDue,
      isOverdue,
      ...(Number.isFinite(dueAt) && { dueAt: new Date(dueAt) }),
      ...(Number.isFinite(overdueAt) && { overdueAt: new Date(overdueAt) }),
      ...(putOff && { putOff }),
      ...(outside && { outside }),
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

interface TurnInput {
  readonly policy: RotationPolicy | undefined
  readonly last: LastRotation | undefined
  readonly now: number
}

function turnOf(secret: SecretAge, { policy, last, now }: TurnInput): Turn {
  const times = dueTimes(secret, policy, { last, now })
  const isOverdue = times.overdueAt <= now
  const { isHeld = false } = secret
  const resumesAt = secret.resumesAt?.getTime() ?? (isHeld ? Infinity : -Infinity)
  if (secret.open && resumesAt > now) {
    const reason = isHeld ? 'held' : 'open'
    return { ...times, secret, reason, dueAt: resumesAt, isDue: false, isOverdue, rank: 4 }
  }
  if (secret.open) {
    return { ...times, secret, reason: 'open', dueAt: -Infinity, isDue: true, isOverdue, rank: 0 }
  }
  const isDue = isOverdue || times.dueAt <= now
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

/** Another secret for which one that is due must wait. */
export interface PutOff {
  /** Not before this time. */
  readonly until: Date
  /** The secret that was rotated shortly before, or is to be, and touches the same service. */
  readonly after: string
}

/** The window of a kind, while it is closed. */
export interface Outside {
  readonly opensAt: Date
  /** `02:00–04:00 Europe/Berlin`. */
  readonly window: string
}

/** Whether a secret that is due must wait. */
export function isPutOff({ putOff, outside }: ScheduledRotation): boolean {
  return putOff !== undefined || outside !== undefined
}

/** Once its new version is staged, a rotation is finished at any time. A version that ends before the window opens does not wait for it. */
function untilOpen(
  { open, isUnstaged, expiresAt }: SecretAge,
  opening: Outside | undefined,
  now: number,
): Outside | undefined {
  const opensAt = opening?.opensAt.getTime() ?? now
  const end = expiresAt?.getTime() ?? Infinity
  return (open && !isUnstaged) || opensAt <= now || end <= opensAt ? undefined : opening
}

function openingOf(window: RotationWindow, now: number) {
  return { opensAt: new Date(nextOpening(window, now)), window: describeWindow(window) }
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
  readonly #now: number
  /** By kind. */
  readonly #staggers: ReadonlyMap<string, number>
  /** By service. */
  readonly #touches = new Map<string, Touch[]>()

  constructor({ secrets, lastRotations, policies, now }: ScheduleInput) {
    this.#now = now.getTime()
    this.#staggers = new Map(policies.map(({ kind, staggerMs }) => [kind, staggerMs]))
    const known = new Map(secrets.map((secret) => [secret.name, secret]))
    for (const { secret: name, at } of lastRotations) {
      const secret = known.get(name)
      if (secret !== undefined) this.#touch({ secret, at: at.getTime() })
    }
  }

  /** Keeps what may make another wait. */
  #touch(touch: Touch): void {
    const { secret, at } = touch
    if (at + Math.max(...this.#staggers.values(), 0) <= this.#now) return
    for (const service of secret.services) {
      const touches = this.#touches.get(service) ?? []
      this.#touches.set(service, touches)
      touches.push(touch)
    }
  }

  /** Gives `secret` its turn, or returns what it must wait for. What is open is not kept waiting: it is half done already. */
  take(secret: SecretAge, isOpen: boolean): PutOff | undefined {
    const [nearest] = isOpen ? [] : this.#blocking(secret)
    if (nearest !== undefined) return nearest
    this.#touch({ secret, at: this.#now })
    return undefined
  }

  #blocking(secret: SecretAge): PutOff[] {
    const touches = secret.services.flatMap((service) => this.#touches.get(service) ?? [])
    const others = touches.filter(({ secret: other }) => other.name !== secret.name)
    const waits = others.map(({ secret: other, at }) => {
      const until = at + Math.max(this.#staggerOf(secret), this.#staggerOf(other))
      return { until: new Date(until), after: other.name }
    })
    const blocking = waits.filter(({ until }) => until.getTime() > this.#now)
    return blocking.sort((one, other) => other.until.getTime() - one.until.getTime())
  }

  #staggerOf({ kind }: SecretAge): number {
    return this.#staggers.get(kind) ?? 0
  }
}

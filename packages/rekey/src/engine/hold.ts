import { Moment } from '@rekey/secret/internal'
import { type RevokedVersion, storedLife, type VersionLife } from '@rekey/secret/internal/kind'
import type { SecretVersion } from '@rekey/secret'
import { type HoldPoint, isOpen, type Rotated } from '../journal/journal.ts'
import { heldAt, RotationError } from './rotation-error.ts'
import { RENEW_AT } from './schedule/due-times.ts'
import type { RotationRun } from './rotation-run.ts'

/** Where rotations of a secret are held. */
export interface HoldRule {
  readonly at: HoldPoint
  /** From when to when the new version lives. Default: as its store records. */
  readonly lifeOf?: ((version: SecretVersion) => VersionLife) | undefined
}

/** Ends this run while the rotation is held since an earlier one. @throws {RotationError} `held` */
export function stayHeld(run: RotationRun, { version }: RevokedVersion): void {
  const { hold, resumesAt } = run.intent ?? {}
  const isHeld = hold?.version === version && hold.isOver !== true
  const isPast = resumesAt !== undefined && resumesAt <= Moment.at(run.clock).wallMs
  if (isHeld && !isPast && overlapLeftMs(run) > 0) throw heldAt(run.kind.name, hold, resumesAt)
}

/**
 * Holds the rotation at this point, if it was not held before. The hold ends by itself where the overlap of both versions does, and where the new
 * version is due by its own end: nothing would renew it.
 *
 * @throws {RotationError} `held`
 */
export async function hold(
  run: RotationRun,
  rule: HoldRule,
  current: SecretVersion,
): Promise<void> {
  const { intent, kind } = run
  const { version } = current
  if (intent === undefined || intent.hold?.version === version) return
  const since = Moment.at(run.clock).wallMs
  const end = Math.min(since + overlapLeftMs(run), await renewalOf(run, rule, current))
  if (end <= since) return
  const held = { at: rule.at, since, version }
  const resumesAt = Number.isFinite(end) ? end : undefined
  await run.setIntent({ ...intent, hold: held, resumesAt })
  throw heldAt(kind.name, held, resumesAt)
}

async function renewalOf(
  run: RotationRun,
  { lifeOf = storedLife }: HoldRule,
  current: SecretVersion,
): Promise<number> {
  const { createdAt, expiresAt } = lifeOf(current)
  const accepted = await run.step(undefined, ({ signal }) =>
    Promise.resolve(run.kind.acceptedUntil?.(current, signal)),
  )
  const end = Math.min(expiresAt?.getTime() ?? Infinity, accepted?.getTime() ?? Infinity)
  const begin = createdAt?.getTime() ?? Moment.at(run.clock).wallMs
  return begin + RENEW_AT * (end - begin)
}

/**
 * Ends the hold of the rotation that made `version`. Of one that went on before, this does nothing.
 *
 * @returns the result of that rotation if it has ended
 * @throws {RotationError} `not-held`
 */
export async function letGo(run: RotationRun, version: string): Promise<Rotated | undefined> {
  const { intent } = run
  const { hold, outcome } = intent ?? {}
  if (typeof outcome === 'object' && outcome.version === version) return outcome
  if (!isOpen(intent) || hold?.version !== version) {
    const { name } = run.kind
    const message = `no rotation of ${name} that made ${version} is held: see rekey status`
    throw new RotationError('not-held', name, message)
  }
  if (hold.isOver) return undefined
  await run.setIntent({ ...intent, hold: { ...hold, isOver: true }, resumesAt: undefined })
  return undefined
}

function overlapLeftMs({ kind, sincePromoteMs }: RotationRun): number {
  return (kind.maxOverlapMs ?? Infinity) - sincePromoteMs
}

import { Moment } from '@rekey/secret/internal'
import type { RevokedVersion } from '@rekey/secret/internal/kind'
import { type HoldPoint, isOpen, type Rotated } from '../journal/journal.ts'
import { heldAt, RotationError } from './rotation-error.ts'
import type { RotationRun } from './rotation-run.ts'

/** Ends this run while the rotation is held since an earlier one. @throws {RotationError} `held` */
export function stayHeld(run: RotationRun, { version }: RevokedVersion): void {
  const { hold, resumesAt } = run.intent ?? {}
  if (hold?.version !== version || hold.isOver === true || overlapLeftMs(run) <= 0) return
  throw heldAt(run.kind.name, hold, resumesAt)
}

/**
 * Holds the rotation at this point, if it was not held before. The hold ends by itself where the overlap of both versions does.
 *
 * @throws {RotationError} `held`
 */
export async function hold(
  run: RotationRun,
  at: HoldPoint,
  { version }: RevokedVersion,
): Promise<void> {
  const { intent, clock, kind } = run
  const leftMs = overlapLeftMs(run)
  if (intent === undefined || intent.hold?.version === version || leftMs <= 0) return
  const held = { at, since: Moment.at(clock).wallMs, version }
  const end = Moment.at(clock, clock.elapsed() + leftMs).wallMs
  const resumesAt = Number.isFinite(end) ? end : undefined
  await run.setIntent({ ...intent, hold: held, resumesAt })
  throw heldAt(kind.name, held, resumesAt)
}

/**
 * Ends the hold of the rotation that made `version`. Of one that went on before, this does nothing.
 *
 * @returns the result of that rotation if it has ended
 * @throws {RotationError} `not-held`
 */
export async function letGo(run: RotationRun, version: string): Promise<Rotated | undefined> {
  const { intent } = run
  const { hold, outcome, mode } = intent ?? {}
  if (typeof outcome === 'object' && outcome.version === version) return outcome
  if (!isOpen(intent) || mode !== 'forward' || hold?.version !== version) {
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

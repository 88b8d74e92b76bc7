import type { StagedSecret } from '@rekey/secret'
import { describeVersion, hasPending, hasPrevious } from '@rekey/secret/internal/kind'
import type { RotationKind, WithPrevious } from '@rekey/secret/kind'
import { abortPending, rollBackRun } from './roll-back.ts'
import { goForward, revoke, rotated, confirmRevoked } from './go-forward.ts'
import { type HoldRule, letGo } from './hold.ts'
import {
  isLive,
  isOpen,
  lostVersions,
  type Rotated,
  type RotationIntent,
} from '../journal/journal.ts'
import { openFor, RotationError } from './rotation-error.ts'
import type { RotationOptions } from './rotation-options.ts'
import type { RotationRun } from './rotation-run.ts'
import { withRotation } from './with-rotation.ts'

/** How to rotate. */
export interface RotateOptions extends RotationOptions {
  /**
   * The caller's idempotency key. Asked again with the same one, a finished rotation gives its result and does nothing; asked with
   * another one while a rotation is open, it is refused. Without one, whatever is open is finished.
   */
  readonly request?: string
  /**
   * The secret has leaked: no grace. Whatever was in the store when this begins, an open rotation's versions too, is revoked;
   * `confirm` is left out and what still uses the old version is cut off. A live rotator that works on the secret is not waited for: its claim is taken over,
   * unless it answers the leak itself.
   */
  readonly compromised?: boolean
  /**
   * Closes every account that can act as the service and that the store does not hold, as `compromised` does. Default: only those that
   * the journal knows as versions of this secret; the result names the others.
   */
  readonly closeStrangers?: boolean
  /** Where the rotation is held until `go`. One that is held stays so without this option too. Default: nowhere. */
  readonly hold?: HoldRule
  /** The version of a rotation that is held: it goes on. Asked again, a rotation that went on is not held again, and a finished one gives its result. */
  readonly go?: string
}

/**
 * Rotates one secret by the seven steps. The stages in the store show how far it got, so a rotation that was killed anywhere is
 * resumed by calling this again.
 *
 * @throws {RotationError}
 */
export function rotate(kind: RotationKind, options: RotateOptions): Promise<Rotated> {
  const { request, go, compromised = false } = options
  return withRotation(kind, options, async (run) => {
    const done = go === undefined ? undefined : await letGo(run, go)
    if (done !== undefined) return done
    const { outcome } = run.intent ?? {}
    const isSame = request !== undefined && run.intent?.request === request
    const answers = !compromised || run.intent?.mode === 'emergency'
    if (isSame && answers && typeof outcome === 'object') return outcome
    const isOther = request !== undefined && isOpen(run.intent) && !isSame
    if (isOther && !compromised) throw openFor(kind.name, run.intent.request)
    const result = await carryOut(run, options)
    if (run.intent !== undefined) {
      const over = { lost: undefined, progress: undefined, resumesAt: undefined, hold: undefined }
      await run.setIntent({ ...run.intent, ...over, outcome: result })
    }
    return result
  })
}

/**
 * Takes the steps. The last write of a rotator that an emergency took over may come before the first one of this run, and after its look at the store: then it
 * begins once more, with what that one left as if it had leaked too. No second write can come, since the store takes none for an older revision.
 */
async function carryOut(run: RotationRun, options: RotateOptions): Promise<Rotated> {
  try {
    return await goOn(run, await ensureIntent(run, options), options)
  } catch (error) {
    const wasConflict = error instanceof RotationError && error.reason === 'conflict'
    if (!options.compromised || !wasConflict || run.hasChanged) throw error
    return goOn(run, await ensureIntent(run, options, { wasOvertaken: true }), options)
  }
}

/** Writes the intent to the journal, unless an open one has the same mode. */
async function ensureIntent(
  run: RotationRun,
  { request, compromised = false }: RotateOptions,
  { wasOvertaken = false } = {},
): Promise<StagedSecret> {
  const mode = compromised ? 'emergency' : 'forward'
  const found = await run.read()
  const { intent } = run
  const isSame = isOpen(intent) && (intent.mode === mode || !compromised)
  const isClearing = isSame && (intent.isClearing === true || wasOvertaken)
  const isAsItWas = isSame && !isClearing && (isFinished(intent, found) || isKnown(intent, found))
  if (isAsItWas) return found
  const key = request ?? (isSame ? intent.request : undefined)
  const asked = key === undefined ? {} : { request: key }
  const staged = compromised || isClearing ? await revokeOpen(run, found, asked) : found
  const from = describeVersion(staged.previous ?? staged.current)
  const lost = lostVersions(run.intent, staged)
  await run.setIntent({
    mode: isSame ? intent.mode : mode,
    from,
    ...(lost.length > 0 && { lost }),
    ...asked,
    ...(hasPrevious(staged) && progressOf(intent, staged)),
  })
  return staged
}

/** Whether a rotation died between the store's last write and the journal's. */
function isFinished({ to, from }: RotationIntent, staged: StagedSecret): boolean {
  const isBare = !hasPending(staged) && !hasPrevious(staged)
  const { version } = staged.current
  return isBare && to?.version === version && from.version !== version
}

/**
 * Whether the secret has not been changed by another writer since the intent was set, and each version that is lost by the intent is gone. The store may have shown
 * an earlier run what it held before its last write.
 */
function isKnown(intent: RotationIntent, staged: StagedSecret): boolean {
  const { lost = [] } = intent
  const gone = lostVersions(intent, staged)
  const isNoted = gone.every(({ version }) => lost.some((each) => each.version === version))
  return isNoted && !lost.some((each) => isLive(staged, each))
}

/** Observations of the kind on the old version, such as that its far side was asked to end it. */
function progressOf(intent: RotationIntent | undefined, { previous }: WithPrevious) {
  return isOpen(intent) && intent.from.version === previous.version
    ? { progress: intent.progress }
    : {}
}

async function goOn(
  run: RotationRun,
  staged: StagedSecret,
  { hold }: RotateOptions,
): Promise<Rotated> {
  const { intent, kind } = run
  if (intent?.mode === 'rollback') {
    await rollBackRun(run)
    const message = `finished rolling back the open rotation of ${kind.name}: run again to rotate`
    throw new RotationError('rolled-back', kind.name, message)
  }
  if (intent === undefined || !isFinished(intent, staged)) {
    return goForward(run, staged, { mayReturn: true, hold })
  }
  const { from } = intent
  await confirmRevoked(run, from)
  return rotated(run, staged, { version: staged.current.version, revoked: from })
}

/**
 * Aborts or revokes the versions of an open rotation, without grace: only `current` is left. That is written down first, so that no
 * later run finishes that rotation or rolls it back.
 */
async function revokeOpen(
  run: RotationRun,
  staged: StagedSecret,
  asked: Pick<RotationIntent, 'request'>,
): Promise<StagedSecret> {
  if (!hasPending(staged) && !hasPrevious(staged)) return staged
  const { previous, ...kept } = staged
  // What is pending is aborted, and has the far side refuse it, as the mark has each run do that resumes this one.
  const lost = lostVersions(run.intent, kept)
  await run.setIntent({
    mode: 'emergency',
    from: describeVersion(staged.current),
    isClearing: true,
    lost: previous === undefined ? lost : [...lost, describeVersion(previous)],
    ...asked,
  })
  const left = await abortPending(run, staged)
  if (!hasPrevious(left)) return left
  const bare = await revoke(run, left)
  await confirmRevoked(run, left.previous)
  return bare
}

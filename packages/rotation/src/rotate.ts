import type { StagedSecret } from '@rekey/secret'
import { discardPending, goBack } from './go-back.ts'
import { goForward, settleAt } from './go-forward.ts'
import { describeVersion, isOpen, type Rotated } from './journal.ts'
import { openFor, RotationError } from './rotation-error.ts'
import { hasPending, hasPrevious, type RotationKind } from './rotation-kind.ts'
import { type RotationOptions, type RotationRun, withRotation } from './rotation-run.ts'

/** How to rotate. */
export interface RotateOptions extends RotationOptions {
  /**
   * The caller's idempotency key. Asked again with the same one, a finished rotation gives its result and does nothing; asked with
   * another one while a rotation is open, it is refused. Without one, whatever is open is finished.
   */
  readonly request?: string
  /**
   * The secret has leaked: no grace. Whatever was in the store when this begins, an open rotation's versions too, is revoked;
   * `confirm` is left out and what still uses the old version is cut off.
   */
  readonly compromised?: boolean
}

/**
 * Rotates one secret by the seven steps. The stages in the store say how far it got, so a rotation that was killed anywhere is
 * resumed by calling this again.
 *
 * @throws {RotationError}
 */
export function rotate(kind: RotationKind, options: RotateOptions): Promise<Rotated> {
  const { request, compromised = false } = options
  return withRotation(kind, options, async (run) => {
    const { outcome } = run.course ?? {}
    const isSame = request !== undefined && run.course?.request === request
    if (isSame && typeof outcome === 'object') return outcome
    const isOther = request !== undefined && isOpen(run.course) && !isSame
    if (isOther && !compromised) throw openFor(kind.name, run.course.request)
    const staged = await setCourse(run, options)
    const rotated = await goOn(run, staged)
    if (run.course !== undefined) await run.steer({ ...run.course, outcome: rotated })
    return rotated
  })
}

/** Sets the course, unless one is open that goes the same way. */
async function setCourse(
  run: RotationRun,
  { request, compromised = false }: RotateOptions,
): Promise<StagedSecret> {
  const goal = compromised ? 'emergency' : 'forward'
  const found = await run.read()
  if (isOpen(run.course) && (run.course.goal === goal || !compromised)) return found
  const staged = compromised ? await clear(run, found) : found
  const from = describeVersion(staged.previous ?? staged.current)
  await run.steer({ goal, from, ...(request !== undefined && { request }) })
  return staged
}

async function goOn(run: RotationRun, staged: StagedSecret): Promise<Rotated> {
  const { name } = run.kind
  if (run.course?.goal === 'back') {
    await goBack(run)
    const message = `the rotation of ${name} that was being taken back is taken back: run again to rotate`
    throw new RotationError('undone', name, message)
  }
  const { from } = run.course ?? {}
  const isBare = !hasPending(staged) && !hasPrevious(staged)
  if (from === undefined || !isBare || from.version === staged.current.version) {
    return goForward(run, staged)
  }
  // It died between the store's last write and the journal's.
  await settleAt(run, from)
  return { secret: name, version: staged.current.version, revoked: from.id ?? from.version }
}

/** Leaves only `current`, at once. */
async function clear(run: RotationRun, staged: StagedSecret): Promise<StagedSecret> {
  const { kind, store } = run
  const urgent = { compromised: true }
  if (hasPending(staged)) return discardPending(run, staged, urgent)
  if (!hasPrevious(staged)) return staged
  const { previous } = staged
  const bare = await run.step(
    'revoke',
    async (context) => {
      await kind.revoke(staged, context)
      return store.revoke(kind.name, staged.revision)
    },
    urgent,
  )
  await settleAt(run, previous, urgent)
  return bare
}

import type { StagedSecret } from '@rekey/secret'
import { describeVersion, hasPending, hasPrevious } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { isOpen } from '../journal/journal.ts'
import { RotationError } from './rotation-error.ts'
import type { RotationOptions } from './rotation-options.ts'
import type { RotationRun } from './rotation-run.ts'
import { withRotation } from './with-rotation.ts'

/** The result of rolling back. */
export interface RolledBack {
  readonly secret: string
  /** The version that is current since then. */
  readonly version: string
  /** Key id or role name of the removed version; absent if nothing was open. */
  readonly removed?: string
}

/**
 * Rolls an open rotation back: before `promote` it aborts the pending version, after it the previous version becomes current again.
 * Possible until `revoke`; does nothing where no rotation is open.
 *
 * @throws {RotationError} `stopped` with the reason `refused` if the old version leaked or works no more
 */
export function rollBack(kind: RotationKind, options: RotationOptions): Promise<RolledBack> {
  return withRotation(kind, options, async (run) => {
    const found = await run.read()
    const secret = kind.name
    if (isOpen(run.intent) && run.intent.mode === 'emergency') {
      const message = `${secret} is being rotated because it leaked: finish that rotation`
      throw new RotationError('stopped', secret, message, { reason: 'refused' })
    }
    if (!hasPending(found) && !hasPrevious(found)) {
      if (isOpen(run.intent)) await run.setIntent({ ...run.intent, outcome: 'rolled-back' })
      return { secret, version: found.current.version }
    }
    const { current, pending, previous } = found
    const removed = previous === undefined ? pending : current
    await rollBackRun(run)
    return {
      secret,
      version: (previous ?? current).version,
      ...(removed !== undefined && { removed: removed.id ?? removed.version }),
    }
  })
}

/**
 * Rolls the rotation of a run back. Proves that the previous version still works, makes it current again, then aborts the pending
 * version.
 *
 * @throws {RotationError} `stopped`: with the reason `rejected` or `refused` the old version works no more, and the rotation can
 * only be finished
 */
export async function rollBackRun(run: RotationRun): Promise<void> {
  const { kind, store } = run
  const read = await run.read()
  // A version that another writer has staged beside a promoted one has the place of the one that is rolled back.
  const found = hasPrevious(read) ? await abortPending(run, read) : read
  const { current, previous } = found
  if (previous !== undefined) {
    await run.step('prove', (context) => kind.prove(previous, current, context))
  }
  const from = run.intent?.from ?? describeVersion(previous ?? current)
  const over = { resumesAt: undefined, hold: undefined }
  const intent = { ...run.intent, ...over, mode: 'rollback', from } as const
  await run.setIntent(intent)
  const staged = hasPrevious(found)
    ? await run.step('roll-back', () => store.rollback(kind.name, found.revision))
    : found
  try {
    await abortPending(run, staged)
  } catch (error) {
    const isRefused = error instanceof RotationError && error.reason === 'refused'
    // The old version works no more: the next run has to be free to go forward.
    if (isRefused && !hasPrevious(found)) await run.setIntent({ ...intent, mode: 'forward' })
    throw error
  }
  await run.setIntent({ ...intent, outcome: 'rolled-back' })
}

/** Aborts the pending version, if there is one. */
export async function abortPending(run: RotationRun, staged: StagedSecret): Promise<StagedSecret> {
  const { kind, store } = run
  if (!hasPending(staged)) return staged
  return run.step('abort', async (context) => {
    // Replicas may use what was promoted; once it has leaked, nothing waits for them.
    const isInUse = context.sincePromoteMs !== undefined && !context.compromised
    if (isInUse) await kind.leave?.(staged, context)
    await kind.abort(staged, context)
    return store.abort(kind.name, staged.revision)
  })
}

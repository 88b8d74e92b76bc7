import { hasPending, hasPrevious, type RotationKind } from '@rekey/secret/kind'
import { goBack } from './go-back.ts'
import { isOpen } from './journal.ts'
import { RotationError } from './rotation-error.ts'
import { type RotationOptions, withRotation } from './rotation-run.ts'

/** The result of rolling back. */
export interface RolledBack {
  readonly secret: string
  /** The version that is current since then. */
  readonly version: string
  /** Key id or role name that is gone; absent if nothing was open. */
  readonly discarded?: string
}

/**
 * Ends an open rotation where it began, and leaves nothing of it behind: before `promote` the pending version is aborted,
 * after it the previous one becomes current again. Until `revoke`; if there is nothing to roll back, nothing happens.
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
      if (isOpen(run.intent)) await run.setIntent({ ...run.intent, outcome: 'undone' })
      return { secret, version: found.current.version }
    }
    const { current, pending, previous } = found
    const gone = previous === undefined ? pending : current
    await goBack(run)
    const { version } = previous ?? current
    return { secret, version, ...(gone !== undefined && { discarded: gone.id ?? gone.version }) }
  })
}

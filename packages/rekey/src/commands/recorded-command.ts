import type { Rotator } from '../family/rotator/open-rotator.ts'
import { isPostponed, RotationError } from '../engine/rotation-error.ts'
import { settleUnaudited } from '../journal/spooled-claim.ts'
import type { ErrorDetails } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'

/** A command that is recorded. */
export interface RecordedCommand {
  /** `rotate`, `leaks rotate`. */
  readonly command: string
  /** The name of the secret; default all of the family. */
  readonly subject?: string
  /** Its options that override a rule. */
  readonly details?: ErrorDetails
}

/**
 * Does the work of a command that changes secrets, with an entry of the audit log before, and another if it fails or is refused. What cannot be recorded is
 * not done. With a journal, the entries of emergencies that it keeps are written first; an emergency passes an `AuditSpool` and no journal.
 *
 * @throws {SecretError} of the audit log and the journal; and all that `work` throws
 */
export async function recorded<T>(
  { audit, journal }: Pick<Rotator, 'audit'> & Partial<Pick<Rotator, 'journal'>>,
  { command, subject = 'family', details = {} }: RecordedCommand,
  work: () => Promise<T>,
): Promise<T> {
  if (journal !== undefined) await settleUnaudited({ journal, audit })
  const event = { actor: 'rekey', action: `command.${command}`, subject }
  await audit.record({ ...event, outcome: 'succeeded', details: { ...details, phase: 'begin' } })
  try {
    return await work()
  } catch (error) {
    // The first run after that time goes on: nothing failed.
    if (isPostponed(error)) throw error
    const reason = reasonOf(error)
    const outcome = reason === 'refused' ? 'refused' : 'failed'
    // The first error is the one that says why.
    await audit
      .record({ ...event, outcome, details: { ...details, reason } })
      .catch(() => undefined)
    throw error
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof RotationError) return error.reason ?? error.code
  return error instanceof SecretError ? error.code : 'interrupted'
}

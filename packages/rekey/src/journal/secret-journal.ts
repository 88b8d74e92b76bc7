import type { StagedSecret } from '@rekey/secret'
import { RotationError } from '../engine/rotation-error.ts'

/** The journal of a rotator, and the one that a secret may leave for it. */
export interface JournalChoice {
  /** The rotator's own, by its name. */
  readonly journal: string
  /** The journal that the secret was rotated with until now, as the operator names it. */
  readonly fromJournal?: string | undefined
}

/**
 * Finds out whether the rotator may work on a secret. A claim in one journal keeps no rotator out that looks in another one, so a secret that
 * names a journal is left to the rotators that have it.
 *
 * @returns the journal that the secret leaves, if it leaves one
 * @throws {RotationError} `other-journal`
 */
export function checkJournal(
  staged: StagedSecret,
  { journal, fromJournal }: JournalChoice,
): string | undefined {
  const { name: secret, pending, current, previous } = staged
  const named = pending?.journal ?? current.journal ?? previous?.journal
  if (named === undefined || named === journal) return undefined
  if (named === fromJournal) return named
  const message = `${secret} is rotated with the journal ${named}, and this rotator has the journal ${journal}: name the other one in the family file, or, if it is gone for good or was given up, stop its rotators and take the secret over with --from-journal ${named}`
  throw new RotationError('other-journal', secret, message, { details: { journal, named } })
}

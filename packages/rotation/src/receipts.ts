import { liveVersions, type StagedSecret } from '@rekey/secret'
import type { RevokedVersion } from '@rekey/secret/kind'
import type { RotationIntent, RevocationReceipt } from './journal.ts'

const RECEIPTS_KEPT = 16

/** Adds a receipt in the place of an older one of the same version. */
export function withReceipt(
  receipts: readonly RevocationReceipt[] = [],
  receipt: RevocationReceipt,
): RevocationReceipt[] {
  const others = receipts.filter(({ version }) => version !== receipt.version)
  return [...others, receipt].slice(-RECEIPTS_KEPT)
}

/** The receipt of a version. */
export function receiptFor(
  intent: RotationIntent | undefined,
  { version }: RevokedVersion,
): RevocationReceipt | undefined {
  return intent?.receipts?.find((receipt) => receipt.version === version)
}

/** The receipts that still hold: a version that is in the store again is accepted again. */
export function receiptsBeside(intent: RotationIntent | undefined, staged: StagedSecret) {
  return intent?.receipts?.filter((receipt) => !isLive(staged, receipt)) ?? []
}

/** The versions that the journal knows to have been current, that the store does not hold, and that have no receipt. */
export function lostVersions(
  intent: RotationIntent | undefined,
  staged: StagedSecret,
): RevokedVersion[] {
  if (intent === undefined) return []
  const { from, to, mode, outcome, lost = [] } = intent
  // A version that was rolled back has been refused by the far side since its abort.
  const wasRolledBack = mode === 'rollback' && outcome === 'rolled-back'
  const known = [...lost, from, ...(to === undefined || wasRolledBack ? [] : [to])]
  const gone = known.filter((each) => !isLive(staged, each) && !receiptFor(intent, each))
  return [...new Map(gone.map((each) => [each.version, each])).values()]
}

function isLive(staged: StagedSecret, { version }: RevokedVersion): boolean {
  return liveVersions(staged).some((live) => live.version === version)
}

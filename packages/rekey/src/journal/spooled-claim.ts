import { hostname } from 'node:os'
import type { AuditSink } from '@rekey/audit-log/internal'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { AuditSpool, countUnaudited, type Unaudited, writeUnaudited } from './audit-spool.ts'
import {
  type Claim,
  isOpen,
  type JournalEntry,
  type RotationIntent,
  type RotationJournal,
} from './journal.ts'
import { RotationError } from '../engine/rotation-error.ts'
import { withClaim } from './with-claim.ts'

/** The audit log of a rotation, and whether its secret has leaked. */
interface SpoolParts {
  readonly audit: AuditSink | undefined
  readonly isEmergency: boolean
  readonly clock: Clock
}

/** The spool of an emergency, also of one that an ordinary run finishes: neither waits for an audit log. */
export function spoolFor(
  { intent }: Pick<Claim, 'intent'>,
  { audit, isEmergency, clock }: SpoolParts,
): AuditSpool | undefined {
  const isUrgent = isEmergency || (isOpen(intent) && intent.mode === 'emergency')
  if (audit === undefined || !isUrgent) return undefined
  return audit instanceof AuditSpool ? audit : new AuditSpool(audit, clock)
}

/** The audit log of a rotation that waits for it, if it has one. */
interface SettledParts {
  readonly secret: string
  readonly audit: AuditSink | undefined
  /** Of an emergency, which does not wait. */
  readonly spool: AuditSpool | undefined
}

/**
 * The intent of a claim, once the events of an earlier emergency are in the audit log.
 *
 * @throws {RotationError} `stopped` while they cannot be written
 */
export async function settledIntent(
  claim: Claim,
  { secret, audit, spool }: SettledParts,
): Promise<RotationIntent | undefined> {
  const { intent } = claim
  if (intent?.unaudited === undefined || audit === undefined || spool !== undefined) return intent
  await settle(secret, claim, { intent, unaudited: intent.unaudited, audit })
  return { ...intent, unaudited: undefined }
}

interface Owed {
  readonly intent: RotationIntent
  readonly unaudited: Unaudited
  readonly audit: AuditSink
}

async function settle(
  secret: string,
  claim: Claim,
  { intent, unaudited, audit }: Owed,
): Promise<void> {
  const save = (left: Unaudited | undefined) => claim.setIntent({ ...intent, unaudited: left })
  try {
    await writeUnaudited(secret, unaudited, { audit, save })
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    const count = countUnaudited(unaudited)
    const message = `${secret} was rotated without grace, and entries of that wait in the journal for the audit log, which still cannot be written: ${error.message}. Make it writable, then run again`
    const details = { ...error.details, unaudited: count }
    throw new RotationError('stopped', secret, message, { reason: error.code, details })
  }
}

/** How the events of an emergency are kept at its end. */
interface FinishParts {
  readonly spool: AuditSpool | undefined
  readonly onUnaudited: ((count: number) => void) | undefined
}

/** Has the journal keep the last events of an emergency, and reports how many the audit log did not take. */
export async function finishSpool(
  run: { keepSpooled: () => Promise<void>; readonly intent: RotationIntent | undefined },
  { spool, onUnaudited }: FinishParts,
): Promise<void> {
  if (spool === undefined) return
  // A rotator that was taken over keeps nothing more; the outcome of the work is the one to report.
  await run.keepSpooled().catch(leaveToOutcome)
  const count = countUnaudited(run.intent?.unaudited) + spool.waiting.length
  if (count > 0) onUnaudited?.(count)
}

function leaveToOutcome(error: unknown): void {
  if (!(error instanceof SecretError || error instanceof RotationError)) throw error
}

/** A write to a journal in a secret store takes seconds at most. */
const LEASE_MS = 60_000

/**
 * Writes the events that emergencies left in a journal to the audit log. A secret that another rotator holds is left to that one.
 *
 * @throws {RotationError} `stopped` while they cannot be written
 * @throws {SecretError} if the journal cannot be read
 *
 * @example
 * ```ts
 * await settleUnaudited({ journal, audit: createSignedLog({ directory: '/var/lib/rekey/audit' }) })
 * ```
 */
export async function settleUnaudited({
  journal,
  audit,
  signal,
}: {
  readonly journal: RotationJournal
  readonly audit: AuditSink
  readonly signal?: AbortSignal
}): Promise<void> {
  const owed = (await journal.entries()).filter(owes)
  const holder = `${hostname()}:${process.pid}`
  for (const { secret } of owed) {
    const request = { journal, secret, holder, leaseMs: LEASE_MS, clock: systemClock, signal }
    await withClaim(request, async (claim) => {
      await settledIntent(claim, { secret, audit, spool: undefined })
    }).catch(leaveToHolder)
  }
}

function owes({ intent, holder }: JournalEntry): boolean {
  return intent?.unaudited !== undefined && holder === undefined
}

function leaveToHolder(error: unknown): void {
  if (!(error instanceof RotationError && error.code === 'busy')) throw error
}

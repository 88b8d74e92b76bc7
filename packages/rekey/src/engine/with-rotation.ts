import { hostname } from 'node:os'
import { systemClock } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import { finishSpool, settledIntent, spoolFor } from '../journal/spooled-claim.ts'
import { withClaim } from '../journal/with-claim.ts'
import { toRotationError } from './rotation-error.ts'
import type { RotationOptions } from './rotation-options.ts'
import { RotationRun } from './rotation-run.ts'
import { StepTrail } from './step-trail.ts'

/** Longer than any wait of a kind with its default times. */
const STEP_LIMIT_MS = 600_000

/** Runs `work` with the claim on the secret of `kind`. Where it leaked, the claim of a live rotator is taken over. */
export function withRotation<T>(
  kind: RotationKind,
  options: RotationOptions & { readonly compromised?: boolean; readonly closeStrangers?: boolean },
  work: (run: RotationRun) => Promise<T>,
): Promise<T> {
  const { journal, holder = `${hostname()}:${process.pid}`, leaseMs = 15_000, signal } = options
  const { audit, onEvent, clock = systemClock, without = [], closeStrangers = false } = options
  const stepLimitMs = options.stepLimitMs ?? kind.longestStepMs ?? STEP_LIMIT_MS
  const isEmergency = options.compromised ?? false
  const request = { journal, secret: kind.name, holder, leaseMs, signal, clock, isEmergency }
  const claimed = withClaim(request, async (claim, lost) => {
    const spool = spoolFor(claim, { audit, isEmergency, clock })
    const intent = await settledIntent(claim, { audit, spool, secret: kind.name })
    const sink = spool ?? audit
    const trail = new StepTrail({ secret: kind.name, holder, claim, audit: sink, onEvent })
    const journals = { journal: journal.name, fromJournal: options.fromJournal }
    const times = { stepLimitMs, settleMs: leaseMs / 10 }
    const parts = { kind, claim, intent, spool, journals, trail, clock, ...times, without }
    const run = new RotationRun({ ...parts, store: options.store, closeStrangers, signal: lost })
    try {
      if (claim.takenFrom !== undefined) options.onTakeOver?.(claim.takenFrom)
      await trail.claimed(without)
      return await work(run)
    } finally {
      await finishSpool(run, { spool, onUnaudited: options.onUnaudited })
    }
  })
  return claimed.catch((error: unknown) => {
    throw toRotationError(error, kind.name, undefined)
  })
}

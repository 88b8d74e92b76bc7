import type { AuditSink } from '@rekey/audit-log/internal'
import type { ErrorDetails } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import type { LateUse, Replica } from '@rekey/secret/internal/kind'
import type { Displaced } from '../journal/emergency-claim.ts'
import type { AnyStep, Claim, RotationEvent, RotationIntent } from '../journal/journal.ts'
import { RotationError } from './rotation-error.ts'

/** The steps that end with a write to the store. */
export const CHANGES = new Set<AnyStep>(['stage', 'promote', 'revoke', 'abort', 'roll-back'])

/** The receivers of the steps of one rotation. */
export interface TrailParts {
  readonly secret: string
  readonly holder: string
  readonly claim: Claim
  readonly audit: AuditSink | undefined
  readonly onEvent: ((event: RotationEvent) => void | Promise<void>) | undefined
}

/**
 * Reports each step to the journal, the audit log and the caller, in this order: nothing is reported that was not written
 * down.
 */
export class StepTrail {
  readonly #parts: TrailParts
  #begun: AnyStep | undefined

  constructor(parts: TrailParts) {
    this.#parts = parts
    this.#begun = parts.claim.begun
  }

  /** With the intent that the step sets, if it sets one. */
  async begin(step: RotationEvent['step'], intent?: RotationIntent): Promise<void> {
    await this.#record({ secret: this.#parts.secret, step, phase: 'begin' }, intent)
  }

  /** Records the success of a step in the audit log, before the journal has its end. */
  async succeeded(step: RotationEvent['step'], details: ErrorDetails): Promise<void> {
    await this.#audit(step, 'succeeded', details)
  }

  /** With the intent that the end of the step changes, if it changes one. */
  async end(step: RotationEvent['step'], intent?: RotationIntent): Promise<void> {
    await this.#record({ secret: this.#parts.secret, step, phase: 'end' }, intent)
  }

  waiting(step: RotationEvent['step'], message: string, replicas: readonly string[] = []): void {
    const { secret, onEvent } = this.#parts
    const event = { secret, step, phase: 'waiting', message } as const
    // Nothing waits for it, so its failure is met by the next event that is awaited.
    const emitted = async () => onEvent?.({ ...event, ...(replicas.length > 0 && { replicas }) })
    emitted().catch(() => undefined)
  }

  /** Records from whom the claim was taken over, and each replica that an operator has the rotation go on without. */
  async claimed(without: readonly Replica[]): Promise<void> {
    const { takenFrom } = this.#parts.claim
    if (takenFrom !== undefined) await this.#tookOver(takenFrom)
    for (const replica of without) await this.#leftOut(replica)
  }

  /** Records once, as the rotation goes on, a change of the claim before that may have been made and that may not be in the audit log. */
  async resumed(): Promise<void> {
    const begun = this.#begun
    if (begun !== undefined && CHANGES.has(begun))
      await this.#audit(begun, 'failed', { reason: 'end-not-recorded' })
    this.#begun = undefined
  }

  async #leftOut({ service, healthUrl }: Replica): Promise<void> {
    const { audit, holder, secret, claim } = this.#parts
    const details = { epoch: claim.epoch, service, replica: healthUrl }
    const event = { actor: holder, action: 'rotation.without', subject: secret } as const
    await audit?.record({ ...event, outcome: 'succeeded', details })
  }

  /** Records that an operator has the secret leave the journal `left` for the one of this rotator. */
  async leftJournal(left: string, journal: string): Promise<void> {
    const { audit, holder, secret, claim } = this.#parts
    const details = { epoch: claim.epoch, left, journal }
    const event = { actor: holder, action: 'rotation.from-journal', subject: secret } as const
    await audit?.record({ ...event, outcome: 'succeeded', details })
  }

  async #tookOver(from: Displaced): Promise<void> {
    const { audit, holder, secret, claim } = this.#parts
    const details = { epoch: claim.epoch, from: from.holder, fromEpoch: from.epoch }
    const event = { actor: holder, action: 'rotation.take-over', subject: secret } as const
    await audit?.record({ ...event, outcome: 'succeeded', details })
  }

  async alarm(step: RotationEvent['step'], lateUse: LateUse): Promise<void> {
    const { audit, holder, secret, onEvent } = this.#parts
    const { type, id, source, count, lastAt } = lateUse
    const details = { id, source, count, ...(lastAt !== undefined && { lastAt }) }
    const event = { actor: holder, action: `rotation.${type}`, subject: secret } as const
    await audit?.record({ ...event, outcome: 'refused', details })
    const message = `${type}: ${id} was shown ${count} times by ${source}`
    await onEvent?.({ secret, step, phase: 'alarm', message, lateUse })
  }

  async failed(step: RotationEvent['step'], error: unknown): Promise<void> {
    const isKnown = error instanceof SecretError || error instanceof RotationError
    const reason = isKnown ? error.code : 'interrupted'
    const { emergency } = isKnown ? error.details : {}
    const details = { reason, ...(emergency !== undefined && { emergency }) }
    await this.#audit(step, reason === 'refused' ? 'refused' : 'failed', details)
  }

  async #record(event: RotationEvent, intent?: RotationIntent): Promise<void> {
    await this.#parts.claim.record(event, intent)
    await this.#parts.onEvent?.(event)
  }

  async #audit(
    step: RotationEvent['step'],
    outcome: 'succeeded' | 'refused' | 'failed',
    more: ErrorDetails = {},
  ): Promise<void> {
    const { audit, holder, secret, claim } = this.#parts
    const details = { epoch: claim.epoch, ...more }
    await audit?.record({
      actor: holder,
      action: `rotation.${step}`,
      subject: secret,
      outcome,
      details,
    })
  }
}

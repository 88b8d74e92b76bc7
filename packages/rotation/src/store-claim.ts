import { type Clock, SecretError } from '@rekey/secret'
import type { Claim, RotationIntent } from './journal.ts'
import type { JournalRecord } from './journal-record.ts'
import { isSecretError, type JournalSlot } from './journal-slot.ts'
import { fenced, RotationError } from './rotation-error.ts'
import type { RotationEvent } from './steps.ts'

/** Inputs of a claim in a secret store. */
export interface StoreClaimParts {
  readonly slot: JournalSlot
  readonly secret: string
  readonly clock: Clock
  readonly leaseMs: number
  /** The record that made the claim. */
  readonly first: JournalRecord
}

/** The claim whose first record was just committed. Its writes take turns. */
export class StoreClaim implements Claim {
  readonly epoch: number
  readonly intent: RotationIntent | undefined
  readonly #parts: StoreClaimParts
  #record: JournalRecord
  #attempts: number
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: StoreClaimParts) {
    const { first } = parts
    this.epoch = first.epoch
    this.intent = first.intent
    this.#parts = parts
    this.#record = first
    this.#attempts = first.write
  }

  setIntent(intent: RotationIntent): Promise<void> {
    return this.#inTurn(() => this.#put({ intent }))
  }

  record({ step, phase }: RotationEvent, intent?: RotationIntent): Promise<void> {
    const change = { event: { step, phase }, ...(intent && { intent }) }
    return this.#inTurn(() => this.#put(change))
  }

  renew(): Promise<void> {
    return this.#inTurn(() => this.#put({}))
  }

  release(): Promise<void> {
    return this.#inTurn(async () => {
      const { slot, first } = this.#parts
      try {
        await this.#put({ holder: undefined })
      } catch (error) {
        if (isFenced(error)) return
        throw error
      }
      await slot.tidy(first.claim).catch(leaveToNext)
    })
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const result = this.#turn.then(work)
    this.#turn = Promise.allSettled([result])
    return result
  }

  async #put(change: Partial<JournalRecord>): Promise<void> {
    const { slot, secret, clock, leaseMs, first } = this.#parts
    this.#attempts += 1
    const id = { claim: first.claim, write: this.#attempts }
    const at = clock.now()
    const next = { ...this.#record, leasedUntil: at + leaseMs, at, ...id, ...change }
    const isMine = (found: JournalRecord | undefined) => (found?.claim ?? id.claim) === id.claim
    const write = slot.put(id, (found) => {
      if (!isMine(found?.current) || !isMine(found?.pending)) throw fenced(secret)
      return next
    })
    this.#record = await write.catch((error: unknown) => {
      throw isSecretError(error, 'conflict') ? fenced(secret) : error
    })
  }
}

function isFenced(error: unknown): boolean {
  return error instanceof RotationError && error.code === 'fenced'
}

/** The secret is free already; who claims it next clears away what is left. */
function leaveToNext(error: unknown): void {
  if (!(error instanceof SecretError)) throw error
}

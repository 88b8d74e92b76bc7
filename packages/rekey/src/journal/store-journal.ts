import { randomUUID } from 'node:crypto'
import { type Clock, SecretError, type SecretStore, systemClock } from '@rekey/secret'
import { identifyProcess } from '@rekey/secret/internal/files'
import type { ClaimOptions, Displaced } from './emergency-claim.ts'
import type { Claim, RotationEvent, RotationIntent, RotationJournal } from './journal.ts'
import { heldForMs, type JournalRecord, toJournalEntry } from './journal-record.ts'
import { JournalSlot, type SlotContent } from './journal-slot.ts'
import { fenced, RotationError } from '../engine/rotation-error.ts'
import { displacedBy, refusalOf } from './take-over.ts'

/** How a journal is kept in a secret store. */
export interface StoreJournalOptions {
  /** The names of the secrets that are rotated. A store cannot list what it holds, so `entries` asks for these. */
  readonly secrets: readonly string[]
  /** Default: the machine's own. */
  readonly clock?: Clock
  /**
   * How far the clocks of two rotators may be apart: so long after its end a lease is still respected. A claim that was released is
   * free at once. Default 300,000. A larger difference costs an unnecessary `fenced`, never two rotators past their fence.
   */
  readonly skewMs?: number
}

/**
 * Opens a journal in the secret store itself, for a fleet whose rotators have no PostgreSQL: one entry
 * `REKEY_ROTATION_<SECRET>` for each secret, which holds no value.
 *
 * Every write is three compare-and-set writes of the store, and a lease is renewed three times in its length, so give `rotate`
 * a `leaseMs` of minutes. A store that keeps every version for a day and not more than 100 of them is no place for it (AWS
 * Secrets Manager User Guide, "Quotas"). It offers no transactions: a change of a far side that is under way when a lease ends is
 * still made, so the logins of a database are better rotated with a journal in that database.
 *
 * @throws {SecretError} `unreachable`, `forbidden`, `malformed` if the entry of a secret cannot be read
 *
 * @example
 * ```ts
 * const journal = await openStoreJournal(store, { secrets: ['API_KEY_FRONTEND_SIGNING'] })
 * ```
 */
export async function openStoreJournal(
  store: SecretStore,
  { secrets, clock = systemClock, skewMs = 300_000 }: StoreJournalOptions,
): Promise<RotationJournal> {
  // eslint-disable-next-line no-restricted-syntax -- the wall clock is the only one that rotators have in common in a store
  const earliestNow = () => clock.now() - skewMs
  const entries = async (asked = secrets) => {
    const reads = asked.map(async (secret) => ({
      secret,
      found: await new JournalSlot(store, secret, clock).read(),
    }))
    const all = await Promise.all(reads)
    const now = earliestNow()
    return all.flatMap(({ secret, found }) =>
      found ? toJournalEntry(secret, found.current, now) : [],
    )
  }
  await entries()
  return {
    name: 'store',
    entries,
    async claim(secret, holder, leaseMs, options = {}) {
      const slot = new JournalSlot(store, secret, clock)
      const id = { claim: randomUUID(), write: 1 }
      const at = clock.now()
      const claim = { ...id, holder, process: identifyProcess(), leasedUntil: at + leaseMs, at }
      const next = (found: SlotContent) => {
        const from = takenFrom(secret, { found, now: earliestNow() }, options)
        return { ...successorOf(found, { holder, from, ...options }), ...claim }
      }
      const first = await slot.put(id, next).catch(async (error: unknown) => {
        await slot.withdraw(id.claim).catch(leaveToNext)
        throw error
      })
      return new StoreClaim({ slot, secret, clock, leaseMs, first })
    },
  }
}

interface Claimer extends ClaimOptions {
  readonly holder: string
  readonly from: string | undefined
}

function successorOf(
  found: SlotContent,
  { holder, from, isEmergency }: Claimer,
): Pick<JournalRecord, 'epoch' | 'intent' | 'event' | 'emergency'> {
  const { epoch: last = 0, intent, event, emergency: before } = found?.current ?? {}
  const epoch = last + 1
  const emergency = isEmergency ? { holder, epoch, from } : before
  return {
    epoch,
    ...(intent && { intent }),
    ...(event && { event }),
    ...(emergency && { emergency }),
  }
}

/** The holder of the live claim, which this one takes over. A claim that is staged is finished first: see `JournalSlot`. */
function takenFrom(
  secret: string,
  { found, now }: { readonly found: SlotContent; readonly now: number },
  options: ClaimOptions,
): string | undefined {
  const { current } = found ?? {}
  const leftMs = current === undefined ? 0 : heldForMs(current, now)
  if (current?.holder === undefined || leftMs === 0) return undefined
  const { holder } = current
  const refusal = refusalOf(secret, { ...current, holder, leftMs }, options)
  if (refusal !== undefined) throw refusal
  return holder
}

/** Inputs of a claim in a secret store. */
interface StoreClaimParts {
  readonly slot: JournalSlot
  readonly secret: string
  readonly clock: Clock
  readonly leaseMs: number
  /** The record that made the claim. */
  readonly first: JournalRecord
}

/** The claim whose first record was just committed. Its writes take turns. */
class StoreClaim implements Claim {
  readonly epoch: number
  readonly intent: RotationIntent | undefined
  readonly takenFrom: Displaced | undefined
  readonly begun: RotationEvent['step'] | undefined
  readonly #parts: StoreClaimParts
  #record: JournalRecord
  #attempts: number
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: StoreClaimParts) {
    const { first } = parts
    this.epoch = first.epoch
    this.intent = first.intent
    this.takenFrom = displacedBy(first.epoch, first.emergency)
    this.begun = first.event?.phase === 'begin' ? first.event.step : undefined
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
        if (error instanceof RotationError) return
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
    const write = slot.put(id, (found) => {
      const { claim = id.claim, epoch = first.epoch, emergency } = found?.current ?? {}
      if (epoch < first.epoch) throw lateRead(secret)
      if (claim !== id.claim) throw fenced(secret, this.epoch, emergency)
      return next
    })
    this.#record = await write
  }
}

/** Epochs grow: an older one is no other rotator, but a store that is consistent only after a while. It is asked again. */
function lateRead(secret: string): SecretError {
  const message = `the store shows the journal of ${secret} as it was before this claim: run again once it has caught up`
  return new SecretError('unreachable', message)
}

/** The secret is free already; who claims it next clears away what is left. */
function leaveToNext(error: unknown): void {
  if (!(error instanceof SecretError)) throw error
}

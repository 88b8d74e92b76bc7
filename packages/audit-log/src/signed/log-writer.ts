import { type Clock, SecretError, systemClock } from '@rekey/secret'
import type { AuditEvent, AuditSink } from '../audit-entry.ts'
import { type Checkpoint, signCheckpoint } from './audit-checkpoint.ts'
import { logIdOf } from './key-chain.ts'
import type { HeldLog, ChainPlace, SignedState, StreamOrigin } from './chain-place.ts'
import { BEGIN_ACTION, formatSigned, parseSigned, signedHeadAfter } from './signed-entry.ts'

/** Options of each writer. */
export interface WriterOptions {
  /** The person behind this process, for events that name none. Default: none. */
  readonly person?: string
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** A signed log that is open for writing. */
export interface SignedLog extends AuditSink {
  /**
   * Signs where the log ends; of a log in PostgreSQL, where the stream of this writer ends, whose first line states the ends of the others as it was begun. Keep the checkpoint elsewhere: with it, `verifySignedLog` notices a log that was cut short or replaced. Verify the log before.
   *
   * @throws {SecretError} as `record`
   */
  checkpoint(): Promise<Checkpoint>
  /** Waits for what was recorded. */
  close(): Promise<void>
}

/** Creates the writer of the log at a place. */
export function createLogWriter(place: ChainPlace, options: WriterOptions): SignedLog {
  return new SignedLogWriter(place, options)
}

interface Waiting {
  readonly event: AuditEvent
  readonly at: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

class SignedLogWriter implements SignedLog {
  readonly #place: ChainPlace
  readonly person: string | undefined
  readonly #clock: Clock
  #queue: Waiting[] = []
  #working: Promise<unknown> = Promise.resolve()
  #flushing = false
  #closed = false

  constructor(place: ChainPlace, { person, clock }: WriterOptions) {
    this.#place = place
    this.person = person
    this.#clock = clock ?? systemClock
  }

  async record(event: AuditEvent): Promise<void> {
    this.#requireOpen()
    const at = this.#time()
    const named = this.person === undefined ? event : { person: this.person, ...event }
    const recorded = new Promise<void>((resolve, reject) => {
      this.#queue.push({ event: named, at, resolve, reject })
    })
    if (!this.#flushing) {
      this.#flushing = true
      this.#working = this.#working.then(() => this.#flush())
    }
    await recorded
  }

  async checkpoint(): Promise<Checkpoint> {
    this.#requireOpen()
    const signed = this.#working.then(() =>
      this.#place.locked(async (held) => {
        const begun = held.state.head.seq > 0 ? held.state : await this.#append([], held)
        return signCheckpoint(begun, { at: this.#time(), ...held.origin })
      }),
    )
    this.#working = signed.catch(() => undefined)
    return await signed
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#working
  }

  /** Writes what waits, many events with one lock and one write. */
  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const waiting = this.#queue.splice(0)
      try {
        await this.#place.locked((held) => this.#append(waiting, held))
        // A refused event was rejected before, and stays so.
        for (const { resolve } of waiting) resolve()
      } catch (error) {
        for (const { reject } of waiting) reject(this.#place.failure(error))
      }
    }
    this.#flushing = false
  }

  async #append(waiting: readonly Waiting[], held: HeldLog): Promise<SignedState> {
    const { lines, state } = this.#sign(waiting, held)
    if (lines.length > 0) await held.append(lines, state)
    return state
  }

  #sign(waiting: readonly Waiting[], { state: from, origin }: HeldLog) {
    const lines: string[] = []
    let state = from
    const add = (event: AuditEvent, at: string) => {
      const { head, key } = state
      const next = key.next()
      const line = formatSigned(event, { at, head, key, next })
      const signed = parseSigned(line)
      if (signed === undefined) throw new TypeError('the line of an audit entry cannot be read')
      key.wipe()
      state = { head: signedHeadAfter(line, signed, head), key: next }
      lines.push(line)
    }
    if (from.head.seq === 0) add(beginning(from, origin, this.person), this.#time())
    for (const { event, at, reject } of waiting) {
      try {
        add(event, at)
      } catch (error) {
        reject(error)
      }
    }
    return { lines, state }
  }

  #time(): string {
    return new Date(this.#clock.now()).toISOString()
  }

  #requireOpen(): void {
    if (this.#closed) throw new SecretError('disposed', 'the audit log is closed: open it again')
  }
}

function beginning(
  { key }: SignedState,
  origin: StreamOrigin | undefined,
  person: string | undefined,
): AuditEvent {
  const subject = `audit/${logIdOf(key.publicKey)}`
  const details = { key: key.publicKey, format: origin === undefined ? 2 : 3, ...origin }
  const event = { actor: 'rekey', action: BEGIN_ACTION, subject, outcome: 'succeeded' } as const
  return { ...event, details, ...(person !== undefined && { person }) }
}

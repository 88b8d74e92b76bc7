import { mkdir, open } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { fileError, syncDirectory, takeProcessLock } from '@rekey/secret/files'
import type { AuditEvent, AuditHead, AuditSink } from '../audit-entry.ts'
import { type Checkpoint, signCheckpoint } from './checkpoint.ts'
import { type LogState, readOrBegin, writeState } from './log-state.ts'
import { resumeLog } from './resume-log.ts'
import { segmentPath } from './segments.ts'
import { BEGIN_ACTION, formatSigned, parseSigned, signedHeadAfter } from './signed-entry.ts'
import { logIdOf } from './key-chain.ts'

/** Options of {@link createSignedLog}. */
export interface SignedLogOptions {
  /** The directory of the log, which several processes may share; made with mode 700 if it does not exist. */
  readonly directory: string
  /** The person behind this process, for events that name none. Default: none. */
  readonly person?: string
  /** Bytes from which on a file of the log is followed by the next. Default 16 MiB. */
  readonly segmentBytes?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** A signed log that is open for writing. */
export interface SignedLog extends AuditSink {
  /**
   * Signs where the log ends. Keep the checkpoint elsewhere: with it, `verifySignedLog` notices a log that was cut short or replaced. Verify the log before.
   *
   * @throws {SecretError} as `record`
   */
  checkpoint(): Promise<Checkpoint>
  /** Waits for what was recorded. */
  close(): Promise<void>
}

const SEGMENT_BYTES = 16 * 1024 * 1024
/** A batch is written in milliseconds; a machine under load gets a minute. */
const LOCK_ATTEMPTS = 2_400
const LOCK_DELAY_MS = 25
/** A pod that was killed while it wrote leaves its lock, and its successor has another name. */
const ABANDONED_AFTER_MS = 60_000

/**
 * Creates the writer of a signed log: JSON lines, each with the SHA-256 of the line before and a signature by a key that is used once. The file
 * `audit.key` holds the key of the next entry alone, from which no earlier one follows: who gets it can add entries, and change none that is
 * there. Processes on one file system may share the directory; it and the log are made with the first event.
 *
 * @example
 * ```ts
 * const audit = createSignedLog({ directory: '/var/lib/rekey/audit' })
 * ```
 */
export function createSignedLog(options: SignedLogOptions): SignedLog {
  return new SignedLogWriter(options)
}

interface Waiting {
  readonly event: AuditEvent
  readonly at: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

class SignedLogWriter implements SignedLog {
  readonly #directory: string
  readonly #person: string | undefined
  readonly #segmentBytes: number
  readonly #clock: Clock
  #queue: Waiting[] = []
  #working: Promise<unknown> = Promise.resolve()
  #flushing = false
  #seen: AuditHead = { seq: 0, hash: '' }
  #closed = false

  constructor({ directory, person, segmentBytes, clock }: SignedLogOptions) {
    this.#directory = resolve(directory)
    this.#person = person
    this.#segmentBytes = segmentBytes ?? SEGMENT_BYTES
    this.#clock = clock ?? systemClock
  }

  async record(event: AuditEvent): Promise<void> {
    this.#requireOpen()
    const at = this.#time()
    const named = this.#person === undefined ? event : { person: this.#person, ...event }
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
      this.#locked(async (state) => {
        const begun = state.head.seq > 0 ? state : await this.#append([], state)
        return signCheckpoint(begun, this.#time())
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
        await this.#locked((state) => this.#append(waiting, state))
        // A refused event was rejected before, and stays so.
        for (const { resolve } of waiting) resolve()
      } catch (error) {
        for (const { reject } of waiting) reject(fileError(error, this.#directory))
      }
    }
    this.#flushing = false
  }

  async #locked<T>(work: (state: LogState) => Promise<T>): Promise<T> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const release = await takeWhenFree(join(this.#directory, 'audit.lock'))
    try {
      const state = await resumeLog(this.#directory, await readOrBegin(this.#directory))
      if (state.head.seq < this.#seen.seq) throw putBack(this.#directory)
      return await work(state)
    } finally {
      await release()
    }
  }

  /** Appends the lines, and only then replaces the key: a writer that is killed between leaves a key from which that of the next entry follows. */
  async #append(waiting: readonly Waiting[], from: LogState): Promise<LogState> {
    const { lines, state: signed } = this.#sign(waiting, from)
    if (lines.length === 0) return from
    const isFull = from.bytes >= this.#segmentBytes
    const segment = isFull ? from.head.seq + 1 : from.segment
    const start = isFull ? 0 : from.bytes
    const text = Buffer.from(lines.map((line) => `${line}\n`).join(''))
    await appendAt(segmentPath(this.#directory, segment), text, start)
    if (start === 0) await syncDirectory(this.#directory)
    const state = { ...signed, segment, bytes: start + text.length }
    this.#seen = state.head
    await writeState(this.#directory, state)
    return state
  }

  #sign(waiting: readonly Waiting[], from: LogState) {
    const lines: string[] = []
    let state = from
    const add = (event: AuditEvent, at: string) => {
      const { head, key } = state
      const next = key.next()
      const line = formatSigned(event, { at, head, key, next })
      const signed = parseSigned(line)
      if (signed === undefined) throw new TypeError('the line of an audit entry cannot be read')
      key.wipe()
      state = { ...state, head: signedHeadAfter(line, signed, head), key: next }
      lines.push(line)
    }
    if (from.head.seq === 0) add(beginning(from, this.#person), this.#time())
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

function beginning({ key }: LogState, person: string | undefined): AuditEvent {
  const subject = `audit/${logIdOf(key.publicKey)}`
  const details = { key: key.publicKey, format: 2 }
  const event = { actor: 'rekey', action: BEGIN_ACTION, subject, outcome: 'succeeded' } as const
  return { ...event, details, ...(person !== undefined && { person }) }
}

async function appendAt(path: string, bytes: Buffer, size: number): Promise<void> {
  const handle = await open(path, 'a', 0o600)
  try {
    // A process that took this lock for abandoned has written in between.
    if ((await handle.stat()).size !== size) {
      throw new SecretError('conflict', `${path} was written by another process: try again`, {
        path,
      })
    }
    try {
      await handle.appendFile(bytes)
      await handle.datasync()
    } catch (error) {
      await handle.truncate(size)
      throw error
    }
  } finally {
    await handle.close()
  }
}

async function takeWhenFree(path: string): Promise<() => Promise<void>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await takeProcessLock(path, { abandonedAfterMs: ABANDONED_AFTER_MS })
    } catch (error) {
      const isHeld = error instanceof SecretError && error.code === 'conflict'
      if (!isHeld || attempt === LOCK_ATTEMPTS) throw error
      await delay(LOCK_DELAY_MS)
    }
  }
}

function putBack(directory: string): SecretError {
  const message = `the audit log in ${directory} was put back to an older state while this process ran: keep the directory as evidence under another name, and start a new log`
  return new SecretError('conflict', message, { directory })
}

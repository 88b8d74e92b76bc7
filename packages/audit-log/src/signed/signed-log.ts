import { mkdir, open, truncate } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SecretError, systemClock } from '@rekey/secret'
import { fileError, syncDirectory, takeProcessLock } from '@rekey/secret/internal/files'
import type { SqlPool } from '@rekey/secret/kind'
import { postgresPlace } from '../postgres/postgres-place.ts'
import { type ChainPlace, putBack } from './chain-place.ts'
import { type LogState, readOrBegin, readState, writeState } from './log-state.ts'
import { createLogWriter, type SignedLog, type WriterOptions } from './log-writer.ts'
import { resumeLog } from './resume-log.ts'
import { segmentPath } from './segments.ts'

/** Where a signed log is written. */
export type AuditPlace = AuditDirectory | AuditDatabase

/** A log in files. */
export interface AuditDirectory {
  /** Processes on one file system may share it; made with mode 700 if it does not exist. */
  readonly directory: string
  /** Bytes from which on a file of the log is followed by the next. Default 16 MiB. */
  readonly segmentBytes?: number
}

/** A log in PostgreSQL, for processes that share no file system. */
export interface AuditDatabase {
  /** A `pg.Pool`, or one that changes its credentials, with the tables of `auditTablesSql`. Its limits of time are those of a record. */
  readonly database: SqlPool
}

/** Options of {@link createSignedLog}. */
export type SignedLogOptions = WriterOptions & AuditPlace

const SEGMENT_BYTES = 16 * 1024 * 1024
/** A batch is written in milliseconds; a machine under load gets a minute. */
const LOCK_WITHIN_MS = 60_000
const LOCK_DELAY_MS = 25
/** A pod that was killed while it wrote leaves its lock, and its successor has another name. */
const ABANDONED_AFTER_MS = 60_000

/**
 * Creates the writer of a signed log: JSON lines, each with the SHA-256 of the line before and a signature by a key that is used once. The file
 * `audit.key` holds the key of the next entry alone, from which no earlier one follows: who gets it can add entries, and change none that is
 * there. Processes may share a directory, which is made with the first event. In a database each writer has a chain of its own, a stream, whose key is in memory alone; its first line states where the others end.
 *
 * @example
 * ```ts
 * const audit = createSignedLog({ directory: '/var/lib/rekey/audit' })
 * ```
 */
export function createSignedLog(options: SignedLogOptions): SignedLog {
  if ('database' in options) return createLogWriter(postgresPlace(options.database), options)
  const { directory, segmentBytes = SEGMENT_BYTES } = options
  return createLogWriter(filePlace(resolve(directory), segmentBytes), options)
}

function filePlace(directory: string, segmentBytes: number): ChainPlace {
  let seen = 0
  return {
    failure: (error) => fileError(error, directory),
    async locked(work) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const release = await takeWhenFree(join(directory, 'audit.lock'))
      try {
        const state = await resumeLog(directory, await readOrBegin(directory))
        if (state.head.seq < seen) throw putBack(directory)
        return await work({
          state,
          async append(lines, { head, key }) {
            const after = { ...state, head, key }
            await appendLines({ directory, segmentBytes, from: state }, lines, after)
            seen = head.seq
          },
        })
      } finally {
        await release()
      }
    },
  }
}

interface Appending {
  readonly directory: string
  readonly segmentBytes: number
  readonly from: LogState
}

/**
 * Appends the lines, and only then replaces the key: a writer that is killed between leaves a key from which that of the next entry follows. Where
 * the key cannot be replaced, as on a full disk, the lines are removed: their entries are reported as not recorded.
 */
async function appendLines(
  { directory, segmentBytes, from }: Appending,
  lines: readonly string[],
  after: LogState,
): Promise<void> {
  const isFull = from.bytes >= segmentBytes
  const segment = isFull ? from.head.seq + 1 : from.segment
  const start = isFull ? 0 : from.bytes
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const path = segmentPath(directory, segment)
  await appendAt(path, text, start)
  try {
    if (start === 0) await syncDirectory(directory)
    await writeState(directory, { ...after, segment, bytes: start + text.length })
  } catch (error) {
    const kept = await readState(directory)
    if (kept !== undefined && kept.head.seq <= from.head.seq) await truncate(path, start)
    throw error
  }
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
  const endAt = systemClock.elapsed() + LOCK_WITHIN_MS
  for (;;) {
    try {
      return await takeProcessLock(path, { abandonedAfterMs: ABANDONED_AFTER_MS })
    } catch (error) {
      const isHeld = error instanceof SecretError && error.code === 'conflict'
      if (!isHeld || systemClock.elapsed() > endAt) throw error
      await delay(LOCK_DELAY_MS)
    }
  }
}

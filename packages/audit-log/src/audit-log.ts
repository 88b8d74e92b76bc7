import { type FileHandle, open, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { fileError, ifMissing, takeProcessLock } from '@rekey/secret/internal/files'
import {
  type AuditEvent,
  type AuditHead,
  type AuditSink,
  formatEntry,
  headAfter,
} from './audit-entry.ts'
import { type AuditTail, openTail } from './open-tail.ts'

/** Options of {@link openAuditLog}. */
export interface AuditLogOptions {
  /** The file. Made with mode 600 if it does not exist; its directory must. */
  readonly path: string
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** A log that is open for writing. Disposing it waits for what was recorded, and lets the next writer in. */
export interface AuditLog extends AuditSink, AsyncDisposable {
  /** The last entry that is safe on disk. Keep it elsewhere to let `verifyAuditLog` notice a log that was cut short. */
  readonly head: AuditHead
  /** Bytes of a cut last line that opening moved to `PATH.torn`; 0 if there was none. */
  readonly tornBytes: number
}

/**
 * Opens an append-only log of JSON lines, one for each event, each with the SHA-256 of the line before. One writer at a
 * time. Opening looks at the end only; `verifyAuditLog` checks the whole.
 *
 * @throws {SecretError} `conflict` if another writer has it open, `missing`, `forbidden`, `unreachable`, or `malformed` if
 *   its last line is no entry
 *
 * @example
 * ```ts
 * await using audit = await openAuditLog({ path: '/var/lib/rekey/audit.log' })
 * ```
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const path = resolve(options.path)
  const release = await takeProcessLock(`${path}.lock`).catch((error: unknown) => {
    throw fileError(error, dirname(path))
  })
  try {
    const handle = await open(path, 'a+', 0o600)
    try {
      const tail = await openTail(handle, path)
      await syncDirectory(dirname(path))
      return new FileAuditLog({ path, handle, tail, release, clock: options.clock ?? systemClock })
    } catch (error) {
      await handle.close()
      throw error
    }
  } catch (error) {
    await release()
    throw fileError(error, path)
  }
}

interface OpenedFile {
  readonly path: string
  readonly handle: FileHandle
  readonly tail: AuditTail
  readonly release: () => Promise<void>
  readonly clock: Clock
}

interface Waiting {
  readonly event: AuditEvent
  readonly at: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

class FileAuditLog implements AuditLog {
  readonly tornBytes: number
  readonly #file: OpenedFile
  #head: AuditHead
  #size: number
  #queue: Waiting[] = []
  #flushing: Promise<void> | undefined
  #closed = false

  constructor(file: OpenedFile) {
    this.#file = file
    this.#head = file.tail.head
    this.#size = file.tail.size
    this.tornBytes = file.tail.tornBytes
  }

  get head(): AuditHead {
    return this.#head
  }

  async record(event: AuditEvent): Promise<void> {
    if (this.#closed) throw new SecretError('disposed', 'the audit log is closed: open it again')
    const at = new Date(this.#file.clock.now()).toISOString()
    const recorded = new Promise<void>((resolve, reject) => {
      this.#queue.push({ event, at, resolve, reject })
    })
    this.#flushing ??= this.#flush()
    await recorded
  }

  /** Writes what waits, many events with one fsync. */
  async #flush(): Promise<void> {
    while (this.#queue.length > 0) await this.#write(this.#queue.splice(0))
    this.#flushing = undefined
  }

  async #write(waiting: Waiting[]): Promise<void> {
    let head = this.#head
    const lines: string[] = []
    const written: Waiting[] = []
    for (const item of waiting) {
      try {
        const line = formatEntry(item.event, item.at, head)
        head = headAfter(line, head.seq + 1)
        lines.push(`${line}\n`)
        written.push(item)
      } catch (error) {
        item.reject(error)
      }
    }
    if (written.length === 0) return
    try {
      await this.#append(Buffer.from(lines.join(''), 'utf8'))
      this.#head = head
      for (const { resolve } of written) resolve()
    } catch (error) {
      for (const { reject } of written) reject(fileError(error, this.#file.path))
    }
  }

  async #append(bytes: Buffer): Promise<void> {
    const { handle } = this.#file
    await this.#checkUntouched()
    try {
      await handle.appendFile(bytes)
      await handle.datasync()
      this.#size += bytes.length
    } catch (error) {
      await handle.truncate(this.#size)
      throw error
    }
  }

  async #checkUntouched(): Promise<void> {
    const { handle, path } = this.#file
    const [opened, named] = await Promise.all([handle.stat(), stat(path).catch(ifMissing)])
    if (opened.size === this.#size && named?.ino === opened.ino && named.dev === opened.dev) return
    throw new SecretError(
      'conflict',
      `${path} was written, cut, moved or removed by another process: keep it as evidence, and open the log again`,
      { path },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#flushing
    await this.#file.handle.close()
    await this.#file.release()
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError } from '@rekey/secret/files'
import type { AuditEvent, AuditSink } from './audit-entry.ts'
import { type AuditLog, openAuditLog } from './audit-log.ts'

/** Options of {@link createOwnAuditLog}. */
export interface OwnAuditLogOptions {
  /** Made with mode 700 if it does not exist. */
  readonly directory: string
  /** The beginning of the file's name: `rotator`. */
  readonly owner: string
}

/** A log of one process alone. */
export interface OwnAuditLog extends AuditSink {
  /** Waits for what was recorded. One that could not be opened was reported by `record`. */
  close(): Promise<void>
}

/**
 * Creates the audit log of this process, a file of its own in a directory that it shares with others. Directory and file are made at the
 * first event: a process that records nothing leaves none.
 *
 * @example
 * ```ts
 * const audit = createOwnAuditLog({ directory: '/var/lib/rekey/audit', owner: 'rotator' })
 * ```
 */
export function createOwnAuditLog({ directory, owner }: OwnAuditLogOptions): OwnAuditLog {
  let log: Promise<AuditLog> | undefined
  const open = async () => {
    await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw fileError(error, directory)
    })
    return openAuditLog({ path: join(directory, `${owner}-${randomUUID()}.log`) })
  }
  return {
    async record(event: AuditEvent) {
      log ??= open()
      await (await log).record(event)
    },
    async close() {
      const opened = await log?.catch(() => undefined)
      await opened?.[Symbol.asyncDispose]()
    },
  }
}

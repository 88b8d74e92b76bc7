import { appendFile, type FileHandle } from 'node:fs/promises'
import { SecretError } from '@rekey/secret'
import { type AuditHead, headAfter, MAX_LINE_BYTES, NO_HEAD, parseEntry } from './audit-entry.ts'

/** Where a log ends. */
export interface AuditTail {
  readonly head: AuditHead
  /** Bytes of whole lines. */
  readonly size: number
  /** Bytes of a last line that was cut, and have been moved to `PATH.torn`. */
  readonly tornBytes: number
}

const NEWLINE = 0x0a

/**
 * Finds the last entry of a log. A last line that was cut, by a crash in the middle of a write, is moved to `PATH.torn`: it
 * was never acknowledged as recorded.
 *
 * @throws {SecretError} `malformed` if the log does not end with an audit entry
 */
export async function openTail(handle: FileHandle, path: string): Promise<AuditTail> {
  const { size } = await handle.stat()
  const start = Math.max(0, size - 2 * MAX_LINE_BYTES)
  const bytes = await readFrom(handle, start, size)
  const end = bytes.lastIndexOf(NEWLINE) + 1
  const torn = bytes.subarray(end)
  if (end === 0 && start > 0) throw notAudit(path)
  const head = end === 0 ? NO_HEAD : lastHead(bytes.subarray(0, end - 1), path)
  if (torn.length > 0) {
    await appendFile(`${path}.torn`, Buffer.concat([torn, Buffer.of(NEWLINE)]), {
      mode: 0o600,
      flush: true,
    })
    await handle.truncate(start + end)
    await handle.sync()
  }
  return { head, size: start + end, tornBytes: torn.length }
}

function lastHead(lines: Buffer, path: string): AuditHead {
  const line = lines.subarray(lines.lastIndexOf(NEWLINE) + 1)
  const entry = parseEntry(line.toString('utf8'))
  if (entry === undefined) throw notAudit(path)
  return headAfter(line, entry.seq)
}

async function readFrom(handle: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.alloc(end - start)
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

function notAudit(path: string): SecretError {
  return new SecretError(
    'malformed',
    `${path} does not end with an audit entry: keep it as evidence under another name, and start a new log`,
    { path },
  )
}

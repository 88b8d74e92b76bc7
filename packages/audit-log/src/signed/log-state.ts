import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { formatIn, requireFormat } from '@rekey/secret/internal'
import { fileError, ifMissing, replaceFile, readRegularFile } from '@rekey/secret/internal/files'
import { NO_SIGNED_HEAD, type SignedHead } from './signed-entry.ts'
import { type EntryKey, importEntryKey, newEntryKey } from './key-chain.ts'
import { listSegments } from './segments.ts'

/** Where the writer of a log stands. */
export interface LogState {
  readonly head: SignedHead
  /** The first entry of the file that is written. */
  readonly segment: number
  /** Bytes of that file. */
  readonly bytes: number
  /** Signs the next entry. */
  readonly key: EntryKey
}

interface StateFile {
  readonly log: string | null
  readonly seq: number
  readonly hash: string
  readonly segment: number
  readonly bytes: number
  readonly seed: string
}

/** The key file beside a log, with the key of the next entry alone. */
function keyPath(directory: string): string {
  return join(directory, 'audit.key')
}

/**
 * Reads the state of a log.
 *
 * @returns undefined if there is none
 * @throws {SecretError} `malformed` for another file, `refused` for one of a newer format, `forbidden`, `unreachable`
 */
export async function readState(directory: string): Promise<LogState | undefined> {
  const path = keyPath(directory)
  const text = await readRegularFile(path)
    .catch(ifMissing)
    .catch((error: unknown) => {
      throw fileError(error, path)
    })
  if (text === undefined) return undefined
  requireFormat('audit-key', formatIn(text), path)
  const state = parseState(text)
  if (state !== undefined) return state
  const message = `${path} is no key of an audit log: keep the directory as evidence under another name, and start a new log`
  throw new SecretError('malformed', message, { path })
}

/**
 * Reads the state of a log, or writes the first one, before there is an entry.
 *
 * @throws {SecretError} as {@link readState}; `conflict` for a log without its key
 */
export async function readOrBegin(directory: string): Promise<LogState> {
  const found = await readState(directory)
  if (found !== undefined) return found
  if ((await listSegments(directory)).length > 0) {
    const message = `${keyPath(directory)} is gone, without which nothing can be added to the audit log: keep the directory as evidence under another name, and start a new log`
    throw new SecretError('conflict', message, { directory })
  }
  const key = newEntryKey()
  const head = { ...NO_SIGNED_HEAD, publicKey: key.publicKey }
  const state = { head, segment: 1, bytes: 0, key }
  await writeState(directory, state)
  return state
}

/** Replaces the state, and with it the key, in one step. @throws {SecretError} `forbidden`, `unwritable`, `unreachable` */
export async function writeState(directory: string, state: LogState): Promise<void> {
  const { head, segment, bytes, key } = state
  const { log = null, seq, hash } = head
  const file: StateFile = { log, seq, hash, segment, bytes, seed: key.exportSeed() }
  await replaceFile(keyPath(directory), `${JSON.stringify(file)}\n`)
}

function parseState(text: string): LogState | undefined {
  try {
    const { log, seq, hash, segment, bytes, seed } = JSON.parse(text) as StateFile
    const key = importEntryKey(seed)
    const isSound = [seq, segment, bytes].every((value) => Number.isSafeInteger(value))
    if (key === undefined || !isSound) return undefined
    const head = { seq, hash, publicKey: key.publicKey, log: log ?? undefined }
    return { head, segment, bytes, key }
  } catch {
    // The parser's message quotes the key.
    return undefined
  }
}

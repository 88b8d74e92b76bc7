import { SecretError } from '@rekey/secret'
import { formatAfter, requireFormat } from '@rekey/secret/internal'

/** An entry of a log that records things of several types. */
export interface TypedEntry {
  /** Lower-case words with hyphens: `certificate`. */
  readonly type: string
  /** In the encoding of the type: the DER of a certificate. */
  readonly content: Uint8Array
}

const FORMAT = 'rekey-log/v'
const VERSION = `${FORMAT}1`
const HEAD = /^rekey-log\/v1 ([a-z]+(?:-[a-z]+)*)$/
const MAX_HEAD_BYTES = 80
const NEWLINE = 0x0a

/**
 * Encodes an entry of a log: one line with version and type, `rekey-log/v1 certificate`, a newline, and the content as it is. So no
 * entry of one type is read as one of another.
 *
 * @throws {SecretError} `malformed` for a type that is none
 */
export function encodeEntry({ type, content }: TypedEntry): Uint8Array {
  const head = `${VERSION} ${type}`
  if (!HEAD.test(head) || head.length > MAX_HEAD_BYTES) {
    const message = 'the type of an entry is lower-case words with hyphens, 60 characters at most'
    throw new SecretError('malformed', message)
  }
  return Uint8Array.from(Buffer.concat([Buffer.from(`${head}\n`), content]))
}

/**
 * Parses what `encodeEntry` encodes.
 *
 * @throws {SecretError} `refused` for one of a newer format, `malformed` for anything else
 */
export function parseEntry(entry: Uint8Array): TypedEntry {
  const end = entry.indexOf(NEWLINE)
  const head = Buffer.from(entry.subarray(0, Math.min(end, MAX_HEAD_BYTES))).toString('latin1')
  requireFormat('log-entry', formatAfter(FORMAT, head.split(' ', 1)[0]))
  const type = end > 0 ? HEAD.exec(head)?.[1] : undefined
  if (type !== undefined) return { type, content: Uint8Array.from(entry.subarray(end + 1)) }
  const message = `an entry of the log does not begin with "${VERSION}" and a type: read it with a newer version, or report the log`
  throw new SecretError('malformed', message)
}

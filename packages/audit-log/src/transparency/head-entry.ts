import { createHash } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { encodeEntry, type TypedEntry } from './log-entry.ts'

/** The end of a chained trail, as a log anchors it: who rewrites or cuts the trail afterwards is named by an audit of the log. */
export interface TrailHead {
  /** Identifies the trail: lower-case letters, digits, and `/`, `-`, `.`, `:` between; 128 characters at most. */
  readonly trail: string
  /** Of its last line, counted from 1. */
  readonly seq: number
  /** SHA-256 of that line, in lower-case hexadecimal digits. */
  readonly hash: string
}

const TYPE = 'trail-head'
const TRAIL = /^[a-z0-9](?:[a-z0-9/.:-]{0,126}[a-z0-9])?$/
const HASH = /^[0-9a-f]{64}$/

/**
 * Encodes the head of a trail as the entry of a log. Its key is SHA-256 over trail and number, so a log has one head for each line.
 *
 * @throws {SecretError} `malformed` for a head that is none
 */
export function encodeHeadEntry({ trail, seq, hash }: TrailHead): {
  readonly key: Uint8Array
  readonly entry: Uint8Array
} {
  if (!TRAIL.test(trail) || !HASH.test(hash) || !Number.isSafeInteger(seq) || seq < 1) {
    const message =
      'the head of a trail is a name in lower case, a number from 1 on and a SHA-256 in hexadecimal'
    throw new SecretError('malformed', message)
  }
  const content = Buffer.from(JSON.stringify([trail, seq, hash]))
  const key = createHash('sha256')
    .update(JSON.stringify([TYPE, trail, seq]))
    .digest()
  return { key: Uint8Array.from(key), entry: encodeEntry({ type: TYPE, content }) }
}

/**
 * Parses what {@link encodeHeadEntry} encodes.
 *
 * @returns undefined for an entry of another type
 * @throws {SecretError} `malformed` for one of this type with other content
 */
export function parseHeadEntry({ type, content }: TypedEntry): TrailHead | undefined {
  if (type !== TYPE) return undefined
  const text = Buffer.from(content).toString('utf8')
  try {
    const [trail, seq, hash] = JSON.parse(text) as [string, number, string]
    const head = { trail, seq, hash }
    const { entry } = encodeHeadEntry(head)
    if (Buffer.from(entry).subarray(-content.length).equals(content)) return head
  } catch {
    // The parser's message quotes the entry.
  }
  throw new SecretError('malformed', 'an entry of the log is no head of a trail: report the log')
}

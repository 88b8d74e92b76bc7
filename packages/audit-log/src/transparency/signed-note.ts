import { SecretError } from '@rekey/secret'
import { decodeBase64, isNoteKeyName } from './note-key.ts'

/** Sixteen signatures of 5 kB each, which verifiers must accept, fit in. */
const MAX_NOTE_CHARS = 256 * 1024
const MAX_SIGNATURES = 64
const KEY_ID_BYTES = 4
const SIGNATURE_START = '— '

/** A signature of a note, not verified. */
export interface NoteSignature {
  readonly name: string
  /** Eight hexadecimal digits. */
  readonly keyId: string
  readonly signature: Uint8Array
}

/** A note, with signatures that are not verified. */
export interface SignedNote {
  /** The part that is signed; it ends with a newline. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/**
 * Parses a signed note (C2SP signed-note). Takes time linear in its length.
 *
 * @throws {SecretError} `malformed` with the reason; also for more than 64 signatures or 262,144 characters
 */
export function parseNote(note: string): SignedNote {
  if (note.length > MAX_NOTE_CHARS)
    throw malformedNote(`is longer than ${MAX_NOTE_CHARS} characters`)
  if (hasForbidden(note)) throw malformedNote('has control characters or is no Unicode text')
  if (!note.endsWith('\n')) throw malformedNote('does not end with a newline')
  const blank = note.lastIndexOf('\n\n')
  if (blank < 1) throw malformedNote('has no text, or no blank line after it')
  const lines = note.slice(blank + 2, -1).split('\n', MAX_SIGNATURES + 1)
  if (lines.length > MAX_SIGNATURES) throw malformedNote(`has over ${MAX_SIGNATURES} signatures`)
  return { text: note.slice(0, blank + 1), signatures: lines.map(parseSignature) }
}

/** Formats the line of a signature, with its newline. */
export function formatSignature({ name, keyId, signature }: NoteSignature): string {
  const bytes = Buffer.concat([Buffer.from(keyId, 'hex'), signature])
  return `${SIGNATURE_START}${name} ${bytes.toString('base64')}\n`
}

/** Whether a text has what no signed note has: control characters other than newlines, or halves of surrogate pairs. */
export function hasForbidden(text: string): boolean {
  return /[\0-\x09\x0b-\x1f\p{Cs}]/u.test(text)
}

export function malformedNote(problem: string): SecretError {
  return new SecretError('malformed', `the checkpoint ${problem}: fetch it again from its log`)
}

function parseSignature(line: string): NoteSignature {
  const [name = '', base64 = '', ...rest] = line.slice(SIGNATURE_START.length).split(' ', 3)
  const bytes = decodeBase64(base64)
  const isLine = line.startsWith(SIGNATURE_START) && rest.length === 0 && isNoteKeyName(name)
  if (!isLine || bytes === undefined || bytes.length <= KEY_ID_BYTES) {
    throw malformedNote('has a line of signatures that is none')
  }
  const keyId = bytes.subarray(0, KEY_ID_BYTES).toString('hex')
  return { name, keyId, signature: bytes.subarray(KEY_ID_BYTES) }
}

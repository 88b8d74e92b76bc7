import { formatIn, requireFormat } from '@rekey/secret/internal'
import {
  type AuditEntry,
  type AuditEvent,
  type AuditHead,
  formatEntry,
  headAfter,
  NO_HEAD,
  parseEntry,
} from '../audit-entry.ts'
import { type EntryKey, isSigned, logIdOf } from './key-chain.ts'

/** An entry with its place in the chain of keys. */
export interface SignedEntry {
  readonly entry: AuditEntry
  /** The public key of the next entry. */
  readonly next: string
  /** By the key that the entry before committed to. */
  readonly signature: string
}

/** The first action of each signed log; its detail `key` is the public key that all others follow from. */
export const BEGIN_ACTION = 'audit.begin'

/** With `s`: JSON leaves U+2028 and U+2029 in a text, which `.` otherwise takes for the end of a line. */
const SIGNED_LINE = /^(.*),"next":"([\w-]{43})","signature":"([\w-]{86})"\}$/s

/** The end of a log, which its next line has to fit. */
export interface SignedHead extends AuditHead {
  /** The public key that signs the next line; undefined before the first. */
  readonly publicKey: string | undefined
  /** The id of the log; undefined before the first line. */
  readonly log: string | undefined
}

/** The head before the first line. */
export const NO_SIGNED_HEAD: SignedHead = { ...NO_HEAD, publicKey: undefined, log: undefined }

/**
 * The line of a signed entry, without its line end, which commits to the key after `key`.
 *
 * @throws {SecretError} `malformed` as `formatEntry`
 */
export function formatSigned(
  event: AuditEvent,
  { at, head, key, next }: { at: string; head: AuditHead; key: EntryKey; next: EntryKey },
): string {
  const text = `${formatEntry(event, at, head).slice(0, -1)},"next":"${next.publicKey}"}`
  return `${text.slice(0, -1)},"signature":"${key.sign('entry', text)}"}`
}

/**
 * The entry in a line, or undefined if the line is not exactly what {@link formatSigned} would write. Its signature is not verified.
 *
 * @throws {SecretError} `refused` for an entry of a newer format
 */
export function parseSigned(line: string): SignedEntry | undefined {
  const [, base, next = '', signature = ''] = SIGNED_LINE.exec(line) ?? []
  if (base === undefined) {
    requireFormat('audit-entry', formatIn(line))
    return undefined
  }
  const entry = parseEntry(`${base}}`)
  return entry && { entry, next, signature }
}

/** Whether a line is signed by the key that the head names, or, for the first line, by its own. */
export function isSignedAfter(line: string, signed: SignedEntry, head: SignedHead): boolean {
  const publicKey = head.publicKey ?? firstKeyOf(signed)
  const text = `${line.slice(0, line.lastIndexOf(',"signature":"'))}}`
  return (
    publicKey !== undefined &&
    isSigned({ publicKey, kind: 'entry', text, signature: signed.signature })
  )
}

/** The head of a log that ends with this line. */
export function signedHeadAfter(line: string, signed: SignedEntry, before: SignedHead): SignedHead {
  const first = firstKeyOf(signed)
  const log = before.log ?? (first === undefined ? undefined : logIdOf(first))
  return { ...headAfter(line, signed.entry.seq), publicKey: signed.next, log }
}

function firstKeyOf({ entry: { seq, action, details } }: SignedEntry): string | undefined {
  const key = seq === 1 && action === BEGIN_ACTION ? details?.['key'] : undefined
  return typeof key === 'string' ? key : undefined
}

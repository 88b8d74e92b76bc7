import { SecretError } from '@rekey/secret'
import { oid, sequence, set, utf8 } from './der.ts'

/** Who a certificate is for. Comes from an authenticated identity, never from a request. */
export interface Subject {
  /** 1 to 64 characters. */
  readonly commonName: string
  readonly organization?: string
  readonly organizationalUnit?: string
}

/** RFC 5280 appendix A.1, and its upper bounds (`ub-common-name` and others), in the order they are written. */
const ATTRIBUTES = [
  ['organization', '2.5.4.10', 64],
  ['organizationalUnit', '2.5.4.11', 64],
  ['commonName', '2.5.4.3', 64],
] as const

/** Letters, marks, numbers, punctuation, symbols and inner spaces: no control, no bidirectional override, no line break. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+(?: [\p{L}\p{M}\p{N}\p{P}\p{S}]+)*$/u

/**
 * The `Name` of a subject.
 *
 * @throws {SecretError} `refused` for a name that is too long, could be read as another one, or could be used as a path
 *   (OpenVPN names a client's file after its common name)
 */
export function encodeName(subject: Subject): Buffer {
  const attributes = ATTRIBUTES.flatMap(([field, type, max]) => {
    const text = subject[field]
    if (text === undefined) return []
    if (!isNameText(text, max)) throw refused(field, max)
    return [set(sequence(oid(type), utf8(text)))]
  })
  return sequence(...attributes)
}

/** Whether a text of 1 to `max` characters shows as what it is, and could not be used as a path. */
export function isNameText(text: string, max: number): boolean {
  const isPlain = PRINTABLE.test(text) && text === text.normalize('NFC')
  return isPlain && Array.from(text).length <= max && !/[/\\]|^\./.test(text)
}

function refused(field: string, max: number): SecretError {
  const message =
    `the ${field} of the subject must be 1 to ${max} printable characters in Unicode NFC, without a slash, ` +
    'a leading dot or doubled spaces; correct the identity it comes from'
  return new SecretError('refused', message, { reason: 'subject', field })
}

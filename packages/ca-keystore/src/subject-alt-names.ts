import { isIP } from 'node:net'
import { SecretError } from '@rekey/secret'
import { implicit, sequence } from './der.ts'

/** Another name of a subject: an address of mail, a host, an URI (`urn:…`), an IP address. */
export interface SubjectAltName {
  readonly kind: 'email' | 'dns' | 'uri' | 'ip'
  readonly value: string
}

interface Rule {
  /** The tag in `GeneralName` (RFC 5280 §4.2.1.6). */
  readonly tag: number
  readonly maxLength: number
  isValid(value: string): boolean
  encode(value: string): Buffer
}

const MAX_NAMES = 100
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const DNS = new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*$`)
const EMAIL = new RegExp(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@${LABEL}(?:\\.${LABEL})*$`)
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/

const ascii = (value: string) => Buffer.from(value, 'latin1')

const RULES: Readonly<Record<SubjectAltName['kind'], Rule>> = {
  email: { tag: 1, maxLength: 255, isValid: (value) => EMAIL.test(value), encode: ascii },
  dns: { tag: 2, maxLength: 253, isValid: (value) => DNS.test(value), encode: ascii },
  uri: { tag: 6, maxLength: 2_048, isValid: (value) => URI.test(value), encode: ascii },
  ip: { tag: 7, maxLength: 45, isValid: isAddress, encode: encodeIp },
}

/**
 * `GeneralNames`.
 *
 * @throws {SecretError} `refused` for no name, too many, or one that does not have the form of its kind
 */
export function encodeAltNames(names: readonly SubjectAltName[]): Buffer {
  if (names.length === 0 || names.length > MAX_NAMES) {
    throw refused(`between 1 and ${MAX_NAMES} alternative names are needed, not ${names.length}`)
  }
  return sequence(...names.map(encodeAltName))
}

function encodeAltName({ kind, value }: SubjectAltName, index: number): Buffer {
  const rule = RULES[kind]
  if (value.length > rule.maxLength || !rule.isValid(value)) {
    throw refused(`alternative name ${index + 1} is not a valid ${kind}`)
  }
  return implicit(rule.tag, rule.encode(value))
}

function isAddress(value: string): boolean {
  return isIP(value) !== 0 && !value.includes('%')
}

function encodeIp(value: string): Buffer {
  if (isIP(value) === 4) return Buffer.from(value.split('.').map(Number))
  const [head = '', tail] = new URL(`http://[${value}]`).hostname.slice(1, -1).split('::')
  const groups = (part: string) => part.split(':').filter((group) => group !== '')
  const [left, right] = [groups(head), groups(tail ?? '')]
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  const all = [...left, ...zeros, ...right].map((group) => group.padStart(4, '0'))
  return Buffer.from(all.join(''), 'hex')
}

function refused(problem: string): SecretError {
  const message = `${problem}; correct the identity that the certificate is for`
  return new SecretError('refused', message, { reason: 'subject-alt-name' })
}

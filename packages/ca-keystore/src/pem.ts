import { SecretError } from '@rekey/secret'

/** Which PEM blocks a text may hold. */
export interface PemRule {
  /** Names the text in errors. */
  readonly what: string
  readonly labels: readonly string[]
  readonly maxChars: number
  /** The most blocks. */
  readonly maxBlocks: number
}

const BLOCK =
  /-----BEGIN ([A-Z0-9 ]+)-----\r?\n((?:[A-Za-z0-9+/=]{1,76}\r?\n)+)-----END \1-----(?:\r?\n|$)/y

/**
 * Reads PEM strictly (RFC 7468 §3, strict form): nothing before or between the blocks and no more than blank lines after them,
 * no headers, canonical base64, known labels only.
 *
 * @returns the contents, at least one
 * @throws {SecretError} `malformed`
 */
export function parsePem(text: string, rule: PemRule): Buffer[] {
  if (text.length > rule.maxChars) {
    throw malformed(rule, `is longer than ${rule.maxChars} characters`, 'too-large')
  }
  const contents: Buffer[] = []
  const length = lengthWithoutBlanks(text)
  BLOCK.lastIndex = 0
  let end = 0
  while (end < length) {
    const match = BLOCK.exec(text)
    if (match === null) throw malformed(rule, 'has text that is not PEM', 'pem')
    contents.push(decodeBlock(match, rule))
    end = BLOCK.lastIndex
  }
  if (contents.length === 0) throw malformed(rule, 'is empty', 'pem')
  if (contents.length > rule.maxBlocks) {
    throw malformed(rule, `has more than ${rule.maxBlocks} PEM block(s)`, 'pem')
  }
  return contents
}

/** A pattern for this would take quadratic time. */
function lengthWithoutBlanks(text: string): number {
  let length = text.length
  while (length > 0 && ' \t\r\n'.includes(text.charAt(length - 1))) length -= 1
  return length
}

/** Reads a text of exactly one block. @throws {SecretError} `malformed` */
export function parseOnePem(text: string, rule: Omit<PemRule, 'maxBlocks'>): Buffer {
  const [first] = parsePem(text, { ...rule, maxBlocks: 1 })
  if (first === undefined) throw malformed(rule, 'is empty', 'pem')
  return first
}

/** Writes one PEM block with 64 characters a line and a line break at the end. */
export function encodePem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

function decodeBlock(match: RegExpExecArray, rule: PemRule): Buffer {
  const [, label = '', body = ''] = match
  if (!rule.labels.includes(label)) throw malformed(rule, 'has a PEM block of another kind', 'pem')
  const base64 = body.replaceAll(/\s/g, '')
  const der = Buffer.from(base64, 'base64')
  if (der.toString('base64') !== base64) throw malformed(rule, 'is not canonical base64', 'pem')
  return der
}

function malformed(rule: Pick<PemRule, 'what' | 'labels'>, problem: string, reason: string) {
  const wanted = rule.labels.map((label) => `"${label}"`).join(' or ')
  const message = `${rule.what} ${problem}; give the PEM of ${wanted} and nothing else`
  return new SecretError('malformed', message, { reason })
}

import { SecretError } from '@rekey/secret'
import type { DerNode } from './der-reader.ts'
import { isNameText } from './distinguished-name.ts'

/** `ub-emailaddress-length` (RFC 5280 appendix A.1), the longest of any attribute. */
const MAX_CHARS = 255
const MAX_COMMON_NAME = 64
const MAX_ATTRIBUTES = 16
const COMMON_NAME = '2.5.4.3'

/** `organizationalUnitName` and `domainComponent`: the attributes that a name may have more than one of. */
const REPEATED: readonly string[] = ['2.5.4.11', '0.9.2342.19200300.100.1.25']

/**
 * Checks the subject that a request asks for. It is never copied, but a name that could be read as another one is an attack, and worth
 * an answer: control characters and overrides of direction, encodings other than UTF-8 and its subsets, paths, two common names, and
 * several attributes in one part, which readers sort differently.
 *
 * @throws {SecretError} `malformed`; `refused` with the reason `subject`
 */
export function checkRequestedName(node: DerNode): void {
  const types = node.sequence(0, MAX_ATTRIBUTES).items.map((part) => {
    const [attribute, ...others] = part.set(1, MAX_ATTRIBUTES).items
    if (attribute === undefined || others.length > 0) throw refused('has parts of several values')
    const [type, value] = attribute.sequence(2, 2).items
    if (type === undefined || value === undefined) return node.malformed()
    checkText(type.oid(), value.text())
    return type.oid()
  })
  const once = types.filter((type) => !REPEATED.includes(type))
  if (new Set(once).size !== once.length) throw refused('has an attribute twice')
}

function checkText(type: string, text: string | undefined): void {
  if (text === undefined) throw refused('is not in UTF-8')
  const max = type === COMMON_NAME ? MAX_COMMON_NAME : MAX_CHARS
  if (!isNameText(text, max)) {
    throw refused('is too long, a path, or has characters that do not show as what they are')
  }
}

function refused(problem: string): SecretError {
  const message =
    `the subject of the certificate request ${problem}; make it again with a plain subject, or an empty one: ` +
    'the certificate has the name of the authenticated sender'
  return new SecretError('refused', message, { reason: 'subject' })
}

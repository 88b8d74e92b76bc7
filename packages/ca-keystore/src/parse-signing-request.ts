import { verify } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { type DerNode, readDer } from './der-reader.ts'
import { parseOnePem } from './pem.ts'
import { readRequestedExtensions, type RequestedExtensions } from './requested-extensions.ts'
import { parseSubjectKey, type SubjectKey, type SubjectKeyType } from './subject-key.ts'
import { isNameText } from './distinguished-name.ts'

/** `ub-emailaddress-length` (RFC 5280 appendix A.1), the longest of any attribute. */
const MAX_CHARS = 255

const MAX_COMMON_NAME = 64

const MAX_ATTRIBUTES = 16

const COMMON_NAME = '2.5.4.3'

/** `organizationalUnitName` and `domainComponent`: the attributes that a name may have more than one of. */
const REPEATED: readonly string[] = ['2.5.4.11', '0.9.2342.19200300.100.1.25']

/** The trusted part of a certificate request: its key, and that its sender holds the private half. */
export interface SigningRequest {
  readonly key: SubjectKey
  /** The extensions it asks for, to be compared with those it gets. */
  readonly requested: RequestedExtensions
}

const WHAT = 'the certificate request'
const RULE = {
  what: WHAT,
  labels: ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'],
  maxChars: 16 * 1024,
}

/** How one algorithm signs. */
export interface SignatureScheme {
  readonly keyType: SubjectKeyType
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  /** RSA has NULL parameters (RFC 4055 §5), the others have none (RFC 5758 §3.2, RFC 8410 §3). */
  readonly hasNull: boolean
}

const SCHEMES: Readonly<Record<string, SignatureScheme>> = {
  '1.2.840.10045.4.3.2': { keyType: 'ec', digest: 'sha256', hasNull: false },
  '1.2.840.10045.4.3.3': { keyType: 'ec', digest: 'sha384', hasNull: false },
  '1.2.840.10045.4.3.4': { keyType: 'ec', digest: 'sha512', hasNull: false },
  '1.3.101.112': { keyType: 'ed25519', digest: null, hasNull: false },
  '1.2.840.113549.1.1.11': { keyType: 'rsa', digest: 'sha256', hasNull: true },
  '1.2.840.113549.1.1.12': { keyType: 'rsa', digest: 'sha384', hasNull: true },
  '1.2.840.113549.1.1.13': { keyType: 'rsa', digest: 'sha512', hasNull: true },
}

/**
 * Reads a PKCS#10 request (RFC 2986) from an untrusted sender: one PEM block of at most 16 KiB, strict DER, version 0. The
 * key, the requested extensions and the form of the subject are judged before the signature is verified. The subject is not returned: the
 * authenticated sender decides it, and an empty one asks for nothing.
 *
 * @throws {SecretError} `malformed`; `refused` (a weak key, an extension, a subject, a private key in the text, a signature algorithm);
 * `rejected` if the signature does not prove possession of the key. `details.reason` distinguishes them.
 */
export function parseSigningRequest(pem: string): SigningRequest {
  if (pem.length <= RULE.maxChars && pem.includes('PRIVATE KEY')) throw disclosed()
  const request = readDer(parseOnePem(pem, RULE), WHAT).sequence(3, 3)
  const [info, identifier, signature] = [request.at(0), request.at(1), request.at(2).bits()]
  const fields = info.sequence(4, 4)
  if (fields.at(0).integer() !== 0n) return info.malformed()
  const key = parseSubjectKey(fields.at(2), WHAT)
  const requested = readRequestedExtensions(fields.at(3))
  checkRequestedName(fields.at(1))
  const { digest } = schemeFor(identifier, key.type)
  if (!verify(digest, info.der(), key.publicKey, signature)) throw unproved()
  return { key, requested }
}

/**
 * Finds how something was signed, by its `AlgorithmIdentifier`.
 *
 * @param what names it in the error
 * @throws {SecretError} `refused` with the reason `signature-algorithm` for one that is weak, or not of such a key
 */
export function schemeFor(
  identifier: DerNode,
  keyType: SubjectKeyType,
  what: string = WHAT,
): SignatureScheme {
  const parts = identifier.sequence(1, 2)
  const scheme = SCHEMES[parts.at(0).oid()]
  const parameters = parts.items[1]
  const hasRightParameters = scheme?.hasNull ? parameters?.isNull() : parameters === undefined
  if (scheme?.keyType === keyType && hasRightParameters) return scheme
  throw new SecretError(
    'refused',
    `${what} is signed with an algorithm that is not accepted for its key; sign it with SHA-256 (or Ed25519)`,
    { reason: 'signature-algorithm' },
  )
}

function unproved(): SecretError {
  return new SecretError(
    'rejected',
    `the signature of ${WHAT} does not prove possession of its key; make it again with the right private key`,
    { reason: 'proof-of-possession' },
  )
}

function disclosed(): SecretError {
  return new SecretError(
    'refused',
    `${WHAT} comes with a private key, which is disclosed now; throw that key away and send a request alone`,
    { reason: 'private-key-in-request' },
  )
}

/**
 * Checks the subject that a request asks for. It is never copied, but a name that could be read as another one is an attack, and worth
 * an answer: control characters and overrides of direction, encodings other than UTF-8 and its subsets, paths, two common names, and
 * several attributes in one part, which readers sort differently.
 *
 * @throws {SecretError} `malformed`; `refused` with the reason `subject`
 */
function checkRequestedName(node: DerNode): void {
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

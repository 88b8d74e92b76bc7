import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { z } from 'zod'
import { readKey } from '../import/read-key.ts'
import { publicKeyDigest } from '../key-digest.ts'
import { parsePem } from '../pem.ts'
import { readStatement, signStatement } from '../signed-statement.ts'
import { bytesOf, type SecretText } from '../passphrase.ts'

const content = z.strictObject({
  /** `SubjectPublicKeyInfo` of the operator. */
  operator: z.base64().min(1),
  /** SHA-256 of the report with the signature of the restored key. */
  report: z.string().regex(/^[0-9a-f]{64}$/),
})

const KIND = 'drill operator'
const OPERATORS = { what: 'the file of the operators', labels: ['PUBLIC KEY'] }
const LIMITS = { maxChars: 64 * 1024, maxBlocks: 64 }
/** Two lines of the report, two of the operator, and nothing after the last line feed. */
const [REPORT_LINES, SIGNED_LINES] = [2, 5]

/**
 * Opens the key of a drill operator: encrypted PKCS#8 with an Ed25519 key, as `openssl genpkey -algorithm ed25519 -aes256` writes it.
 *
 * @param key the bytes of its file; wiped
 * @throws {SecretError} `refused` for a key that is not encrypted or not Ed25519, or a cost out of bounds; `rejected` for a wrong passphrase or
 *   a damaged file; `malformed`
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs'
 *
 * const key = readFileSync('operator.key')
 * const operatorKey = await openOperatorKey({ key, passphrase })
 * ```
 */
export async function openOperatorKey({
  key,
  passphrase,
}: {
  /** The file of the key: PKCS#8 in PEM, encrypted. */
  readonly key: Buffer
  /** Opens it. */
  readonly passphrase: SecretText
}): Promise<KeyObject> {
  using opening = bytesOf(passphrase)
  try {
    const { privateKey, source } = await readKey(key, opening.expose())
    if (!source.isEncrypted) throw unfit('is not encrypted')
    if (privateKey.asymmetricKeyType !== 'ed25519') throw unfit('is no Ed25519 key')
    return privateKey
  } finally {
    key.fill(0)
  }
}

/** Adds the signature of the operator, over the SHA-256 of a report that the restored key signed. */
export async function signAsOperator(signed: string, key: KeyObject): Promise<string> {
  const operator = createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64')
  const statement = JSON.stringify({ operator, report: digestOf(signed) })
  const signer = { sign: (data: Buffer) => Promise.resolve(sign(null, data, key)) }
  return signed + (await signStatement(KIND, statement, signer))
}

/** The parts of the text of a report. */
interface SignedParts {
  /** The report with the signature of the restored key, which is still to be verified. */
  readonly signed: string
  /** SHA-256 of the public key of the operator who signed it, hexadecimal. */
  readonly operator?: string
}

/**
 * Separates a report from the signature of the operator, and verifies that.
 *
 * @throws {SecretError} `rejected` for a signature that the named operator did not make over this report
 */
export function readOperator(text: string): SignedParts {
  const lines = text.split('\n')
  if (lines.length < SIGNED_LINES) return { signed: text }
  const signed = `${lines.slice(0, REPORT_LINES).join('\n')}\n`
  const key = operatorOf(lines.slice(REPORT_LINES), digestOf(signed))
  if (key !== undefined) return { signed, operator: publicKeyDigest(key) }
  const message =
    'the signature of the operator does not belong to the report of the drill, or is damaged; take the report from the operator again'
  throw new SecretError('rejected', message, { reason: 'operator' })
}

function operatorOf(lines: readonly string[], report: string): KeyObject | undefined {
  try {
    const stated = content.parse(JSON.parse(lines[0] ?? ''))
    const key = ed25519KeyOf(Buffer.from(stated.operator, 'base64'))
    const isSigned = readStatement(KIND, lines.join('\n'), key) !== undefined
    return isSigned && stated.report === report ? key : undefined
  } catch {
    // The error of a parser may show what it read.
    return undefined
  }
}

/**
 * Checks that one of the named operators has signed.
 *
 * @param operators PEM of their public keys
 * @throws {SecretError} `missing` for a report that no operator signed; `refused` for one of another operator, with the digest of that
 *   key; `malformed` for the file
 */
export function checkOperator(operator: string | undefined, operators: string): void {
  const trusted = parsePem(operators, { ...OPERATORS, ...LIMITS }).map(trustedDigest)
  if (operator === undefined) {
    const message =
      'no operator has signed the report of the drill; drill again with --operator-key'
    throw new SecretError('missing', message, { reason: 'no-operator' })
  }
  if (trusted.includes(operator)) return
  const message = `the report of the drill was signed by another operator (sha256 ${operator}); have one of those in the file drill again`
  throw new SecretError('refused', message, { reason: 'other-operator', operator })
}

function trustedDigest(der: Buffer): string {
  try {
    return publicKeyDigest(ed25519KeyOf(der))
  } catch {
    const message = `${OPERATORS.what} has a key that is not Ed25519; write each with openssl pkey -pubout`
    throw new SecretError('malformed', message, { reason: 'operators' })
  }
}

function ed25519KeyOf(der: Buffer): KeyObject {
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  if (key.asymmetricKeyType === 'ed25519') return key
  throw new TypeError('another algorithm')
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function unfit(problem: string): SecretError {
  const message = `the key of the operator ${problem}; make one with openssl genpkey -algorithm ed25519 -aes256`
  return new SecretError('refused', message, { reason: 'operator-key' })
}

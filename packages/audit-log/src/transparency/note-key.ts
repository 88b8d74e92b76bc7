import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { Secret, SecretError } from '@rekey/secret'

/** The type byte of Ed25519 signatures in signed notes. */
const ED25519 = 0x01
const KEY_BYTES = 32
/** DER before the 32 bytes of an Ed25519 key (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

const MAX_KEY_CHARS = 1024
const PRIVATE = 'PRIVATE+KEY+'

/** A public key that signs notes, with its name. */
export interface VerifierKey {
  readonly name: string
  /** The first four bytes of a hash over name and key, as hexadecimal digits. */
  readonly id: string
  readonly publicKey: KeyObject
}

/** A private key that signs notes, with its name. */
export interface SignerKey extends Pick<VerifierKey, 'name' | 'id'> {
  readonly privateKey: KeyObject
  /** The public half, `name+id+base64`. */
  readonly verifierKey: string
}

/** A new key pair of a log or a witness, in the encodings of signed notes. */
export interface IssuedNoteKey {
  /** `PRIVATE+KEY+name+id+base64`. Keep it in a secret store. */
  readonly signerKey: Secret
  /** `name+id+base64`. Give it to verifiers, by a way that they trust. */
  readonly verifierKey: string
}

/**
 * Issues an Ed25519 key that signs checkpoints.
 *
 * @param name of the log or the witness: as a rule a URL without its scheme, `ct.example.com/log`
 * @throws {SecretError} `malformed` for a name that is empty or has spaces, control characters or `+`
 * @example
 * ```ts
 * const { signerKey, verifierKey } = issueNoteKey('ct.example.com/log')
 * ```
 */
export function issueNoteKey(name: string): IssuedNoteKey {
  checkKeyName(name)
  const seed = randomBytes(KEY_BYTES)
  const raw = rawPublicKey(privateKeyOf(seed))
  const id = keyId(name, raw)
  // The name and the id before it are in the public half too, which is printed.
  const key = Secret.of(encode(seed), 'signer key')
  seed.fill(0)
  const signerKey = `${PRIVATE}${name}+${id}+${key.expose()}`
  return {
    signerKey: Secret.of(signerKey, 'signer key', { announced: false }),
    verifierKey: `${name}+${id}+${encode(raw)}`,
  }
}

/**
 * Parses the verifier key of a log or a witness: `name+id+base64`.
 *
 * @throws {SecretError} `malformed` if it is none, is of another algorithm, or its id is not that of its name and key
 */
export function parseVerifierKey(text: string): VerifierKey {
  const { name, id, bytes } = splitKey(text, 'verifier key')
  if (keyId(name, bytes) !== id) throw malformed('verifier key')
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI, bytes]),
    format: 'der',
    type: 'spki',
  })
  return { name, id, publicKey }
}

/** Parses a signer key. Errors never have parts of it. */
export function parseSignerKey(text: string): SignerKey {
  if (!text.startsWith(PRIVATE)) throw malformed('signer key')
  const { name, id, bytes } = splitKey(text.slice(PRIVATE.length), 'signer key')
  const privateKey = privateKeyOf(bytes)
  bytes.fill(0)
  const raw = rawPublicKey(privateKey)
  if (keyId(name, raw) !== id) throw malformed('signer key')
  return { name, id, privateKey, verifierKey: `${name}+${id}+${encode(raw)}` }
}

/** Whether signed notes allow a name for a key: not empty, no spaces, no control characters, no `+`. */
export function isNoteKeyName(name: string): boolean {
  return name !== '' && !/[\p{White_Space}\p{Cc}\p{Cs}+]/u.test(name)
}

/** Decodes base64 as RFC 4648, section 4, writes it; undefined for any other spelling of the same bytes. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function splitKey(text: string, what: string) {
  const fields = text.length <= MAX_KEY_CHARS && /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text)
  if (!fields) throw malformed(what)
  const [, name = '', id = '', base64 = ''] = fields
  const typed = decodeBase64(base64)
  if (!isNoteKeyName(name) || typed?.length !== KEY_BYTES + 1 || typed[0] !== ED25519) {
    throw malformed(what)
  }
  return { name, id, bytes: typed.subarray(1) }
}

function checkKeyName(name: string): void {
  if (isNoteKeyName(name) && name.length <= MAX_KEY_CHARS / 2) return
  const message = `the name of a note key is empty, too long, or has spaces, control characters or "+": choose one as ct.example.com/log`
  throw new SecretError('malformed', message)
}

function keyId(name: string, raw: Uint8Array): string {
  const hash = createHash('sha256').update(`${name}\n`).update(Uint8Array.of(ED25519)).update(raw)
  return hash.digest('hex').slice(0, 8)
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  const der = Buffer.concat([PKCS8, seed])
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } finally {
    der.fill(0)
  }
}

function rawPublicKey(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES)
}

function encode(bytes: Uint8Array): string {
  return Buffer.concat([Uint8Array.of(ED25519), bytes]).toString('base64')
}

function malformed(what: string): SecretError {
  const message = `the ${what} is no Ed25519 key of a signed note, or its id is of another key: copy it again, whole`
  return new SecretError('malformed', message, { what })
}

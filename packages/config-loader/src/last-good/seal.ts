import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { Secret, SecretError } from '@rekey/secret'

/** The readable part of a seal. It is authenticated together with the text. */
export interface SealLabel {
  readonly format: string
  readonly service: string
  /** A hash over what the service needs. */
  readonly definition: string
  /** Milliseconds since the epoch. */
  readonly writtenAt: number
}

/** A text that only the owner of the key can read, and that cannot be changed unnoticed. Binary parts are base64. */
export interface Sealed extends SealLabel {
  readonly salt: string
  readonly nonce: string
  readonly text: string
}

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
/** NIST SP 800-38D §8.2: 96 bits are what GCM is made for. The key is new for each seal, so no nonce meets its like. */
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** RFC 5869 §3.1: as long as the output of the hash. */
const SALT_BYTES = 32

/** A key is no password: HKDF does nothing for one that can be guessed. */
const MIN_KEY_LENGTH = 32

/** @throws {SecretError} `refused` if the key is shorter than 32 characters */
export function checkSealKey(key: Secret): void {
  if (key.expose().length >= MIN_KEY_LENGTH) return
  throw new SecretError(
    'refused',
    `${key.label} is shorter than ${MIN_KEY_LENGTH} characters: make one of 32 random bytes`,
  )
}

/** Seals `text` with AES-256-GCM under a key of its own: HKDF-SHA256 (RFC 5869) over `key`, with a random salt. */
export function seal(text: Secret, label: SealLabel, key: Secret): Sealed {
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)]
  const cipher = createCipheriv(CIPHER, sealKey(key, salt), nonce).setAAD(bytesOf(label))
  const body = Buffer.concat([
    cipher.update(text.expose(), 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ])
  const [saltText, nonceText] = [salt.toString('base64'), nonce.toString('base64')]
  return { ...label, salt: saltText, nonce: nonceText, text: body.toString('base64') }
}

/** @throws {SecretError} `rejected` for another key, or if anything was changed */
export function unseal(sealed: Sealed, key: Secret): Secret {
  const bytes = (text: string) => Buffer.from(text, 'base64')
  const [salt, nonce, body] = [bytes(sealed.salt), bytes(sealed.nonce), bytes(sealed.text)]
  try {
    const decipher = createDecipheriv(CIPHER, sealKey(key, salt), nonce, {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(bytesOf(sealed))
    decipher.setAuthTag(body.subarray(-TAG_BYTES))
    const text = [decipher.update(body.subarray(0, -TAG_BYTES)), decipher.final()]
    return Secret.of(Buffer.concat(text).toString('utf8'), 'LAST_GOOD')
  } catch {
    throw new SecretError('rejected', 'it was changed, or was sealed with another key', {
      reason: 'tampered',
    })
  }
}

function bytesOf({ format, service, definition, writtenAt }: SealLabel): Buffer {
  return Buffer.from(JSON.stringify([format, service, definition, writtenAt]))
}

function sealKey(key: Secret, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key.expose(), salt, 'rekey last-good', KEY_BYTES))
}

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'

const SEED_BYTES = 32
/** Of the private keys of RFC 8410 in PKCS #8, before their 32 bytes. */
const PKCS8_START = Buffer.from('302e020100300506032b657004220420', 'hex')
const LOG_ID_CHARS = 32

/** The use of a signature, which is a part of what is signed. */
type SignedKind = 'entry' | 'checkpoint'

/**
 * The secret of one entry, from which the secrets of all later entries follow, and none of an earlier one. Bellare and Yee, "Forward integrity for
 * secure audit logs" (1997), with a signature in place of a MAC, as in Holt, "Logcrypt: forward security and public verification for secure
 * audit logs" (2006): who verifies needs no secret.
 */
export interface EntryKey {
  /** Ed25519, 32 bytes in base64url. */
  readonly publicKey: string
  readonly sign: (kind: SignedKind, text: string) => string
  /** Derives the key of the next entry (HKDF-SHA256, RFC 5869). */
  readonly next: () => EntryKey
  /** The seed in base64url, for the file of the key. */
  readonly exportSeed: () => string
  /** Overwrites the seed; the key signs nothing afterwards. */
  readonly wipe: () => void
}

/** Makes the key of the first entry of a log. */
export function newEntryKey(): EntryKey {
  return entryKey(randomBytes(SEED_BYTES))
}

/** Reads what `exportSeed` gave; undefined if it is none. */
export function importEntryKey(text: string): EntryKey | undefined {
  const seed = Buffer.from(text, 'base64url')
  return seed.length === SEED_BYTES ? entryKey(seed) : undefined
}

function entryKey(seed: Buffer): EntryKey {
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', seed, '', `rekey audit ${purpose}`, SEED_BYTES))
  let signing: KeyObject | undefined = toPrivateKey(derive('signing key'))
  const publicKey = createPublicKey(signing).export({ format: 'jwk' }).x ?? ''
  return {
    publicKey,
    sign(kind, text) {
      if (signing === undefined) throw new TypeError('the key of this entry was wiped')
      return sign(null, signedBytes(kind, text), signing).toString('base64url')
    },
    next: () => entryKey(derive('next seed')),
    exportSeed: () => seed.toString('base64url'),
    wipe() {
      seed.fill(0)
      signing = undefined
    },
  }
}

function toPrivateKey(bytes: Buffer): KeyObject {
  const key = Buffer.concat([PKCS8_START, bytes])
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  } finally {
    key.fill(0)
    bytes.fill(0)
  }
}

/** A signature that is to be verified. */
export interface SignatureClaim {
  readonly publicKey: string
  readonly kind: SignedKind
  readonly text: string
  readonly signature: string
}

/** Whether a signature is of that key, over that text. */
export function isSigned({ publicKey, kind, text, signature }: SignatureClaim): boolean {
  try {
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: publicKey },
      format: 'jwk',
    })
    return verify(null, signedBytes(kind, text), key, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}

/** Names a log by its first public key: 128 bits of SHA-256, in hex. */
export function logIdOf(publicKey: string): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, LOG_ID_CHARS)
}

function signedBytes(kind: SignedKind, text: string): Buffer {
  return Buffer.from(`rekey audit ${kind}\n${text}`)
}

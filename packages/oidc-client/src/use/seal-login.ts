import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const SALT_BYTES = 16
const TAG_BYTES = 16
const KEY_BYTES = 32
const NONCE_BYTES = 12

/**
 * Seals the state of a login for the browser that began it, which brings it back with the callback: so no memory or table of the server holds logins under way, and none can be displaced.
 * AES-256-GCM, with key and nonce derived by HKDF-SHA-256 (RFC 5869) from `key` and a random salt of 128 bits, so that one key may seal any number of logins.
 *
 * @param key 32 bytes
 * @returns base64url of salt, ciphertext and tag
 */
export function sealLogin(state: string, key: Uint8Array): string {
  const salt = randomBytes(SALT_BYTES)
  const derived = derive(key, salt)
  const cipher = createCipheriv(CIPHER, derived.key, derived.nonce)
  const text = Buffer.concat([cipher.update(state, 'utf8'), cipher.final()])
  return Buffer.concat([salt, text, cipher.getAuthTag()]).toString('base64url')
}

/**
 * Opens what {@link sealLogin} has sealed.
 *
 * @param keys each that may have sealed it
 * @returns undefined if none of them has, or a byte of it was changed
 *
 * @example
 * ```ts
 * const key = crypto.getRandomValues(new Uint8Array(32))
 * const cookie = sealLogin(JSON.stringify({ state: 'random', codeVerifier: 'random' }), key)
 * const state = openSealedLogin(cookie, [key])
 * ```
 */
export function openSealedLogin(sealed: string, keys: readonly Uint8Array[]): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < SALT_BYTES + TAG_BYTES) return undefined
  for (const key of keys) {
    try {
      return open(bytes, key)
    } catch {
      // Of another key, or changed.
    }
  }
  return undefined
}

function open(bytes: Buffer, ofServer: Uint8Array): string {
  const { key, nonce } = derive(ofServer, bytes.subarray(0, SALT_BYTES))
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  const text = bytes.subarray(SALT_BYTES, -TAG_BYTES)
  return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
}

function derive(key: Uint8Array, salt: Uint8Array) {
  const bytes = Buffer.from(hkdfSync('sha256', key, salt, 'rekey login', KEY_BYTES + NONCE_BYTES))
  return { key: bytes.subarray(0, KEY_BYTES), nonce: bytes.subarray(KEY_BYTES) }
}

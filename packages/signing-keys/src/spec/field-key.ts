import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { NON_PRODUCTION_PREFIX, SecretError, type SecretSpec, storeName } from '@rekey/secret'

/** A key that encrypts fields of records. */
export type FieldKey = Readonly<{
  /** Names it in each text that it encrypted: 16 characters of hex, derived from it. */
  kid: string
  /** Of AES-256. */
  key: KeyObject
}>

const BYTES = 32
const KID_BYTES = 8
/** 32 bytes in base64url. */
const LENGTH = 43
const TEXT = /^(?:dev-)?([\w-]{43})$/

/** Returns the name in the store: `FIELD_KEY_SHOP_CARDS`. */
export function fieldKeyName(service: string, name: string): string {
  return storeName('field-key', [service, name])
}

/**
 * Declares a key by which one service encrypts fields of its records: 32 random bytes in base64url. The key of AES-256 is derived from it
 * by HKDF (RFC 5869).
 *
 * @param name its use: `cards`
 * @example
 * ```ts
 * const secrets = { cards: fieldKey('cards') }
 * ```
 */
export function fieldKey(name: string): SecretSpec<FieldKey> {
  return {
    kind: 'field-key',
    rule: `${BYTES} bytes in base64url`,
    access: { end: 'owner' },
    minLength: LENGTH,
    nameFor: (service) => fieldKeyName(service, name),
    parse(text) {
      const encoded = TEXT.exec(text)?.[1] ?? ''
      const bytes = Buffer.from(encoded, 'base64url')
      if (bytes.length !== BYTES || bytes.toString('base64url') !== encoded) {
        const remedy = 'issue a new one with rekey issue field-key'
        throw new SecretError('malformed', `it is not ${BYTES} bytes in base64url: ${remedy}`)
      }
      const kid = derive(bytes, 'rekey field key id', KID_BYTES).toString('hex')
      const key = createSecretKey(derive(bytes, 'rekey field key aes-256-gcm', BYTES))
      const nonProduction = text.startsWith(NON_PRODUCTION_PREFIX)
      return { value: { kid, key }, id: kid, sensitive: [text, encoded], nonProduction }
    },
  }
}

/** Makes the text of a new key. */
export function makeFieldKey({ nonProduction }: { readonly nonProduction: boolean }): string {
  return (nonProduction ? NON_PRODUCTION_PREFIX : '') + randomBytes(BYTES).toString('base64url')
}

function derive(bytes: Buffer, use: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', bytes, '', use, length))
}

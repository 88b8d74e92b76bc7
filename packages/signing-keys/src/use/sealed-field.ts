import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import type { FieldKey } from '../spec/field-key.ts'

/** The place of a field, which its text is bound to: table, column, the id of the row. */
export type Place = readonly [table: string, ...more: string[]]

/** Of the format. */
const VERSION = 'rk1'
/** The length that NIST SP 800-38D §8.2.2 has for a random one: for 2^32 texts by one key. */
const IV_BYTES = 12
const ALGORITHM = 'aes-256-gcm'

const SEALED = /^rk1\.([0-9a-f]{16})\.([\w-]{16})\.([\w-]*)\.([\w-]{22})$/

/** Returns the beginning of each text that a key encrypted. */
export function prefixOf({ kid }: Pick<FieldKey, 'kid'>): string {
  return `${VERSION}.${kid}.`
}

/** Encrypts a text: `rk1.<kid>.<iv>.<ciphertext>.<tag>`, each part in base64url. */
export function seal({ kid, key }: FieldKey, text: string, place: Place): string {
  // A half of a pair would come back as another character.
  if (/\p{Surrogate}/u.test(text)) throw new SecretError('malformed', 'the text is no Unicode')
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(boundTo(kid, place))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  const parts = [iv, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'))
  return prefixOf({ kid }) + parts.join('.')
}

/** Decrypts a text by the key that it names. @throws {SecretError} `malformed`, `missing`, `rejected` */
export function unseal(
  sealed: string,
  place: Place,
  keyOf: (kid: string) => FieldKey | undefined,
): string {
  const [, kid, ...parts] = SEALED.exec(sealed) ?? []
  if (kid === undefined) {
    throw new SecretError(
      'malformed',
      'the field holds no text that fields.encrypt made: see that its column is long enough',
    )
  }
  const found = keyOf(kid)
  if (found === undefined) {
    const message = `no live key has the id ${kid}: the key that encrypted the field has ended, or is of another service`
    throw new SecretError('missing', message, { kid })
  }
  const [iv, text, tag] = parts.map((part) => Buffer.from(part, 'base64url')) as [
    Buffer,
    Buffer,
    Buffer,
  ]
  const decipher = createDecipheriv(ALGORITHM, found.key, iv).setAAD(boundTo(kid, place))
  try {
    return Buffer.concat([decipher.setAuthTag(tag).update(text), decipher.final()]).toString()
  } catch {
    const message = 'the field was changed, or was encrypted for another place'
    throw new SecretError('rejected', message, { kid })
  }
}

/** The additional data: no two places have one text. */
function boundTo(kid: string, place: Place): Buffer {
  return Buffer.from(JSON.stringify([VERSION, kid, ...place]))
}

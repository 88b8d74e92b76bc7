import { timingSafeEqual } from 'node:crypto'
import type { LiveSecret, Secret, SecretVersion } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import { API_KEY_FORMAT, hasChecksum, KEY_ID_AT, keyIdOf } from './api-key-format.ts'
import type { ApiKeyVerifier } from './api-key-spec.ts'
import { digestOf } from './digest.ts'

/** An API key in a text. Nothing of it is secret. */
interface IdentifiedKey {
  /** The name of the secret in the store. */
  readonly name: string
  readonly version: string
  /** How many characters of the text are the key. */
  readonly length: number
}

/** How a redactor recognises API keys: an element of the option `markers` of `createRedactor`. */
export interface ApiKeyMarker {
  /** The beginning of each key of an environment: `rk_prod_`. */
  readonly literal: string
  /** The name of a text that begins as a key does and is none of the known ones. */
  readonly label: string
  /** Finds the secret whose key `text` begins with. */
  readonly identify: (text: string) => IdentifiedKey | undefined
}

/**
 * Makes markers by which a redactor masks API keys at a receiver, which knows digests alone. What has the format of a key, an id of
 * `secrets` and the digest of that version is reported as this secret; any other text that begins as a key does is masked, and is no leak. Digests
 * are compared in constant time, and made for texts with a right checksum and a known id alone.
 *
 * @param secrets all of a service; those of other kinds are passed over
 * @example
 * ```ts
 * const secrets = Object.values(service.secrets)
 * const redactor = createRedactor({ secrets, markers: apiKeyMarkers(secrets) })
 * ```
 */
export function apiKeyMarkers(secrets: Iterable<LiveSecret<unknown>>): readonly ApiKeyMarker[] {
  const known = [...secrets]
  return API_KEY_FORMAT.markers.map((literal) => ({
    literal,
    label: 'api key',
    identify(text) {
      const key = text.slice(0, literal.length - KEY_ID_AT)
      return hasChecksum(key) ? find(known, key) : undefined
    },
  }))
}

function find(secrets: readonly LiveSecret<unknown>[], key: string): IdentifiedKey | undefined {
  const keyId = keyIdOf(key)
  let digest: Buffer | undefined
  for (const live of secrets) {
    for (const { id, value, version } of versionsOf(live)) {
      const known = id === keyId ? digestIn(value) : undefined
      if (known === undefined) continue
      digest ??= digestOf(key)
      if (timingSafeEqual(digest, known)) return { name: live.name, version, length: key.length }
    }
  }
  return undefined
}

/** None of a secret that is absent or too old to be used. */
function versionsOf(live: LiveSecret<unknown>): readonly SecretVersion<unknown>[] {
  return live.problem === undefined ? liveVersions(live.snapshot) : []
}

/** The digest that a receiver keeps; nothing of a value of another kind. */
function digestIn(secret: Secret<unknown>): Buffer | undefined {
  const value = secret.expose()
  if (typeof value !== 'object' || value === null) return undefined
  const { digest } = value as Partial<ApiKeyVerifier>
  return Buffer.isBuffer(digest) && digest.length === DIGEST_BYTES ? digest : undefined
}

/** Of SHA-256. */
const DIGEST_BYTES = 32

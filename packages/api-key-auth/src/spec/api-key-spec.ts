import { type SecretSpec, storeName } from '@rekey/secret'
import { type ApiKey, parseApiKey } from './api-key.ts'
import { secretOf } from './api-key-format.ts'
import { digestOf } from './digest.ts'

/** The part of an API key that a receiver keeps: enough to recognise it, too little to use it. */
export interface ApiKeyVerifier {
  readonly keyId: string
  /** SHA-256 of the whole key, 32 bytes. */
  readonly digest: Buffer
}

const RULES = {
  kind: 'api-key',
  rule: 'an issued API key: at least 32 random characters, a key id and a checksum',
  minLength: 32,
} as const

/** The key with which a service calls `peer`. In the store: `API_KEY_<SERVICE>_<PEER>`, see `storeName`. */
export function apiKeyTo(peer: string): SecretSpec<ApiKey> {
  return {
    ...RULES,
    access: { end: 'sender', peer },
    nameFor: (service) => storeName('api-key', [service, peer]),
    parse(text) {
      const key = parseApiKey(text)
      return { value: key, sensitive: [text, secretOf(text)], ...publicParts(key) }
    },
  }
}

/** The key with which `peer` calls a service, of which only a digest is kept. In the store: `API_KEY_<PEER>_<SERVICE>`. */
export function apiKeyFrom(peer: string): SecretSpec<ApiKeyVerifier> {
  return {
    ...RULES,
    access: { end: 'receiver', peer },
    nameFor: (service) => storeName('api-key', [peer, service]),
    parse(text) {
      const key = parseApiKey(text)
      const value = { keyId: key.keyId, digest: digestOf(text) }
      return { value, sensitive: [], ...publicParts(key) }
    },
  }
}

function publicParts({ keyId, environment }: ApiKey) {
  return { id: keyId, nonProduction: environment !== 'prod' }
}

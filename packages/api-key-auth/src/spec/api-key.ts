import { Secret, SecretError } from '@rekey/secret'
import {
  type ApiKeyEnvironment,
  DEFAULT_PREFIX,
  hasChecksum,
  hasFields,
  headOf,
  KEY_ID_LENGTH,
  keyIdOf,
  PREFIX_PATTERN,
  randomBase62,
  SECRET_LENGTH,
  secretOf,
  withChecksum,
} from './api-key-format.ts'

/** An API key, taken apart: `prefix_environment_keyid_secret_checksum`. */
export interface ApiKey {
  readonly prefix: string
  readonly environment: ApiKeyEnvironment
  /** Public: names the key in logs, events and reports. */
  readonly keyId: string
  /** The whole key, as it is sent. */
  readonly text: Secret
}

/** Options of a new key. */
export interface IssueOptions {
  /** Where the key may be used; it is part of the key. */
  readonly environment: ApiKeyEnvironment
  /** Two to eight of a-z and 0-9, the first a letter; default `rk`. */
  readonly prefix?: string
}

/** The fewest different characters, and different steps from one character to the next, in a secret part. */
const MIN_VARIETY = 12

/** The rules of the format, in the order of their checks, with the message for a text that breaks them. */
const RULES: readonly { rule: string; holds: (text: string) => boolean; problem: string }[] = [
  { rule: 'fields', holds: hasFields, problem: 'is not prefix_environment_keyid_secret_checksum' },
  { rule: 'checksum', holds: hasChecksum, problem: 'fails its checksum: it was cut or mistyped' },
  { rule: 'entropy', holds: (text) => isVaried(secretOf(text)), problem: 'was not made at random' },
]

/**
 * Makes a new key. It is shown once, here; keep `text` in the secret store of both ends.
 *
 * @throws {SecretError} `malformed` if the prefix is not allowed
 *
 * @example
 * ```ts
 * const { text, keyId } = issueApiKey({ environment: 'prod' })
 * ```
 */
export function issueApiKey(options: IssueOptions): { text: Secret; keyId: string } {
  const { environment, prefix = DEFAULT_PREFIX } = options
  if (!new RegExp(`^${PREFIX_PATTERN}$`).test(prefix)) {
    throw new SecretError(
      'malformed',
      'an API key prefix is two to eight of a-z0-9, a letter first',
    )
  }
  const keyId = randomBase62(KEY_ID_LENGTH)
  const text = withChecksum(`${prefix}_${environment}_${keyId}_${randomBase62(SECRET_LENGTH)}`)
  return { text: Secret.of(text, `API key ${keyId}`), keyId }
}

/**
 * Takes a key apart.
 *
 * @throws {SecretError} `malformed`, with the rule that failed in `details.rule`: `fields`, `checksum` or `entropy`
 */
export function parseApiKey(text: string): ApiKey {
  const broken = RULES.find(({ holds }) => !holds(text))
  if (broken !== undefined) {
    throw new SecretError(
      'malformed',
      `the API key ${broken.problem}; copy it again or issue a new one`,
      { rule: broken.rule },
    )
  }
  const keyId = keyIdOf(text)
  return { ...headOf(text), keyId, text: Secret.of(text, `API key ${keyId}`) }
}

/**
 * Whether a secret part can be random. 43 random characters have about 31 different ones; fewer than 12 come up once
 * in 10^20 keys. Steps between neighbours catch what runs through the alphabet.
 */
function isVaried(secret: string): boolean {
  const codes = Array.from(secret, (character) => character.charCodeAt(0))
  const steps = codes.slice(1).map((code, i) => code - (codes[i] ?? 0))
  return new Set(codes).size >= MIN_VARIETY && new Set(steps).size >= MIN_VARIETY
}

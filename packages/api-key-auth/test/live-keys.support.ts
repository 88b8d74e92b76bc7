import { crc32 } from 'node:zlib'
import { createLiveSecret, type SettableSecret, type Stage } from '@rekey/secret/internal'
import { Secret, type SecretSpec, type StagedSecret } from '@rekey/secret'
import {
  type ApiKey,
  apiKeyFrom,
  apiKeyTo,
  issueApiKey,
  type ApiKeyVerifier,
} from '../src/index.ts'

/** The text of the key in each stage. */
export type Keys = Partial<Record<Stage, string>> & { readonly current: string }

/** A key for tests, made now. */
export function newKey(): string {
  return issueApiKey({ environment: 'test' }).text.expose()
}

/** The public id in a key. */
export function keyIdIn(text: string): string {
  return text.split('_')[2] ?? ''
}

/** `body` with the checksum that the format asks for, worked out by other means than the package's. */
export function sealed(body: string): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  let left = crc32(body)
  let checksum = ''
  for (let i = 0; i < 6; i++, left = Math.floor(left / 62)) {
    checksum = digits.charAt(left % 62) + checksum
  }
  return `${body}_${checksum}`
}

/** When the key in a stage expires. */
export type Expiry = Partial<Record<Stage, Date>>

function stagedKeys<T>(spec: SecretSpec<T>, keys: Keys, expiry: Expiry = {}): StagedSecret<T> {
  const name = spec.nameFor('signing')
  const version = (stage: Stage, text: string) => {
    const { value, sensitive, id } = spec.parse(text)
    const expiresAt = expiry[stage]
    return {
      name,
      version: versionOf(text),
      stage,
      value: Secret.of(value, name),
      sensitive: sensitive.map((each) => Secret.of(each, name)),
      ...(id !== undefined && { id }),
      ...(expiresAt && { expiresAt }),
    }
  }
  const ids = Object.entries(keys).map(([stage, text]) => [stage, keyIdIn(text)])
  return {
    name,
    revision: JSON.stringify([ids, expiry]),
    current: version('current', keys.current),
    ...(keys.pending !== undefined && { pending: version('pending', keys.pending) }),
    ...(keys.previous !== undefined && { previous: version('previous', keys.previous) }),
  }
}

/** The version under which a key stands in its live secret. */
export function versionOf(text: string): string {
  return `version of ${keyIdIn(text)}`
}

/** What a receiver holds of `keys`. */
export function verifiersOf(keys: Keys, expiry?: Expiry): StagedSecret<ApiKeyVerifier> {
  return stagedKeys(apiKeyFrom('frontend'), keys, expiry)
}

/** What a sender holds of `keys`. */
export function sendersOf(keys: Keys): StagedSecret<ApiKey> {
  return stagedKeys(apiKeyTo('signing'), keys)
}

/** A live secret as a receiver has it. */
export function receiverWith(
  keys: Keys,
  options?: Parameters<typeof createLiveSecret>[1],
): SettableSecret<ApiKeyVerifier> {
  return createLiveSecret(verifiersOf(keys), options)
}

/** The id of one key with the secret of another. */
export function forgedFrom(text: string): string {
  return sealed(['rk', 'test', keyIdIn(text), newKey().split('_')[3]].join('_'))
}

import { createHash, createHmac } from 'node:crypto'
import { Secret, SecretError, type SecretVersion, type StagedSecret } from '@rekey/secret'
import type { SecretOrigin, Stage } from '@rekey/secret/internal'

/** A version as a text store keeps it. */
export interface StoredVersion {
  readonly value: string
  readonly createdAt?: Date
  /** The name of the journal of the rotation that staged it. */
  readonly journal?: string
  /** Where it was read, if the versions of one secret are read from several places. */
  readonly origin?: SecretOrigin
}

/** The versions of one secret as a text store keeps them. */
export type StoredStages = Readonly<Partial<Record<Stage, StoredVersion>>>

const VERSION_CHARS = 10
const REVISION_CHARS = 16

/**
 * The version of a text value: the first 10 hex digits of HMAC-SHA256 (RFC 2104) over the value, keyed with the secret's
 * name, so that every reader of every text store computes the same. It is an oracle that confirms a guess, which is
 * harmless for machine-made values of 128 bits and more, and the reason why shorter ones are refused by policy.
 */
export function fingerprintOf(name: string, value: string): string {
  return createHmac('sha256', name).update(value).digest('hex').slice(0, VERSION_CHARS)
}

/**
 * The stages as every reader gets them. The revision is a SHA-256 over the three versions (16 base64url characters), so it
 * reveals no more about a value than its version does.
 *
 * @param origin where the versions were read that name no origin of their own
 * @throws {SecretError} `missing` if there is no current version
 */
export function stagedSecret(
  name: string,
  stages: StoredStages,
  remedy: string,
  origin?: SecretOrigin,
): StagedSecret {
  const { current, pending, previous } = stages
  if (current === undefined) throw new SecretError('missing', `${name} has no value: ${remedy}`)
  const versions = {
    current: secretVersion(name, 'current', current, origin),
    ...(pending && { pending: secretVersion(name, 'pending', pending, origin) }),
    ...(previous && { previous: secretVersion(name, 'previous', previous, origin) }),
  }
  return { name, revision: revisionOf(versions), ...versions }
}

function revisionOf(held: Pick<StagedSecret, Stage>): string {
  const versions = [held.current, held.pending, held.previous].map((v) => v?.version ?? null)
  const text = JSON.stringify(versions)
  return createHash('sha256').update(text).digest('base64url').slice(0, REVISION_CHARS)
}

function secretVersion(
  name: string,
  stage: Stage,
  stored: StoredVersion,
  shared: SecretOrigin | undefined,
): SecretVersion {
  const value = Secret.of(stored.value, name)
  const origin = stored.origin ?? shared
  return {
    name,
    version: fingerprintOf(name, stored.value),
    stage,
    value,
    sensitive: [value],
    ...(stored.createdAt && { createdAt: stored.createdAt }),
    ...(stored.journal !== undefined && { journal: stored.journal }),
    ...(origin && { origin }),
  }
}

const SUFFIXES: Readonly<Record<Stage, string>> = {
  current: '',
  pending: '__PENDING',
  previous: '__PREVIOUS',
}

const NAME = /^[A-Za-z][A-Za-z0-9_]*$/
const RESERVED = /(?:__PENDING|__PREVIOUS|_FILE)$/

/**
 * Refuses what cannot name a secret in a text store.
 *
 * @throws {SecretError} `malformed` for a name that is no variable name, or that reads as a stage or a file of another
 */
export function checkSecretName(name: string): void {
  if (NAME.test(name) && !RESERVED.test(name)) return
  throw new SecretError(
    'malformed',
    'a secret name is letters, digits and underscores, and does not end in __PENDING, __PREVIOUS or _FILE: rename it',
  )
}

/**
 * The variable that holds one stage of a secret where stages are distinguished by name: `NAME`, `NAME__PENDING`,
 * `NAME__PREVIOUS`.
 */
export function stageKey(name: string, stage: Stage): string {
  return name + SUFFIXES[stage]
}

/** The key, or the mounted file, that states the format of a secret of a later format. No name of a secret has a dot. */
export function formatKey(name: string): string {
  return `${name}.format`
}

/** The secret that a variable belongs to, whatever its stage: the reverse of {@link stageKey}. */
export function secretOfKey(key: string): string {
  return key.replace(/(?:__PENDING|__PREVIOUS)$/, '')
}

/**
 * How a value lies in a file or in a key of a Kubernetes Secret: editors and `kubectl create secret --from-file` end a text
 * with a newline, so one newline at the end (LF or CRLF) is not part of the value, and everything else is.
 */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}

/** The reverse: a value that ends with a newline needs one more, or it would be read without. */
export function withLineEnd(value: string): string {
  return value.endsWith('\n') ? `${value}\n` : value
}

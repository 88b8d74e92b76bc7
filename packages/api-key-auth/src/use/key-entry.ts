import type { LiveSecret, SecretVersion } from '@rekey/secret'
import type { Stage, VersionCounter } from '@rekey/secret/internal'
import { base62At, KEY_ID_LENGTH } from '../spec/api-key-format.ts'
import type { ApiKeyVerifier } from '../spec/api-key-spec.ts'
import { type Digest, toDigest } from '../spec/digest.ts'
import { retiringHeaders } from './retiring-headers.ts'
import type { Refused, Verified } from './verdict.ts'

/** Half an id fits into the small integers that a Map finds without looking at anything else: 62^5 < 2^31. */
export const HALF = KEY_ID_LENGTH / 2

/** The second half of an id, as an entry has it. */
export function idEndOf(keyId: string): number {
  return base62At(keyId, HALF, HALF)
}

/** A service that calls with a key. */
export interface Caller {
  readonly name: string
  readonly live: LiveSecret<ApiKeyVerifier>
}

/** Facts about a key, beside its digest. */
interface KeyFacts {
  /** When it ends by this machine's clock, in milliseconds since the epoch. A revoked key has ended before all time. */
  readonly endsAt: number | undefined
  readonly verified: Verified
  /** The refusal to report once it has ended. */
  readonly refused: Refused
  readonly counter: VersionCounter
  /** The secret the key belongs to. While it cannot be read, the key cannot be confirmed. */
  readonly live: LiveSecret<ApiKeyVerifier>
  /** Since when this process has seen it retire. */
  readonly retiringSince: number | undefined
}

/** A key that is accepted, or was until it was revoked. All that a call looks at is in this one object. */
export class KeyEntry implements Digest, KeyFacts {
  readonly ok = true
  /** The second half of its id, by which it is distinguished from those whose first half is the same. */
  readonly idEnd: number
  readonly word0: number
  readonly word1: number
  readonly word2: number
  readonly word3: number
  readonly word4: number
  readonly word5: number
  readonly word6: number
  readonly word7: number
  readonly endsAt: number | undefined
  readonly isRetiring: boolean
  readonly verified: Verified
  readonly refused: Refused
  readonly counter: VersionCounter
  readonly live: LiveSecret<ApiKeyVerifier>
  readonly retiringSince: number | undefined

  constructor(digest: Digest, facts: KeyFacts) {
    this.idEnd = idEndOf(facts.verified.keyId)
    this.word0 = digest.word0
    this.word1 = digest.word1
    this.word2 = digest.word2
    this.word3 = digest.word3
    this.word4 = digest.word4
    this.word5 = digest.word5
    this.word6 = digest.word6
    this.word7 = digest.word7
    this.endsAt = facts.endsAt
    this.isRetiring = isRetiring(facts.verified.stage)
    this.verified = facts.verified
    this.refused = facts.refused
    this.counter = facts.counter
    this.live = facts.live
    this.retiringSince = facts.retiringSince
  }
}

/** How times are judged. */
export interface EntryTimes {
  readonly now: number
  /** Added to the time at which a key expires. */
  readonly skewMs: number
}

/** The entry of a live version; `known` is what was known of its id before. */
export function liveEntry(
  caller: Caller,
  { value, stage, version, expiresAt }: SecretVersion<ApiKeyVerifier>,
  known: KeyEntry | undefined,
  { now, skewMs }: EntryTimes,
): KeyEntry {
  const { keyId, digest } = value.expose()
  const names = { caller: caller.name, keyId, version }
  const retiringSince = isRetiring(stage) ? (known?.retiringSince ?? now) : undefined
  const until = expiresAt?.getTime()
  const headers =
    retiringSince !== undefined &&
    retiringHeaders({ since: retiringSince, ...(until !== undefined && { until }) })
  return new KeyEntry(toDigest(digest), {
    endsAt: until === undefined ? undefined : until + skewMs,
    verified: Object.freeze({ ok: true, ...names, stage, ...(headers && { headers }) }),
    refused: Object.freeze({ ok: false, reason: 'expired', ...names }),
    counter: caller.live.usage.counterOf(version),
    live: caller.live,
    retiringSince,
  })
}

/** The entry of a version that the caller has no longer. Its digest stays, to distinguish a late use from a forged one. */
export function revokedEntry(caller: Caller, known: KeyEntry): KeyEntry {
  const { verified, refused, live } = known
  return new KeyEntry(known, {
    endsAt: -Infinity,
    verified,
    refused: Object.freeze({ ...refused, reason: 'revoked' }),
    // Re-read so that expired versions are evicted first.
    counter: caller.live.usage.counterOf(verified.version),
    live,
    retiringSince: undefined,
  })
}

/** Whether a key in that stage is about to be revoked. */
export function isRetiring(stage: Stage): boolean {
  return stage === 'previous'
}

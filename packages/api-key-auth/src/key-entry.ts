import type { LiveSecret, SecretVersion, Stage, VersionCounter } from '@rekey/secret'
import type { ApiKeyVerifier } from './api-key-spec.ts'
import { type Digest, toDigest } from './digest.ts'
import { retiringHeaders } from './retiring-headers.ts'
import type { Refused, Verified } from './verdict.ts'

/** A service that calls with a key. */
export interface Caller {
  readonly name: string
  readonly live: LiveSecret<ApiKeyVerifier>
}

/** A key that is accepted, or was until it was revoked. */
export interface KeyEntry {
  readonly ok: true
  readonly digest: Digest
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
  return {
    ok: true,
    digest: toDigest(digest),
    endsAt: until === undefined ? undefined : until + skewMs,
    verified: Object.freeze({ ok: true, ...names, stage, ...(headers && { headers }) }),
    refused: Object.freeze({ ok: false, reason: 'expired', ...names }),
    counter: caller.live.usage.counterOf(version),
    live: caller.live,
    retiringSince,
  }
}

/** The entry of a version that the caller has no longer. Its digest stays, to distinguish a late use from a forged one. */
export function revokedEntry(caller: Caller, known: KeyEntry): KeyEntry {
  const { version } = known.verified
  return {
    ...known,
    endsAt: -Infinity,
    refused: Object.freeze({ ...known.refused, reason: 'revoked' }),
    // Asked for again, so that what usage forgets first are versions that no caller can show.
    counter: caller.live.usage.counterOf(version),
    retiringSince: undefined,
  }
}

/** Whether a key in that stage is about to be revoked. */
export function isRetiring(stage: Stage): boolean {
  return stage === 'previous'
}

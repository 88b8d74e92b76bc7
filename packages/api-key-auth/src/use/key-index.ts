import { type Clock, SecretError, type StagedSecret } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import type { ApiKeyVerifier } from '../spec/api-key-spec.ts'
import { type Caller, HALF, idEndOf, type KeyEntry, liveEntry, revokedEntry } from './key-entry.ts'
import {
  base62At,
  hasChecksum,
  hasFields,
  hasKeyLength,
  KEY_ID_AT,
  KEY_ID_LENGTH,
  keyIdOf,
} from '../spec/api-key-format.ts'
import { hasDigest, NO_DIGEST } from '../spec/digest.ts'
import type { Refused } from './verdict.ts'

/** The entries of key ids, found where an id stands in a text: no other text is made, and of the keys one entry is examined. */
class EntryMap {
  /** By the first half of the id. */
  readonly #entries = new Map<number, KeyEntry>()
  /** By the whole id, where the first half is that of another one: a handful among 100,000. */
  readonly #alike = new Map<string, KeyEntry>()

  /** The entry of the id that stands in `text` from `at` on. Only for an id by the rules it is certainly of that id. */
  get(text: string, at = 0): KeyEntry | undefined {
    const entry = this.#entries.get(base62At(text, at, HALF))
    if (entry?.idEnd === base62At(text, at + HALF, HALF)) return entry
    return this.#alike.size === 0 ? undefined : this.#alike.get(text.slice(at, at + KEY_ID_LENGTH))
  }

  /** Sets the entry of an id that has none. */
  add(keyId: string, entry: KeyEntry): void {
    const half = base62At(keyId, 0, HALF)
    if (this.#entries.has(half)) this.#alike.set(keyId, entry)
    else this.#entries.set(half, entry)
  }

  delete(keyId: string): void {
    if (this.#alike.delete(keyId)) return
    const half = base62At(keyId, 0, HALF)
    if (this.#entries.get(half)?.idEnd === idEndOf(keyId)) this.#entries.delete(half)
  }
}

/** Options of {@link KeyIndex}. */
interface KeyIndexOptions {
  readonly clock: Clock
  readonly skewMs: number
}

/** The ids that a caller has, and those that it had, oldest first. */
interface CallerIds {
  accepted: readonly string[]
  revoked: readonly string[]
}

/** How many revoked ids of a caller are remembered, so that late uses can be attributed. */
const REVOKED_REMEMBERED = 8

/**
 * Finds the key of an id in O(1), known or not. It learns of each change before it can be read from the live secret, so
 * there is no pause in which a key is missing, and nothing to check when a key is presented.
 */
export class KeyIndex {
  readonly #options: KeyIndexOptions
  readonly #entries = new EntryMap()

  /** @throws {SecretError} `refused` if two callers have a key in common */
  constructor(callers: readonly Caller[], options: KeyIndexOptions) {
    this.#options = options
    for (const caller of callers) {
      const ids: CallerIds = { accepted: [], revoked: [] }
      if (caller.live.problem?.details['reason'] !== 'absent') {
        this.#read(caller, ids, caller.live.snapshot)
      }
      const taken = ids.accepted.find((keyId) => !this.#has(caller, keyId))
      if (taken !== undefined) {
        throw new SecretError(
          'refused',
          'two callers share one API key, so they could not be distinguished; issue one for each',
          { caller: caller.name, keyId: taken },
        )
      }
      caller.live.beforeUpdate((staged) => {
        this.#read(caller, ids, staged)
      })
    }
  }

  /** The state, at this instant, of the key id that stands in `text` from `at` on. */
  find(text: string, at = 0): KeyEntry | undefined {
    return this.#entries.get(text, at)
  }

  /** Everything that can fail comes first; the rest happens at once, so that it is never seen half done. */
  #read(caller: Caller, ids: CallerIds, staged: StagedSecret<ApiKeyVerifier>): void {
    const accepted = this.#accepted(caller, staged)
    const before = [...ids.revoked, ...ids.accepted].filter((keyId) => this.#has(caller, keyId))
    const revoked = before.filter((keyId) => !accepted.has(keyId)).slice(-REVOKED_REMEMBERED)
    const entries = revoked.map((keyId) => this.find(keyId)).filter((known) => known !== undefined)
    for (const keyId of before) this.#entries.delete(keyId)
    for (const known of entries) {
      this.#entries.add(known.verified.keyId, revokedEntry(caller, known))
    }
    for (const [keyId, entry] of accepted) {
      // An id that another caller has stays theirs.
      if (this.find(keyId) === undefined) this.#entries.add(keyId, entry)
    }
    Object.assign(ids, { revoked, accepted: [...accepted.keys()] })
  }

  #accepted(caller: Caller, staged: StagedSecret<ApiKeyVerifier>): Map<string, KeyEntry> {
    const times = { now: this.#options.clock.now(), skewMs: this.#options.skewMs }
    const entries = liveVersions(staged).map((version) => {
      const { keyId } = version.value.expose()
      return [keyId, liveEntry(caller, version, this.find(keyId), times)] as const
    })
    // Of one key in two stages, the first of current, pending and previous counts.
    return new Map(entries.reverse())
  }

  #has(caller: Caller, keyId: string): boolean {
    return this.find(keyId)?.verified.caller === caller.name
  }
}

const ABSENT: Refused = Object.freeze({ ok: false, reason: 'absent' })
const MALFORMED: Refused = Object.freeze({ ok: false, reason: 'malformed' })

/**
 * Finds the accepted key that `text` is, or why there is none. An unknown id costs the same hash and comparison as a known
 * one. Counts nothing, so that one attempt can be judged twice.
 */
export function judgeKey(
  text: string | undefined,
  index: KeyIndex,
  clock: Clock,
): KeyEntry | Refused {
  if (text === undefined) return ABSENT
  if (!hasKeyLength(text)) return MALFORMED
  const entry = index.find(text, text.length + KEY_ID_AT)
  if (hasDigest(text, entry ?? NO_DIGEST) && entry !== undefined) {
    const hasEnded = entry.endsAt !== undefined && clock.now() >= entry.endsAt
    if (hasEnded) return entry.refused
    return entry.live.problem === undefined ? entry : { ...entry.refused, reason: 'unconfirmed' }
  }
  // Only now, because a caller with an issued key need not wait for it; an id that breaks the rules is not repeated.
  if (!hasFields(text) || !hasChecksum(text)) return MALFORMED
  return entry === undefined
    ? { ok: false, reason: 'unknown-key', keyId: keyIdOf(text) }
    : { ...entry.refused, reason: 'wrong-secret' }
}

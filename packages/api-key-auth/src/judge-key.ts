import type { Clock } from '@rekey/secret'
import { hasChecksum, hasFields, keyIdOf } from './api-key-format.ts'
import { hasDigest, NO_DIGEST } from './digest.ts'
import type { KeyEntry } from './key-entry.ts'
import type { KeyIndex } from './key-index.ts'
import type { Refused } from './verdict.ts'

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
  if (!hasChecksum(text)) return MALFORMED
  const keyId = keyIdOf(text)
  const entry = index.find(keyId)
  if (hasDigest(text, entry?.digest ?? NO_DIGEST) && entry !== undefined) {
    const hasEnded = entry.endsAt !== undefined && clock.now() >= entry.endsAt
    if (hasEnded) return entry.refused
    return entry.live.problem === undefined ? entry : { ...entry.refused, reason: 'unconfirmed' }
  }
  // Only now, because whoever shows an issued key need not wait for it; an id that breaks the rules is not repeated.
  if (!hasFields(text)) return MALFORMED
  return entry === undefined
    ? { ok: false, reason: 'unknown-key', keyId }
    : { ...entry.refused, reason: 'wrong-secret' }
}

import type { LiveSecret } from '@rekey/secret'
import { hasChecksum, hasFields, keyIdOf } from './api-key-format.ts'
import type { ApiKeyVerifier } from './api-key-spec.ts'
import { hasDigest } from './digest.ts'
import { KeyIndex } from './key-index.ts'
import type { Refused, Verified } from './verdict.ts'

/** The keys that a service accepts, by caller. */
export interface Keyring {
  /**
   * Tells whose key `text` is. Synchronous, so one call sees one instant: `pending`, `current` and `previous` of every
   * caller, all accepted side by side. An id that nobody has costs the same hash and comparison as one that somebody has.
   */
  verify(text: string | undefined): Verified | Refused
}

const ABSENT: Refused = Object.freeze({ ok: false, reason: 'absent' })
const MALFORMED: Refused = Object.freeze({ ok: false, reason: 'malformed' })

/**
 * Creates a keyring that follows the callers' live secrets: `createKeyring({ frontend: live })`. Every verification is
 * counted in the usage of the live secret it belongs to, also a refused one if it can be told whose it is: by its key
 * id, or because there is only one caller.
 *
 * @throws {SecretError} `refused` if two callers have a key in common
 */
export function createKeyring(
  callers: Readonly<Record<string, LiveSecret<ApiKeyVerifier>>>,
): Keyring {
  const index = new KeyIndex(callers)
  const refuse = (refused: Refused, caller = index.onlyCaller) => {
    caller?.live.usage.fail()
    return refused
  }

  return {
    verify(text) {
      if (text === undefined) return refuse(ABSENT)
      if (!hasChecksum(text)) return refuse(MALFORMED)
      const keyId = keyIdOf(text)
      const { digest, caller, verified } = index.find(keyId)
      if (hasDigest(text, digest) && verified !== undefined) {
        caller?.live.usage.record(verified.version)
        return verified
      }
      // Only now, because whoever shows an issued key need not wait for it; an id that breaks the rules is not repeated.
      if (!hasFields(text)) return refuse(MALFORMED)
      const reason = verified === undefined ? 'unknown-key' : 'wrong-secret'
      return refuse({ ok: false, reason, keyId, ...(caller && { caller: caller.name }) }, caller)
    },
  }
}

import type { LiveSecret, SecretVersion } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import type { FieldKey } from '../spec/field-key.ts'
import { reencryptAll } from './reencrypt-all.ts'
import { reportHeld } from './report-held.ts'
import { type Place, prefixOf, seal, unseal } from './sealed-field.ts'

/** The live versions of a key of fields. */
type FieldKeys = Readonly<{
  /** Encrypts a text by the key in use, bound to its place: `fields.encrypt(number, 'cards', 'number', id)`. */
  encrypt(text: string, ...place: Place): string
  /**
   * Decrypts by whichever live key encrypted it.
   *
   * @throws {SecretError} `malformed` for a text that is cut or of another format; `missing` where its key has ended; `rejected` where it
   * was changed, or encrypted for another place
   */
  decrypt(sealed: string, ...place: Place): string
  /** Encrypts anew by the key in use; returns a text of that key as it is. @throws {SecretError} as `decrypt` */
  reencrypt(sealed: string, ...place: Place): string
  /** The beginning of each text of the key in use: `rk1.<kid>.`, without a character that LIKE takes as a pattern. */
  prefix: string
  /** Follows no longer. */
  close: () => void
}>

/**
 * Follows a key of fields through its rotations. New data is encrypted by the new key, old data is read, and the old key ends once
 * `reencrypt` finds no more data of it. One replica at least must have `reencrypt`, and each one whose data is its own.
 *
 * @example
 * ```ts
 * const fields = followFieldKey(service.secrets.cards, { reencrypt: (prefix) => reencryptCards(prefix) })
 * const sealed = fields.encrypt(number, 'cards', 'number', id)
 * ```
 */
export function followFieldKey(
  secret: LiveSecret<FieldKey>,
  {
    reencrypt,
    pauseMs = 1_000,
  }: Readonly<{
    /**
     * Encrypts some of the data anew whose texts begin with `prefix`, and returns how much of it is left after that. It is called while the key of that
     * prefix is not in use and not ended yet, again and again, on each replica that has it. Where it fails, nothing is known, and it is called again.
     */
    reencrypt?: (prefix: string) => Promise<number>
    /** From the end of one call to the next. Default 1,000. */
    pauseMs?: number
  }> = {},
): FieldKeys {
  const held = reportHeld(secret)
  const closed = new AbortController()
  const use = ({ version, value }: SecretVersion<FieldKey>) => {
    secret.usage.record(version)
    return value.expose()
  }
  const find = (kid: string) => {
    const found = liveVersions(secret.snapshot).find(({ id }) => id === kid)
    return found && use(found)
  }
  const fields: FieldKeys = {
    encrypt: (text, ...place) => seal(use(secret.current), text, place),
    decrypt: (sealed, ...place) => unseal(sealed, place, find),
    reencrypt(sealed, ...place) {
      if (sealed.startsWith(fields.prefix)) return sealed
      return fields.encrypt(fields.decrypt(sealed, ...place), ...place)
    },
    get prefix() {
      return prefixOf(secret.current.value.expose())
    },
    close() {
      closed.abort()
      held.close()
    },
  }
  if (reencrypt !== undefined) {
    const work = (key: FieldKey) => reencrypt(prefixOf(key))
    void reencryptAll(secret, { work, pauseMs, signal: closed.signal })
  }
  return fields
}

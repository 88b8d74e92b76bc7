import { hkdfSync } from 'node:crypto'
import type { LiveSecret } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import { numberOf } from '../spec/signing-secret.ts'
import { reportHeld } from './report-held.ts'

/** The live versions of a secret that signs, as libraries take them. */
export type SigningSecrets = Readonly<{
  /**
   * A list that changes with the secret: the first one signs, all verify. For `secret` of express-session and `@fastify/cookie`, and for the keys of
   * Keygrip and cookie-session. Reading it throws a `SecretError` once the secret is too old to be used.
   */
  list: string[]
  /**
   * The same list as 32 bytes each, for `key` of `@fastify/secure-session`, which keeps what `map` gives it: here that changes with the secret
   * too.
   */
  keys: Buffer[]
  /** Passwords by their numbers for iron-session, to be asked for at each request: the highest number that it lists seals, all open. */
  passwords(): Record<string, string>
  /** Follows no longer. */
  close: () => void
}>

/**
 * Follows a secret that signs through its rotations. What was signed by the version before is still verified, and so is what another
 * replica signs by the next one already.
 *
 * @example
 * ```ts
 * const signing = followSigningSecret(service.secrets.session)
 * app.use(session({ secret: signing.list, resave: false, saveUninitialized: false }))
 * ```
 */
export function followSigningSecret(secret: LiveSecret): SigningSecrets {
  const texts = () => liveVersions(secret.snapshot).map(({ value }) => value.expose())
  const { close } = reportHeld(secret)
  return {
    list: liveList(texts),
    keys: liveList(() => texts().map(bytesOf), { mapsLive: true }),
    passwords() {
      const passwords: Record<string, string> = {}
      // One that was stored by hand has the number 1 again, which is the current one's then.
      for (const { stage, value } of liveVersions(secret.snapshot).reverse()) {
        // The others are found by their numbers, and not listed: iron-session seals by the highest one of the list.
        const enumerable = stage === 'current'
        const text = value.expose()
        const as = { value: text, enumerable, configurable: true }
        Object.defineProperty(passwords, numberOf(text), as)
      }
      return passwords
    },
    close,
  }
}

/** A list that is read anew at each use. */
function liveList<T>(items: () => readonly T[], { mapsLive = false } = {}): T[] {
  const map = <R>(change: (item: T) => R) =>
    liveList(() => items().map((item) => change(item)), { mapsLive })
  return new Proxy<T[]>([], {
    get: (_, key) => (mapsLive && key === 'map' ? map : (Reflect.get(items(), key) as unknown)),
    has: (_, key) => Reflect.has(items(), key),
    set: () => false,
  })
}

const KEY_BYTES = 32

/** A key that the service has already in base64 is taken as it is; of another text it is derived (RFC 5869). */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  const isKey = bytes.length === KEY_BYTES && bytes.toString('base64') === text
  return isKey ? bytes : Buffer.from(hkdfSync('sha256', text, '', 'rekey session key', KEY_BYTES))
}

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
    list: new Proxy<string[]>([], {
      get: (_, key) => Reflect.get(texts(), key) as unknown,
      has: (_, key) => Reflect.has(texts(), key),
      set: () => false,
    }),
    passwords() {
      const { current, pending, previous } = secret.snapshot
      const passwords: Record<string, string> = {}
      if (pending !== undefined) {
        // Found by its number, and not listed: iron-session seals by the highest one of the list.
        const value = pending.value.expose()
        Object.defineProperty(passwords, numberOf(value), { value, configurable: true })
      }
      for (const version of [previous, current]) {
        if (version === undefined) continue
        const value = version.value.expose()
        const as = { value, enumerable: true, configurable: true }
        Object.defineProperty(passwords, numberOf(value), as)
      }
      return passwords
    },
    close,
  }
}

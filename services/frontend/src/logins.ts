import { createHash } from 'node:crypto'
import { openSealedLogin, sealLogin } from '@rekey/oidc-client'
import type { LoginAttempt } from './oidc-login.ts'

/** How long a person may take at the identity provider, in seconds. */
export const LOGIN_SECONDS = 600

/** A login that was begun, as its browser keeps it. */
interface Kept extends LoginAttempt {
  /** In seconds since 1970. */
  readonly begunAt: number
}

/**
 * Seals a login that was begun for the cookie of its browser, so that the database has no row of it, and every replica can finish it.
 *
 * @param keys the first one seals
 */
export function keepLogin([key]: readonly Buffer[], attempt: LoginAttempt): string {
  const kept: Kept = { ...attempt, begunAt: Date.now() / 1_000 }
  if (key === undefined) throw new TypeError('there is no key for logins')
  return sealLogin(JSON.stringify(kept), key)
}

/**
 * Opens the login of a browser that comes back with `state`.
 *
 * @returns undefined if it was not begun in this browser with this state, or has expired
 */
export function openLogin(
  keys: readonly Buffer[],
  sealed: string,
  state: string,
): LoginAttempt | undefined {
  const text = openSealedLogin(sealed, keys)
  if (text === undefined) return undefined
  const { begunAt, ...attempt } = JSON.parse(text) as Kept
  const isInTime = Date.now() / 1_000 - begunAt < LOGIN_SECONDS
  return attempt.state === state && isInTime ? attempt : undefined
}

/** The database's record of a random text. */
export function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

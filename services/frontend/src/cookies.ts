import type { CookieSerializeOptions } from '@fastify/cookie'

/** How the cookies of frontend are named and set. */
export interface Cookies {
  readonly login: string
  readonly session: string
  /** The state of a sign-out at the identity provider. */
  readonly signOut: string
  readonly attributes: CookieSerializeOptions
}

/**
 * Cookies with the prefix `__Host-` (RFC 6265bis §4.1.3.2): a browser takes them from this host alone, over https, so that
 * neither another host of the domain nor an attacker on the network can set them.
 */
export const COOKIES: Cookies = {
  login: '__Host-login',
  session: '__Host-session',
  signOut: '__Host-sign-out',
  attributes: { httpOnly: true, sameSite: 'lax', path: '/', secure: true },
}

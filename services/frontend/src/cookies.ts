import type { CookieSerializeOptions } from '@fastify/cookie'
import { isLoopbackName } from '@rekey/secret'

/** How the cookies of frontend are named and set. */
export interface Cookies {
  readonly login: string
  readonly session: string
  readonly attributes: CookieSerializeOptions
}

/**
 * Cookies with the prefix `__Host-` (RFC 6265bis §4.1.3.2): a browser takes them from this host alone, over https or loopback,
 * so that neither another host of the domain nor an attacker on the network can set them.
 *
 * @param allowPlain whether on http over loopback they go without, for browsers that take no secure cookies there: only in
 *   development
 */
export function describeCookies(publicUrl: string, allowPlain: boolean): Cookies {
  const { protocol, hostname } = new URL(publicUrl)
  const isPlain = allowPlain && protocol === 'http:' && isLoopbackName(hostname)
  const name = (text: string) => (isPlain ? text : `__Host-${text}`)
  return {
    login: name('login'),
    session: name('session'),
    attributes: { httpOnly: true, sameSite: 'lax', path: '/', secure: !isPlain },
  }
}

import type { IncomingMessage } from 'node:http'

/** The cookies of a console. */
export interface Cookies {
  readonly session: Cookie
  /** Binds a login to the browser that began it. */
  readonly login: Cookie
  /** The state of a sign-out at the identity provider. */
  readonly signOut: Cookie
}

/** A cookie that no script reads and no other site sends along with a POST. */
interface Cookie {
  /** Its value in a request; empty if it has none. */
  read(request: IncomingMessage): string
  /** The header that sets it, or with an empty value removes it. */
  write(value: string, maxAgeMs: number): string
}

/**
 * Creates the cookies of a console at this origin. Over https their names have the prefix `__Host-`, so that neither another host of the domain nor
 * clear text can set them (RFC 6265bis §4.1.3.2). On loopback, where ports share cookies, their names have the port. `Lax`, since a
 * browser comes back from the identity provider by a redirect, on which `Strict` sends nothing.
 */
export function createCookies(publicUrl: string): Cookies {
  const { protocol, port } = new URL(publicUrl)
  const isSecure = protocol === 'https:'
  const create = (name: string): Cookie => {
    const whole = isSecure ? `__Host-rekey-${name}` : `rekey-${name}-${port}`
    const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
    return {
      read: ({ headers: { cookie = '' } }) =>
        cookie
          .split(';')
          .map((pair) => pair.trim())
          .find((pair) => pair.startsWith(`${whole}=`))
          ?.slice(whole.length + 1) ?? '',
      write: (value, maxAgeMs) =>
        `${whole}=${value}; Max-Age=${Math.floor(maxAgeMs / 1_000)}; ${attributes}`,
    }
  }
  return { session: create('session'), login: create('login'), signOut: create('sign-out') }
}

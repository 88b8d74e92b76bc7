import { SecretError } from './errors.ts'

/** The addresses in dotted decimal as `node:net` has them, which takes a program 1.5 ms to load. */
const LOOPBACK = /^(?:localhost|\[::1\]|127(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3})$/

/**
 * Parses an address to which a secret may be sent: https, or http on loopback (127.0.0.0/8, `::1`, `localhost`), without a user
 * name or password. Send to the URL that this returns, not to what was passed in: that may change between two reads.
 *
 * ```ts
 * const url = parseSecureUrl(env.VAULT_ADDR, 'VAULT_ADDR')
 * ```
 *
 * @param setting where the address comes from, for messages: `VAULT_ADDR`
 * @throws {SecretError} `malformed` for no http or https URL; `refused` for clear text, a user name or a password. `details` has
 *   `setting` and, if the address is a URL, `host`
 */
export function parseSecureUrl(address: string | URL, setting: string): URL {
  const text = String(address)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    const message = `${setting} is no http or https URL: correct it, for example to https://host:port`
    throw new SecretError('malformed', message, { setting })
  }
  const details = { setting, host: url.host }
  if (url.username !== '' || url.password !== '') {
    const message = `${setting} has a user name or password before ${url.host}, which logs would show: remove it`
    throw new SecretError('refused', message, details)
  }
  if (url.protocol === 'https:' || isLoopbackName(url.hostname)) return url
  const message = `${setting} leads to ${url.host} by http, so a secret would leave this machine in clear text: use https`
  throw new SecretError('refused', message, details)
}

/**
 * Whether a host name of a parsed URL, or of a `Host` header, is loopback by itself. Other names may resolve to loopback now and
 * elsewhere a moment later.
 */
export function isLoopbackName(hostname: string): boolean {
  return LOOPBACK.test(hostname)
}

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { isLoopbackName } from '@rekey/secret'

const HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::\d{1,5})?$/i

/**
 * Whether a request names a host that is this listener's: loopback, one of `names`, or the address that it came in by, as probes do.
 * A page in a browser whose own name was made to resolve to this address (DNS rebinding) names another.
 */
export function isOwnHost(
  { headersDistinct, socket }: IncomingMessage,
  names: ReadonlySet<string>,
): boolean {
  const [named = '', ...others] = headersDistinct['host'] ?? []
  const [, host] = HOST.exec(others.length === 0 ? named : '') ?? []
  if (host === undefined || !URL.canParse(`http://${host}`)) return false
  const { hostname } = new URL(`http://${host}`)
  return isLoopbackName(hostname) || names.has(hostname) || hostname === hostnameOf(socket)
}

/** The address that a connection came in by, as a URL has it. */
function hostnameOf({ localAddress }: Socket): string | undefined {
  if (localAddress === undefined) return undefined
  const address = plain(localAddress)
  return address.includes(':') ? new URL(`http://[${address}]`).hostname : address
}

/** Whether both ends of a connection are this machine's loopback. A proxy beside the service has one end there only. */
export function isOnLoopback({ localAddress, remoteAddress }: Socket): boolean {
  return [localAddress, remoteAddress].every((address) => {
    const text = plain(address ?? '')
    return text === '::1' || isLoopbackName(text)
  })
}

/** Without the zone of a link, and IPv4 also on a socket of IPv6 (RFC 4291 §2.5.5.2). */
function plain(address: string): string {
  return address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')
}

import { SecretError } from '@rekey/secret'
import type { VpnServer } from './profile-answer.ts'

/** `udp://vpn.example.com:1194`: a protocol, a host name or IPv4 address, a port. */
export const VPN_SERVER =
  /^(udp|tcp):\/\/([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(\d{1,5})$/

/**
 * Reads the address of the VPN server, which goes into each profile as it is.
 *
 * @throws {SecretError} `malformed`
 */
export function parseVpnServer(text: string): VpnServer {
  const [, protocol, host = '', port] = VPN_SERVER.exec(text) ?? []
  const number = Number(port)
  if ((protocol === 'udp' || protocol === 'tcp') && number >= 1 && number <= 65_535) {
    return { protocol, host, port: number }
  }
  throw new SecretError('malformed', 'VPN_SERVER is no address such as udp://vpn.example.com:1194')
}

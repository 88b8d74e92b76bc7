import type { ProfileAnswer } from '../src/profile-answer.ts'

/**
 * The file that OpenVPN takes, with all that it needs in it (openvpn(8), "INLINE FILE SUPPORT"). The client trusts a server with a
 * server's certificate of this CA and the name of the host alone: the CA has issued certificates to other servers too.
 */
export function formatProfile(
  { server, chain, certificate }: Pick<ProfileAnswer, 'server' | 'chain' | 'certificate'>,
  privateKey: string,
): string {
  const inline = (tag: string, text: string) => [`<${tag}>`, text.trim(), `</${tag}>`]
  return [
    'client',
    'dev tun',
    `remote ${server.host} ${server.port} ${server.protocol}`,
    'nobind',
    'resolv-retry infinite',
    'remote-cert-tls server',
    `verify-x509-name ${server.host} name`,
    'tls-version-min 1.2',
    ...inline('ca', chain),
    ...inline('cert', certificate),
    ...inline('key', privateKey),
    '',
  ].join('\n')
}

/** The name of the file: letters and digits of the device. */
export function fileNameOf(device: string): string {
  const plain = device.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')
  return `${plain === '' ? 'vpn' : plain.toLowerCase()}.ovpn`
}

/** The place of the VPN server, from the point of view of a client. */
export interface VpnServer {
  readonly protocol: 'udp' | 'tcp'
  readonly host: string
  readonly port: number
}

/** The answer to `POST /profiles`: all of a profile but its key, which is in the browser alone. */
export interface ProfileAnswer {
  readonly serial: string
  /** SHA-256 of the certificate, in hexadecimal. */
  readonly fingerprint: string
  readonly device: string
  /** PEM. */
  readonly certificate: string
  /** PEM of the CAs. */
  readonly chain: string
  /** ISO 8601. */
  readonly createdAt: string
  /** ISO 8601. */
  readonly notAfter: string
  readonly server: VpnServer
}

/** How a connection is protected, in the parameters of libpq's connection URIs (PostgreSQL documentation, 32.1.2). */
export interface TlsParameters {
  /**
   * - `disable`: clear text
   * - `verify-full`: TLS; the certificate has to be of a trusted CA and name the host
   * - `verify-ca`: TLS; the certificate has to be of the CA in `sslrootcert`, whatever name it bears
   * - `require`: TLS; `verify-ca` with `sslrootcert`, as in libpq, else `verify-full`: libpq would verify nothing
   *
   * Absent: the pool's own `ssl` option decides; without one, `disable` on loopback and `verify-full` anywhere else.
   */
  readonly sslmode?: SslMode
  /** The absolute path of the PEM file of the trusted CAs, or `system`. Absent: those that Node.js trusts. */
  readonly sslrootcert?: string
  /** The absolute path of the PEM file of the client certificate and its chain. */
  readonly sslcert?: string
  /** The absolute path of the PEM file of its private key, which only its owner may read. */
  readonly sslkey?: string
}

/** See {@link TlsParameters}. */
export type SslMode = (typeof SSL_MODES)[number]

const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const

/** Modes of libpq that go on in clear text if the server, or an attacker on the network, offers no TLS. */
const WITH_FALLBACK: readonly string[] = ['allow', 'prefer']

/** The names of {@link TlsParameters}, in the order in which they are written. */
export const TLS_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'] as const

type Name = (typeof TLS_PARAMETERS)[number]

/** Whether the server's certificate has to name the host. */
export function verifiesHost({ sslmode, sslrootcert }: TlsParameters): boolean {
  if (sslmode === 'require') return sslrootcert === undefined
  return sslmode !== 'verify-ca'
}

/** Names what is wrong with the values, or with the way they go together; nothing if they can be used. Repeats no value. */
export function findTlsProblem(
  given: Readonly<Record<Name, string | undefined>>,
): string | undefined {
  const { sslmode, sslrootcert, sslcert, sslkey } = given
  if (sslmode !== undefined && !isSslMode(sslmode)) return describeMode(sslmode)
  const isClear = sslmode === undefined || sslmode === 'disable'
  for (const [name, value] of Object.entries({ sslrootcert, sslcert, sslkey })) {
    if (value === undefined) continue
    if (isClear) return `${name} needs an sslmode with TLS: require, verify-ca or verify-full`
    if (name === 'sslrootcert' && value === 'system') continue
    if (!value.startsWith('/')) return `${name} has to be an absolute path`
  }
  if ((sslcert === undefined) !== (sslkey === undefined)) return 'sslcert and sslkey go together'
  if (sslrootcert === 'system' && sslmode !== 'verify-full') {
    return 'sslrootcert=system needs sslmode=verify-full: any site has a certificate of a public CA'
  }
  if (sslmode === 'verify-ca' && sslrootcert === undefined) {
    return 'sslmode=verify-ca needs the file of a private CA in sslrootcert: any site has a certificate of a public one'
  }
  return undefined
}

function isSslMode(text: string): text is SslMode {
  return SSL_MODES.some((mode) => mode === text)
}

function describeMode(text: string): string {
  const known = `sslmode has to be one of ${SSL_MODES.join(', ')}`
  return WITH_FALLBACK.includes(text) ? `${known}; ${text} falls back to clear text` : known
}

import { once } from 'node:events'
import { type AddressInfo, isIP } from 'node:net'
import { createServer } from 'node:tls'
import { SecretError } from '@rekey/secret'
import { parseCertificates } from '../spec/parse-certificates.ts'
import type { TlsIdentity } from '../spec/parse-tls-identity.ts'
import { shownFingerprint } from './tls-handshake.ts'

/** Inputs of {@link proveIdentity}. */
export interface ProofParts {
  readonly names: readonly string[]
  /** PEM of the roots that clients trust. */
  readonly trust: string
  readonly signal: AbortSignal
}

/**
 * Serves an identity on loopback for a moment, and makes a real handshake for every name with a client that trusts only the
 * roots.
 *
 * @throws {SecretError} `refused` naming the name, `unreachable`
 */
export async function proveIdentity(identity: TlsIdentity, parts: ProofParts): Promise<void> {
  const { key, chain, fingerprint } = identity
  const server = createServer({ key: key.expose(), cert: chain, minVersion: 'TLSv1.2' })
  server.on('secureConnection', (socket) => {
    // The client leaves as soon as it has seen enough.
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { address: host, port } = server.address() as AddressInfo
  try {
    for (const name of parts.names) {
      const shown = await shownFingerprint({ ...parts, host, port, name: concrete(name) })
      if (shown === fingerprint) continue
      throw new SecretError('refused', 'the proof met another server: look for what listens there')
    }
  } finally {
    server.close()
  }
}

/**
 * Those of `names` that an identity is for; all, if it is for none. A rollback to an identity in service is possible, though
 * a name was added since.
 */
export function namesIn({ chain }: TlsIdentity, names: readonly string[]): readonly string[] {
  const [leaf] = parseCertificates(chain)
  const own = names.map(concrete).filter((name) => {
    return (isIP(name) === 0 ? leaf?.checkHost(name) : leaf?.checkIP(name)) !== undefined
  })
  return own.length > 0 ? own : names
}

/** A name that a client would call where a certificate is for `*.example.com`. */
export function concrete(name: string): string {
  return isIP(name) === 0 ? name.replace(/^\*(?=\.)/, 'any') : name
}

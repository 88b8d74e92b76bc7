import { once } from 'node:events'
import { isIP } from 'node:net'
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls'
import { SecretError } from '@rekey/secret'
import { startDeadline } from '@rekey/secret/internal'

/** Whom to call, and what a client believes. */
export interface HandshakeOptions {
  readonly host: string
  readonly port: number
  /** The host or address that the certificate must be for. */
  readonly name: string
  /** PEM of the roots; nothing else is trusted. */
  readonly trust: string
  readonly signal: AbortSignal
}

const TIMEOUT_MS = 5_000

/** The handshake ended before there was a certificate to judge. */
const NO_ANSWER: readonly string[] = ['ECONNRESET', 'ABORT_ERR', 'EPROTO', 'unknown']

/**
 * One full handshake, as a client that trusts only the given roots. No session is resumed, so the certificate is what the
 * server shows at this moment.
 *
 * @returns SHA-256 of the certificate shown, lower-case hexadecimal
 * @throws {SecretError} `refused` if the client would not go on (`details.reason` is the code of OpenSSL or Node.js),
 *   `unreachable` if there was no handshake
 */
export async function shownFingerprint(handshake: HandshakeOptions): Promise<string> {
  const { host, port, name, trust, signal } = handshake
  const limit = startDeadline({
    what: `a handshake with ${host}:${port}`,
    limitMs: TIMEOUT_MS,
    signal,
  })
  const socket = connect({
    host,
    port,
    ca: trust,
    minVersion: 'TLSv1.2',
    // An address must not be sent as a server name (RFC 6066 §3).
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: (_servername, certificate) => checkServerIdentity(name, certificate),
  })
  try {
    await once(socket, 'secureConnect', { signal: limit.signal })
    return fingerprintAt(socket)
  } catch (error) {
    signal.throwIfAborted()
    throw describe(error, handshake)
  } finally {
    limit.end()
    // A socket that is cut off in its handshake may fail once more.
    socket.on('error', () => undefined)
    socket.destroy()
  }
}

function fingerprintAt(socket: TLSSocket): string {
  return socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase()
}

function describe(error: unknown, { host, port, name }: HandshakeOptions): SecretError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  if (isNetworkFailure(error, code)) {
    const message = `no TLS handshake with ${host}:${port}: check that it is up and serves TLS`
    return new SecretError('unreachable', message, { reason: code })
  }
  const message = `a client that calls ${name} refuses what ${host}:${port} shows (${code}): issue another certificate`
  return new SecretError('refused', message, { reason: code })
}

/** A client refuses with the codes of OpenSSL, `ERR_TLS_…` or `ERR_SSL_…`; the network fails with those of the operating system. */
function isNetworkFailure(error: unknown, code: string): boolean {
  const isSystem = error instanceof Error && 'syscall' in error
  return isSystem || NO_ANSWER.includes(code)
}

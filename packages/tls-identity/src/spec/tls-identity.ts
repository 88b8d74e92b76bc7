import { type Clock, type SecretSpec, storeName } from '@rekey/secret'
import { parseTlsIdentity, type TlsIdentity } from './parse-tls-identity.ts'

/** Options of {@link tlsIdentity}. */
export interface TlsIdentityOptions {
  /**
   * Matches the common name of a CA whose certificates are for development and tests. Default: it has the word "development"
   * in it. The name is signed, so unlike a mark in the text only a CA can put it there or remove it.
   */
  readonly nonProductionIssuer?: RegExp
  /** Default: the machine's own. */
  readonly clock?: Clock
}

const NON_PRODUCTION_ISSUER = /\bdevelopment\b/i

/** The base64 of the shortest key that is taken, Ed25519 in PKCS#8. */
const MIN_KEY_CHARS = 64

/**
 * The key and certificates with which a service serves TLS: `TLS_FRONTEND` for the service `frontend`. Its far side are the
 * clients, so there is no probe: what `parse` takes, OpenSSL has made a context of. Serve it with `followTls`.
 */
export function tlsIdentity(options: TlsIdentityOptions = {}): SecretSpec<TlsIdentity> {
  const { nonProductionIssuer = NON_PRODUCTION_ISSUER, clock } = options
  return {
    kind: 'tls',
    rule: 'PEM: a private key in PKCS#8, then its valid server certificate, then the CAs above it',
    access: { end: 'owner' },
    minLength: MIN_KEY_CHARS,
    nameFor: (service) => storeName('tls', [service]),
    parse(text) {
      const value = parseTlsIdentity(text, clock && { clock })
      return {
        value,
        id: value.fingerprint,
        sensitive: [value.key.expose()],
        nonProduction: value.issuer.search(nonProductionIssuer) >= 0,
      }
    },
  }
}

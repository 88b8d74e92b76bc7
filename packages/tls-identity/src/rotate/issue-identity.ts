import { type Clock, Secret, storeName, systemClock } from '@rekey/secret'
import { parseCertificates } from '../spec/parse-certificates.ts'
import { parseTlsIdentity } from '../spec/parse-tls-identity.ts'
import type { CertificateSigner } from './certificate-signer.ts'

/** Makes a key and a request for a certificate of it (PKCS #10, RFC 2986), both as PEM; `createSigningRequest` of `@rekey/ca-keystore`. */
export type CreateRequest = (options: { readonly commonName: string }) => Request | Promise<Request>

interface Request {
  readonly privateKey: Secret
  readonly csr: string
}

/** Inputs of a new identity. */
export interface IdentityOrder {
  /** The service that the identity is for. */
  readonly service: string
  /** The hosts and addresses that clients call the service by. */
  readonly names: readonly string[]
  /** Makes the certificate signing request. */
  readonly createRequest: CreateRequest
  /** Issues the certificate. */
  readonly signer: CertificateSigner
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** Ends the order. */
  readonly signal?: AbortSignal
}

/** The name in the store of the identity of a service: `TLS_FRONTEND`. */
export function identityName(service: string): string {
  return storeName('tls', [service])
}

/**
 * Makes a key and has its certificate issued: the text that `tlsIdentity` reads. The key goes
 * nowhere else. The root is left out, since who does not have it will not believe it (RFC 8446 §4.4.2).
 *
 * @throws {SecretError} from the signer; `malformed` or `refused` if what it gave cannot be served with the key
 *
 * @example
 * ```ts
 * const identity = await issueIdentity({
 *   service: 'frontend',
 *   names: ['frontend'],
 *   createRequest: createSigningRequest,
 *   signer,
 * })
 * ```
 */
export async function issueIdentity(order: IdentityOrder): Promise<Secret> {
  const { service, names, createRequest, signer, clock = systemClock } = order
  const { signal = new AbortController().signal } = order
  const label = identityName(service)
  const { privateKey, csr } = await createRequest({ commonName: service })
  const { certificate, chain } = await signer(csr, names, signal)
  const sent = parseCertificates(certificate + chain).filter((one) => !one.checkIssued(one))
  const text = privateKey.expose() + sent.map((one) => one.toString()).join('')
  parseTlsIdentity(text, { label, clock })
  return Secret.of(text, label)
}

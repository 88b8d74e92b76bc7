import { inspect } from 'node:util'
import { SecretError } from '@rekey/secret'
import type { IssuedCertificate } from './certificate.ts'
import { type CrlOrder, issueCrl, type IssuedCrl } from './crl/issue-crl.ts'
import {
  type CertificateOrder,
  type IntermediateOrder,
  issueAuthority,
  issueEndEntity,
  type Issuer,
} from './issuer.ts'
import { createIssuanceJournal, type IssuanceJournal } from './record/issuance-journal.ts'
import { createSignCounts, type SignCounts } from './sign-counts.ts'

/** An open CA. Its key can sign through the methods here, and can never be had. */
export interface CaKeystore extends AsyncDisposable {
  /** PEM of the CA's own certificate. */
  readonly certificate: string
  /** PEM of the CA's certificate and those above it, up to the root. */
  readonly chain: string
  /** The subject of the CA, on one line. */
  readonly name: string
  readonly notAfter: Date
  /**
   * Issues a certificate for a client or a server. Its serial is in the record of the keystore (`record/`) before it is signed, and the
   * certificate before it is returned; see `readIssuances`.
   *
   * @throws {SecretError} `malformed`, `refused` or `rejected` for the request, see `parseSigningRequest`; `refused` for
   *   the order, an expired CA, or a serial that was drawn before; `forbidden` or `unreachable` if the record cannot be written;
   *   `disposed` after {@link CaKeystore.close}
   */
  issueCertificate(order: CertificateOrder): Promise<IssuedCertificate>
  /**
   * Issues the certificate of a CA below this one; a root only. Of one key and subject there is one certificate: a repeated order gives it again.
   *
   * @throws {SecretError} as {@link CaKeystore.issueCertificate}
   */
  issueIntermediate(order: IntermediateOrder): Promise<IssuedCertificate>
  /**
   * Issues a revocation list of this CA. It publishes and counts nothing: `openCrlPublisher` does.
   *
   * @throws {SecretError} `refused` for the order or an expired CA; `rejected` if the list just signed does not verify; `disposed`
   */
  issueCrl(order: CrlOrder): Promise<IssuedCrl>
  /**
   * Records what was signed in the biography, and drops the key. Node.js cannot overwrite a key that OpenSSL holds: it is gone from memory when it is collected. All copies
   * made on the way in were wiped when the keystore was opened.
   */
  close(): Promise<void>
  /** The name alone; the same in JSON and for the inspector. */
  toString(): string
}

/** Of each open keystore, the parts that this package alone may use. */
const issuers = new WeakMap<CaKeystore, () => Issuer>()

/** Gives a keystore of another make to {@link issuerOf}. */
export function registerIssuer(keystore: CaKeystore, issuer: () => Issuer): void {
  issuers.set(keystore, issuer)
}

/** Wraps an issuer so that its key cannot be reached. */
export function createCaKeystore(issuer: Issuer): CaKeystore {
  return new OpenedCa(issuer)
}

/**
 * Returns the issuer inside of a keystore, for this package alone.
 *
 * @throws {SecretError} `disposed` if it is closed, `refused` if this package did not open it
 */
export function issuerOf(keystore: CaKeystore): Issuer {
  const issuer = issuers.get(keystore)
  if (issuer !== undefined) return issuer()
  const message = 'the keystore was not opened by this package; open it with openCaKeystore'
  throw new SecretError('refused', message, { reason: 'keystore' })
}

class OpenedCa implements CaKeystore {
  readonly certificate: string
  readonly chain: string
  readonly name: string
  readonly notAfter: Date
  readonly #journal: IssuanceJournal
  readonly #counts: SignCounts
  #issuer: Issuer | undefined

  constructor(issuer: Issuer) {
    this.certificate = issuer.ca.certificate
    this.chain = issuer.ca.chain
    this.name = issuer.ca.name
    this.notAfter = issuer.ca.notAfter
    this.#issuer = issuer
    this.#journal = createIssuanceJournal(issuer.directory)
    this.#counts = createSignCounts(issuer)
    registerIssuer(this, () => this.#open())
  }

  async issueCertificate(order: CertificateOrder): Promise<IssuedCertificate> {
    return this.#counts.count('certificates', issueEndEntity(this.#open(), order, this.#journal))
  }

  async issueIntermediate(order: IntermediateOrder): Promise<IssuedCertificate> {
    return this.#counts.count('authorities', issueAuthority(this.#open(), order))
  }

  async issueCrl(order: CrlOrder): Promise<IssuedCrl> {
    return this.#counts.count('lists', issueCrl(this.#open(), order))
  }

  async close(): Promise<void> {
    const issuer = this.#issuer
    this.#issuer = undefined
    await this.#counts.record()
    issuer?.signer.close?.()
    await this.#journal.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  toString(): string {
    return `[CA keystore ${this.name}]`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }

  #open(): Issuer {
    if (this.#issuer !== undefined) return this.#issuer
    throw new SecretError('disposed', `the keystore of ${this.name} is closed; open it again`)
  }
}

import { inspect } from 'node:util'
import { SecretError } from '@rekey/secret'
import type { IssuedCertificate } from './certificate.ts'
import { type CrlOrder, issueCrl, type IssuedCrl } from './crl/issue-crl.ts'
import { type ListOrder, type ListSigner, ListState, type SignedList } from './crl/list-state.ts'
import {
  type CertificateOrder,
  type IntermediateOrder,
  issueAuthority,
  issueEndEntity,
  type Issuer,
  type IssuingParts,
} from './issuer.ts'
import { createKeyJudge } from './key-judge.ts'
import { createIssuanceJournal } from './record/issuance-journal.ts'
import { RepeatedOrders } from './repeated-orders.ts'
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

/** The parts of an open keystore that this package alone may use. */
export interface KeystoreParts {
  /** @throws {SecretError} `disposed` if the keystore is closed */
  readonly issuer: () => Issuer
  readonly lists: ListSigner
}

const parts = new WeakMap<CaKeystore, KeystoreParts>()

/** Gives a keystore of another make to {@link issuerOf} and {@link listsOf}. */
export function registerParts(keystore: CaKeystore, of: KeystoreParts): void {
  parts.set(keystore, of)
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
  return partsOf(keystore).issuer()
}

/**
 * Returns the signer of the revocation lists of a keystore, for this package alone.
 *
 * @throws {SecretError} as {@link issuerOf}
 */
export function listsOf(keystore: CaKeystore): ListSigner {
  issuerOf(keystore)
  return partsOf(keystore).lists
}

function partsOf(keystore: CaKeystore): KeystoreParts {
  const found = parts.get(keystore)
  if (found !== undefined) return found
  const message = 'the keystore was not opened by this package; open it with openCaKeystore'
  throw new SecretError('refused', message, { reason: 'keystore' })
}

class OpenedCa implements CaKeystore {
  readonly certificate: string
  readonly chain: string
  readonly name: string
  readonly notAfter: Date
  readonly #parts: IssuingParts
  readonly #counts: SignCounts
  #issuer: Issuer | undefined

  constructor(issuer: Issuer) {
    this.certificate = issuer.ca.certificate
    this.chain = issuer.ca.chain
    this.name = issuer.ca.name
    this.notAfter = issuer.ca.notAfter
    this.#issuer = issuer
    const journal = createIssuanceJournal(issuer.directory)
    const lists = new ListState(issuer)
    const repeated = new RepeatedOrders({
      ...issuer,
      isRevoked: (serial) => lists.isRevoked(serial),
    })
    this.#parts = { journal, judge: createKeyJudge(issuer), repeated, lists }
    this.#counts = createSignCounts(issuer)
    const sign = (order: ListOrder) => this.#signList(lists, order)
    registerParts(this, {
      issuer: () => this.#open(),
      lists: {
        continueFrom: (known) => lists.continueFrom(known),
        isCompromised: (spki) => lists.isCompromised(spki),
        sign,
      },
    })
  }

  async issueCertificate(order: CertificateOrder): Promise<IssuedCertificate> {
    const issued = await issueEndEntity(this.#open(), order, this.#parts)
    if (issued.isRepeat) return issued
    return this.#counts.count('certificates', Promise.resolve(issued))
  }

  async issueIntermediate(order: IntermediateOrder): Promise<IssuedCertificate> {
    return this.#counts.count('authorities', issueAuthority(this.#open(), order, this.#parts))
  }

  async issueCrl(order: CrlOrder): Promise<IssuedCrl> {
    return this.#counts.count('lists', issueCrl(this.#open(), order))
  }

  /** The first list is counted at once: the count shows that there was one, should all else of it be lost. */
  async #signList(lists: ListState, order: ListOrder): Promise<SignedList> {
    this.#open()
    const signed = await this.#counts.count('lists', lists.sign(order))
    if (order.number === 1n) await this.#counts.record()
    return signed
  }

  async close(): Promise<void> {
    const issuer = this.#issuer
    this.#issuer = undefined
    await this.#counts.record()
    issuer?.signer.close?.()
    await this.#parts.journal.close()
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

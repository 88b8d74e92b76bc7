import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import { backoffMs, SecretError, systemClock } from '@rekey/secret'
import type { Stage } from '@rekey/secret/internal'
import { algorithmOf } from '../algorithms.ts'
import { type CaCertificate, parseCaChain } from '../ca-certificate.ts'
import { type CaKeystore, registerParts } from '../ca-keystore.ts'
import type { IssuedCertificate } from '../certificate.ts'
import type { CrlOrder, IssuedCrl } from '../crl/issue-crl.ts'
import type { ListOrder, ListSigner, SignedList } from '../crl/list-state.ts'
import { parseCrl } from '../crl/parse-crl.ts'
import type { KeyIdentity } from '../envelope/index.ts'
import type { CertificateOrder, Issuer } from '../issuer.ts'
import { isPinFailure } from '../pkcs11/token-failure.ts'
import type { SignerLimits } from './signer-limits.ts'
import { openSignerProcess, type SignerProcess } from './signer-process.ts'
import type { Unlocker } from './start-process.ts'

/** A version of the passphrase of a CA, without its value. */
export interface SignerPassphrase {
  readonly stage: Stage
  readonly version: string
  /** When its store got it, if it has the time. */
  readonly createdAt?: Date
}

/** A CA that was unsealed. Disposing it ends the signer process. */
export interface UnsealedCa extends AsyncDisposable {
  readonly versions: readonly SignerPassphrase[]
  /** The version that opened the key. */
  readonly used: string
}

/** A change of the state of a signer. */
export type CaSignerEvent =
  | { readonly type: 'unsealed'; readonly pid: number }
  | { readonly type: 'sealed'; readonly code: string; readonly message: string }

/** How a signer process reaches a PKCS#11 token. The passphrase that its unlocking process sends is the PIN. */
export interface SignerToken {
  /** The PKCS#11 library of the vendor. */
  readonly module: string
  /** All of the environment of the signer process: what the library needs, such as the path of its configuration. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Options of {@link createCaSigner}. */
export interface CaSignerOptions {
  /** Starts the process that holds the key. */
  readonly unlocker: Unlocker
  /** For a key that is in a PKCS#11 token. A keystore with a key file does not need it. */
  readonly token?: SignerToken
  /** Refuses certificates, in the signer process too: for the key of a generation that another one has replaced. Default false. */
  readonly listsOnly?: boolean
  /** Bounds of what the signer process signs, whatever it is ordered. */
  readonly limits?: SignerLimits
  /** Called with each event; must not throw. */
  readonly onEvent?: (event: CaSignerEvent) => void
}

/**
 * A CA whose key and passphrase are in a process of their own. Before {@link CaSigner.unseal}, its properties and all orders throw
 * `unreachable` with the reason `sealed`.
 *
 * If the signer process ends, orders under way fail, none is repeated, and the CA is sealed. It unseals itself by another unlocking
 * process, after one second and more, if the keystore still has the same certificate: another one needs a restart. So does a PIN that a
 * token refused: it is tried once, since tokens count wrong ones.
 */
export interface CaSigner extends CaKeystore {
  readonly state: 'sealed' | 'unsealed'
  /** Of the signer process; undefined while sealed. */
  readonly pid: number | undefined
  /**
   * Starts the signer process for the keystore in `directory` and has the unlocking process send it the passphrase.
   *
   * @throws {SecretError} the error of the unlocking process, or as `openCaKeystore`; `unreachable` if a process ends early, or takes
   *   longer than 60 seconds; `refused` if it was unsealed before; `disposed`
   */
  unseal(directory: string): Promise<UnsealedCa>
  /** Checks that the signer process answers. @throws {SecretError} `unreachable` */
  check(): Promise<void>
}

/** Between the end of a signer process and the next one. */
const RETRY = { firstMs: 2_000, longestMs: 60_000 }
const ANSWER_LIMIT_MS = 10_000
/** A list of 100,000 certificates takes seconds. */
const CRL_LIMIT_MS = 60_000

/**
 * Creates a signer, sealed. Key and passphrase of the CA will be in a process of their own, which takes orders for certificates of a
 * profile, revocation lists and their register, checks each itself, and takes no bytes to be signed. It issues no other CA.
 *
 * @example
 * ```ts
 * const file = new URL('./unlock/main.js', import.meta.url)
 * const ca = createCaSigner({ unlocker: { file, env: process.env } })
 * await ca.unseal('/var/lib/vpn-ca')
 * ```
 */
export function createCaSigner(options: CaSignerOptions): CaSigner {
  return new SignedCa(options)
}

/** Public facts of the CA, since it was unsealed. */
interface KnownCa {
  readonly ca: CaCertificate
  readonly identity: KeyIdentity
  readonly directory: string
}

class SignedCa implements CaSigner {
  readonly #options: CaSignerOptions
  readonly #closed = new AbortController()
  #isBegun = false
  #known: KnownCa | undefined
  #process: SignerProcess | undefined

  constructor(options: CaSignerOptions) {
    this.#options = options
    registerParts(this, { issuer: () => this.#issuer(), lists: this.#lists() })
  }

  get state(): 'sealed' | 'unsealed' {
    return this.#process === undefined ? 'sealed' : 'unsealed'
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  get certificate(): string {
    return this.#knownCa().ca.certificate
  }

  get chain(): string {
    return this.#knownCa().ca.chain
  }

  get name(): string {
    return this.#knownCa().ca.name
  }

  get notAfter(): Date {
    return this.#knownCa().ca.notAfter
  }

  async unseal(directory: string): Promise<UnsealedCa> {
    if (this.#isBegun) throw unsealedBefore()
    this.#isBegun = true
    const { versions, used } = await this.#open(directory)
    return { versions, used, [Symbol.asyncDispose]: () => this.close() }
  }

  async check(): Promise<void> {
    await this.#signer().ask('ping', {}, ANSWER_LIMIT_MS)
  }

  async issueCertificate(certificate: CertificateOrder): Promise<IssuedCertificate> {
    return this.#signer().ask('certificate', { certificate }, ANSWER_LIMIT_MS)
  }

  issueIntermediate(): Promise<IssuedCertificate> {
    const message =
      'a signer process issues no CA; open the keystore of the root for that, as rekey ca does'
    return Promise.reject(new SecretError('refused', message, { reason: 'order' }))
  }

  async issueCrl(order: CrlOrder): Promise<IssuedCrl> {
    return (await this.#signList(order)).issued
  }

  async close(): Promise<void> {
    this.#closed.abort()
    const process = this.#process
    this.#process = undefined
    await process?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  toString(): string {
    return `[CA signer, ${this.state}${this.#known ? `, ${this.#known.ca.name}` : ''}]`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }

  async #open(directory: string) {
    this.#checkOpen()
    const { unlocker, token, listsOnly = false, limits = {} } = this.#options
    const task = { directory, module: token?.module, listsOnly, limits }
    const { process, opened } = await openSignerProcess(task, token?.env ?? {}, unlocker)
    try {
      this.#checkOpen()
      const { chain, identity } = opened
      if (this.#known !== undefined && chain !== this.#known.ca.chain) throw otherCertificate()
      this.#known ??= { ca: parseCaChain(chain), identity, directory }
    } catch (error) {
      await process.close()
      throw error
    }
    this.#process = process
    this.#options.onEvent?.({ type: 'unsealed', pid: process.pid })
    void this.#unsealAfter(process, directory)
    return opened
  }

  /** Waits for the end of a process, then tries until another one is open. */
  async #unsealAfter(process: SignerProcess, directory: string): Promise<void> {
    let failure = await process.ended
    const { signal } = this.#closed
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      this.#process = undefined
      const { code, message } = failure
      this.#options.onEvent?.({ type: 'sealed', code, message })
      if (isPinFailure(failure)) return
      try {
        await delay(backoffMs(RETRY, attempt), undefined, { signal, ref: false })
        await this.#open(directory)
        return
      } catch (error) {
        if (error instanceof SecretError) failure = error
      }
    }
  }

  #checkOpen(): void {
    if (!this.#closed.signal.aborted) return
    throw new SecretError('disposed', 'the signer of the CA is closed; create another one')
  }

  #knownCa(): KnownCa {
    this.#checkOpen()
    if (this.#known !== undefined) return this.#known
    throw sealed()
  }

  #signer(): SignerProcess {
    this.#checkOpen()
    if (this.#process !== undefined) return this.#process
    throw sealed()
  }

  async #signList({ number, revoked, validityMs }: ListOrder): Promise<SignedList> {
    const rows = revoked.map(({ serial, revokedAt, reason, notAfter }) => {
      return { serial, revokedAt, reason, notAfter }
    })
    const order = {
      number: number.toString(),
      revoked: rows,
      ...(validityMs !== undefined && { validityMs }),
    }
    const { crl, register } = await this.#signer().ask('crl', { crl: order }, CRL_LIMIT_MS)
    return { issued: { ...parseCrl(crl, this.chain), crl }, register }
  }

  /** For the publisher of revocation lists. The signer process signs no bytes that it is given. */
  #issuer(): Issuer {
    const known = this.#knownCa()
    const { publicKey } = known.ca
    const { identifier } = algorithmOf(publicKey)
    const sign = () => Promise.reject(signsNoBytes())
    return { ...known, clock: systemClock, signer: { publicKey, identifier, sign } }
  }

  #lists(): ListSigner {
    return {
      continueFrom: async (known) => {
        const last = await this.#signer().ask('lists', { known }, CRL_LIMIT_MS)
        return last ?? undefined
      },
      sign: (order) => this.#signList(order),
      // The signer process decides that with each certificate.
      isCompromised: () => Promise.resolve(false),
    }
  }
}

function signsNoBytes(): SecretError {
  const message =
    'the signer process signs no bytes that it is given; order a certificate or a list'
  return new SecretError('refused', message, { reason: 'order' })
}

function sealed(): SecretError {
  const message =
    'the CA is sealed: its signer process does not run, or is being started; try again'
  return new SecretError('unreachable', message, { reason: 'sealed' })
}

function unsealedBefore(): SecretError {
  const message = 'the CA was unsealed before, and unseals itself again if its signer process ends'
  return new SecretError('refused', message, { reason: 'unsealed' })
}

function otherCertificate(): SecretError {
  const message =
    'the keystore now holds another certificate than the one that was unsealed; restart the service to change its CA'
  return new SecretError('refused', message, { reason: 'certificate' })
}

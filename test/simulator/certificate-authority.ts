import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { FakeClock } from '@rekey/secret/internal'
import { Secret } from '@rekey/secret'
import { type Issued, issue, keyPem } from '@rekey/testbed/certificates'
import type { CertificateSigner, CreateRequest } from '@rekey/tls-identity/internal/rotate'

const HOUR_MS = 3_600_000

/**
 * A model of an issuer. Its certificates are real ones, which are valid from before the world began, since OpenSSL judges them by the clock
 * of this machine. A request stands for its key and is no PKCS #10. Its clients know at once what it has revoked.
 */
export class CertificateAuthority {
  readonly #time: FakeClock
  readonly #root: Issued
  readonly #validFrom: Date
  readonly #keys = new Map<string, KeyObject>()
  readonly #revoked = new Set<string>()

  constructor(time: FakeClock) {
    this.#time = time
    this.#validFrom = new Date(time.now() - HOUR_MS)
    this.#root = issue({ commonName: 'Development Root', ca: true, ...this.#validity() })
  }

  /** PEM of its root. */
  get trust(): string {
    return this.#root.pem
  }

  readonly createRequest: CreateRequest = () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const csr = `request ${this.#keys.size}`
    this.#keys.set(csr, privateKey)
    return { privateKey: Secret.of(keyPem(privateKey), 'key'), csr }
  }

  readonly sign: CertificateSigner = (csr, names) => {
    const key = this.#keys.get(csr)
    if (key === undefined) throw new TypeError('this authority was given no such request')
    const wanted = { commonName: 'beta', dnsNames: names, key, issuer: this.#root }
    const { pem: certificate } = issue({ ...wanted, ...this.#validity() })
    return Promise.resolve({ certificate, chain: '' })
  }

  revoke(serial: string): void {
    this.#revoked.add(serial)
  }

  isRevoked(serial: string): boolean {
    return this.#revoked.has(serial.toLowerCase())
  }

  #validity() {
    const notAfter = new Date(this.#time.now() + 48 * HOUR_MS)
    return { notBefore: this.#validFrom, notAfter }
  }
}

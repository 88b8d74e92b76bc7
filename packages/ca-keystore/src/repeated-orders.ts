import { createHash, X509Certificate } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import type { CaCertificate } from './ca-certificate.ts'
import type { CertificateContent, IssuedCertificate } from './certificate.ts'
import { serialOf } from './crl/published-lists.ts'
import { sequence } from './der.ts'
import { readDer } from './der-reader.ts'
import { listSegments, readSegment } from './record/read-segment.ts'
import { DAY_MS } from './validity.ts'

/** A certificate of an order that is repeated is at most this much older than a new one: of its validity one part in so many, and a day. */
const PART = 10

/** The keystore whose orders are repeated. */
interface Place {
  readonly directory: string
  readonly ca: Pick<CaCertificate, 'publicKey'>
  readonly isRevoked: (serial: string) => Promise<boolean>
}

/** The certificates that were issued in the last day, for orders that are repeated since an answer was lost. */
export class RepeatedOrders {
  readonly #place: Place
  #issued: Promise<Map<string, IssuedCertificate>> | undefined
  readonly #running = new Map<string, Promise<IssuedCertificate>>()

  /** The record of the keystore is read with the first order. */
  constructor(place: Place) {
    this.#place = place
  }

  /**
   * Gives the certificate of the same key, subject and extensions that is about to be issued or was issued a short while ago and not
   * revoked. Else it is one that `issue` signs.
   *
   * @throws {SecretError} as `readIssuances`; errors of `issue`
   */
  async once(
    content: CertificateContent,
    validityMs: number,
    issue: () => Promise<IssuedCertificate>,
  ): Promise<IssuedCertificate> {
    const { subject, spki, extensions } = content
    const id = idOf(subject, spki, sequence(...extensions))
    const running = this.#running.get(id)
    if (running !== undefined) return { ...(await running), isRepeat: true }
    const issuing = this.#findOrIssue(id, { content, validityMs }, issue)
    this.#running.set(id, issuing)
    return issuing.finally(() => this.#running.delete(id))
  }

  async #findOrIssue(
    id: string,
    { content, validityMs }: { content: CertificateContent; validityMs: number },
    issue: () => Promise<IssuedCertificate>,
  ): Promise<IssuedCertificate> {
    const all = await this.#read(content.notBefore.getTime() - DAY_MS)
    const found = all.get(id)
    const youngerMs = content.notAfter.getTime() - (found?.notAfter.getTime() ?? 0)
    const isRecent = youngerMs >= 0 && youngerMs <= Math.min(DAY_MS, validityMs / PART)
    if (found && isRecent && (await this.#isSound(found))) return { ...found, isRepeat: true }
    const issued = await issue()
    all.delete(id)
    all.set(id, issued)
    return issued
  }

  /** Whether this CA has signed a certificate of its record, and not revoked it. */
  async #isSound({ certificate, serial }: IssuedCertificate): Promise<boolean> {
    const { ca, isRevoked } = this.#place
    return new X509Certificate(certificate).verify(ca.publicKey) && !(await isRevoked(serial))
  }

  /** Those since then. */
  async #read(sinceMs: number): Promise<Map<string, IssuedCertificate>> {
    this.#issued ??= readIssuedSince(this.#place.directory, sinceMs)
    try {
      const all = await this.#issued
      for (const [id, { notBefore }] of all) {
        if (notBefore.getTime() >= sinceMs) break
        all.delete(id)
      }
      return all
    } catch (error) {
      this.#issued = undefined
      throw error
    }
  }
}

/** By what makes two certificates the same but for serial and validity. A segment that was not written since is not read. */
async function readIssuedSince(
  directory: string,
  sinceMs: number,
): Promise<Map<string, IssuedCertificate>> {
  const all = new Map<string, IssuedCertificate>()
  for (const path of await listSegments(directory, 'issued')) {
    if ((await lstat(path)).mtimeMs < sinceMs) continue
    for (const line of (await readSegment(path)).lines) {
      if (!('signed' in line)) continue
      const x509 = new X509Certificate(line.certificate)
      all.set(idIn(x509), {
        certificate: line.certificate,
        serial: serialOf(x509),
        notBefore: new Date(x509.validFrom),
        notAfter: new Date(x509.validTo),
        fingerprint: createHash('sha256').update(x509.raw).digest('hex'),
      })
    }
  }
  return all
}

const [SUBJECT_AT, SPKI_AT, EXTENSIONS_AT] = [5, 6, 7]

function idIn({ raw }: X509Certificate): string {
  const fields = readDer(raw, 'a certificate of the record').sequence(3, 3).at(0).sequence(8, 8)
  const extensions = fields.at(EXTENSIONS_AT).context(3, 1, 1).at(0)
  return idOf(fields.at(SUBJECT_AT).der(), fields.at(SPKI_AT).der(), extensions.der())
}

function idOf(...parts: readonly Buffer[]): string {
  return createHash('sha256').update(Buffer.concat(parts)).digest('base64')
}

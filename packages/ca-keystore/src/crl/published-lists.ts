import { X509Certificate } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { ifMissing } from '@rekey/secret/internal/files'
import { type CaCertificate, parseCaChain } from '../ca-certificate.ts'
import { readProtectedFile } from '../protected-files.ts'
import { type Crl, decodeCrlPem, readCrl } from './parse-crl.ts'

/** The files of a directory of revocation lists; each CA has a folder, named after its key identifier. */
export const LIST_FILES = { list: 'crl.pem', chain: 'ca.crt', bundle: 'crl-bundle.pem' } as const

const FOLDER = /^[0-9a-f]{40}$/
const MAX_CHAIN_BYTES = 64 * 1024
const MAX_LIST_BYTES = 8 * 1024 * 1024
const MAX_BUNDLE_BYTES = 8 * MAX_LIST_BYTES
const BLOCK = /-----BEGIN X509 CRL-----\n[^-]*-----END X509 CRL-----\n/g

/** The folder of a CA in the directory of all lists of a service, such as `restoreBackup` makes with `lists`. */
export function listFolderOf(directory: string, { keyId }: Pick<CaCertificate, 'keyId'>): string {
  return join(directory, keyId.toString('hex'))
}

/** A CA of a directory of lists. */
export interface ListedCa {
  readonly folder: string
  readonly ca: CaCertificate
}

/** Reads the CAs of a directory of lists. @throws {SecretError} for a folder without a valid chain, see `parseCaChain` */
export async function readListedCas(directory: string): Promise<ListedCa[]> {
  const names = (await readdir(directory)).filter((name) => FOLDER.test(name)).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const folder = join(directory, name)
      const path = join(folder, LIST_FILES.chain)
      const ca = parseCaChain(await readProtectedFile(path, 'certificate', MAX_CHAIN_BYTES))
      if (ca.keyId.toString('hex') !== name) throw otherFolder(folder)
      return { folder, ca }
    }),
  )
}

/** The newest list of each CA. @throws {SecretError} `missing` if a folder has none */
export function readLists(cas: readonly ListedCa[]): Promise<string[]> {
  const read = ({ folder }: ListedCa) =>
    readProtectedFile(join(folder, LIST_FILES.list), 'certificate', MAX_LIST_BYTES)
  return Promise.all(cas.map(read))
}

/** The bundle of lists that verifiers fetch. */
export interface PublishedLists {
  /** PEM, for OpenVPN's `crl-verify`. */
  readonly text: string
  /** One for each CA. */
  readonly lists: readonly Crl[]
  /** The serials on any of them. */
  readonly serials: ReadonlySet<string>
}

/** Reads the bundle of a directory, and again only after it was replaced. */
export class BundleReader {
  readonly #directory: string
  #mark = ''
  #published: PublishedLists | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  /**
   * Reads the bundle and verifies its lists.
   *
   * @returns `undefined` if none was published yet
   * @throws {SecretError} `malformed`, `refused` or `rejected` for a list that is not one of the CAs; `forbidden`, `unreachable`
   */
  async read(): Promise<PublishedLists | undefined> {
    const path = join(this.#directory, LIST_FILES.bundle)
    const found = await stat(path, { bigint: true }).catch(ifMissing)
    if (found === undefined) return undefined
    const mark = `${found.ino} ${found.mtimeNs} ${found.size}`
    if (mark !== this.#mark || this.#published === undefined) {
      this.#published = await this.#parse(path)
      this.#mark = mark
    }
    return this.#published
  }

  async #parse(path: string): Promise<PublishedLists> {
    const text = await readProtectedFile(path, 'certificate', MAX_BUNDLE_BYTES)
    const authorities = (await readListedCas(this.#directory)).flatMap(({ ca }) => ca.authorities)
    const lists = (text.match(BLOCK) ?? []).map((block) => {
      const der = decodeCrlPem(block)
      const authority = authorities.find(({ subject }) => der.includes(subject))
      if (authority === undefined) throw ofNoCa(path)
      return readCrl(der, authority)
    })
    const serials = new Set(lists.flatMap(({ revoked }) => revoked.map(({ serial }) => serial)))
    return { text, lists, serials }
  }
}

/** A certificate that a CA of the directory has issued, as a request to revoke it names it. */
export interface IssuedByListedCa {
  readonly serial: string
  readonly notAfter: Date
  readonly keyId: string
  readonly certificate: X509Certificate
}

/**
 * Finds the CA that issued a certificate.
 *
 * @param certificate PEM
 * @throws {SecretError} `malformed` if it is no certificate; `refused` with the reason `other-ca` if none of the CAs issued it
 */
export function findIssuer(certificate: string, cas: readonly CaCertificate[]): IssuedByListedCa {
  const x509 = parseCertificate(certificate)
  const issuer = cas.find(({ certificate: own, publicKey }) => {
    return x509.checkIssued(new X509Certificate(own)) && x509.verify(publicKey)
  })
  if (issuer === undefined) throw ofOtherCa()
  return {
    serial: serialOf(x509),
    notAfter: new Date(x509.validTo),
    keyId: issuer.keyId.toString('hex'),
    certificate: x509,
  }
}

/** The serial of a certificate, as `issueCertificate` gives it. */
export function serialOf({ serialNumber }: Pick<X509Certificate, 'serialNumber'>): string {
  // Node.js leaves out the octet of zeros of a number whose first bit is set.
  const digits = serialNumber.toLowerCase()
  const even = digits.length % 2 === 0 ? digits : `0${digits}`
  return /^[89a-f]/.test(even) ? `00${even}` : even
}

function parseCertificate(text: string): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch {
    const message =
      'the certificate to be revoked is no certificate in PEM; give it as it was issued'
    throw new SecretError('malformed', message, { reason: 'certificate' })
  }
}

function ofOtherCa(): SecretError {
  const message =
    'no CA of these revocation lists issued the certificate; revoke it at the CA that did'
  return new SecretError('refused', message, { reason: 'other-ca' })
}

function ofNoCa(path: string): SecretError {
  const message = `${path} has a list of a CA that has no folder beside it; wait for the service to publish the next one, or put the folder back`
  return new SecretError('refused', message, { path, reason: 'other-ca' })
}

function otherFolder(path: string): SecretError {
  const message = `${path} has the chain of another CA than its name is of; restore it, or remove the folder`
  return new SecretError('refused', message, { path, reason: 'other-ca' })
}

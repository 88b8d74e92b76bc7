import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { checkUnchangeable } from '@rekey/secret/internal/files'
import { algorithmOf } from '../algorithms.ts'
import { parseCaChain } from '../ca-certificate.ts'
import type { CaKeystore } from '../ca-keystore.ts'
import { readDer } from '../der-reader.ts'
import { checkModulus } from '../key-judge.ts'
import { generationOf } from '../new-authority.ts'
import { checkVacant } from '../new-directory.ts'
import { bytesOf, type SecretText } from '../passphrase.ts'
import { checkNewPassphrase } from '../passphrase-strength.ts'
import { parsePem } from '../pem.ts'
import { parseSubjectKey, weakKey } from '../subject-key.ts'
import { checkValidAt } from '../validity.ts'
import { type NewKeystore, writeKeystore } from '../write-keystore.ts'
import { type ForeignList, readForeignList } from './foreign-list.ts'
import { WHAT } from './import-errors.ts'
import { type KeySource, readKey } from './read-key.ts'
import { listFolderOf } from '../crl/published-lists.ts'
import { makeListFolder } from '../crl/revocation-lists.ts'
import {
  readRegister,
  recordNumber,
  signRegister,
  writeRegister,
} from '../crl/revocation-register.ts'
import type { Issuer } from '../issuer.ts'

/** A CA that other software has, to be imported. `passphrase` is that of the new keystore. */
export interface CaImport extends NewKeystore {
  /** The bytes of a file with one key: PKCS#8 in PEM or DER, PKCS#12, or traditional PEM. Wiped. */
  readonly key: Buffer
  /** Opens `key`, if it is encrypted. Not judged by its strength. */
  readonly keyPassphrase?: SecretText
  /** PEM of the certificate of the CA and those above it, in any order; default: those that are in a PKCS#12 file. */
  readonly certificates?: string
  /** The bytes of the last revocation list of the CA, in DER or PEM. Without, revoke again what it has before a list is published. */
  readonly crl?: Buffer
  /** Of the revocation lists, as that of `openRevocationLists`: must exist, and is needed with `crl`. */
  readonly lists?: string
  readonly clock?: Clock
}

/** A CA that was imported. */
export interface ImportedCa {
  readonly ca: CaKeystore
  /** The form that the key had: the file still has it, and is to be destroyed. */
  readonly source: KeySource
  /** The revocations that were taken over with `crl`. */
  readonly list?: ForeignList
}

const RULE = { what: 'the certificate to import', labels: ['CERTIFICATE'] }
const LIMITS = { maxChars: 64 * 1024, maxBlocks: 16 }

/**
 * Imports the CA of other software: reads its key, checks it and its certificate as strictly as those of a new CA, and writes a keystore
 * in which the key is encrypted anew. The key may come plain or weakly encrypted, because it leaves that form here; a keystore opens
 * none that is. The cost of decryption is bounded before any work (PBKDF2 10,000,000 iterations, scrypt 1 GiB, PKCS#12 1,000,000).
 *
 * With `crl`, the first list that is published revokes what that one does, and has a greater number. It must be complete and valid now.
 *
 * @returns the new keystore, open
 * @throws {SecretError} `rejected` for a wrong passphrase of the key or a damaged file (the same error); `missing` without that passphrase;
 *   `malformed` for other files or the passphrase of the keystore; `refused` for a weak key, encryption that is broken or out of
 *   bounds, a certificate that is of another key, expired or not that of a CA, a chain without its root, or an unsafe place; `conflict` if
 *   there is anything in the directory; `missing` for `crl` without `lists`; for the list as it is refused; `unreachable` for I/O
 *
 * @example
 * ```ts
 * const key = await readFile('ca.p12')
 * const { ca, source } = await importCa({ directory, passphrase, key, keyPassphrase })
 * ```
 */
export async function importCa(options: CaImport): Promise<ImportedCa> {
  const { key, keyPassphrase, certificates = '', crl, lists, clock = systemClock } = options
  using opening = keyPassphrase && bytesOf(keyPassphrase)
  try {
    await checkNewPassphrase(options.passphrase)
    generationOf(options)
    await checkVacant(options.directory)
    const { privateKey, source, ...found } = await readKey(key, opening?.expose())
    const given =
      certificates === '' ? found.certificates : parsePem(certificates, { ...RULE, ...LIMITS })
    const chain = chainOf(await checkedKey(privateKey), given)
    const parsed = parseCaChain(chain)
    checkValidAt(parsed, clock.now())
    const list = crl && readForeignList(crl, parsed, clock.now())
    if (list !== undefined && lists === undefined) throw noLists()
    const purpose = parsed.pathLength > 0 ? 'root' : 'issuing'
    const taken = list && { crl: list.number.toString(), revoked: list.revoked.length }
    const event = { action: 'import', details: { purpose, ...source, ...taken } } as const
    const content = { privateKey, purpose, chain, event } as const
    const ca = await writeKeystore(options, content, clock, async (issuer) => {
      if (list !== undefined && lists !== undefined) await takeOverList(issuer, list, lists)
    })
    return { ca, source, ...(list && { list }) }
  } finally {
    key.fill(0)
  }
}

/** The public half of a key that a new CA could have. @throws {SecretError} `refused` */
async function checkedKey(privateKey: KeyObject): Promise<KeyObject> {
  algorithmOf(privateKey)
  const publicKey = createPublicKey(privateKey)
  const spki = readDer(publicKey.export({ format: 'der', type: 'spki' }), WHAT)
  await checkModulus(parseSubjectKey(spki, WHAT))
  if (hasMorePrimes(privateKey)) throw weakKey('it has more than two primes')
  return publicKey
}

/** `RSAPrivateKey` of version 1 (RFC 8017 §A.1.2); of the public half alone it cannot be found out. */
function hasMorePrimes(privateKey: KeyObject): boolean {
  if (privateKey.asymmetricKeyType !== 'rsa') return false
  const pkcs1 = privateKey.export({ format: 'der', type: 'pkcs1' })
  try {
    return readDer(pkcs1, WHAT).sequence().at(0).integer() !== 0n
  } finally {
    pkcs1.fill(0)
  }
}

/** PEM of the certificate of a key, its issuer, and so on: a file may have them in any order. */
function chainOf(publicKey: KeyObject, ders: readonly Buffer[]): string {
  const all = ders.map(readCertificate)
  // One key may have been certified twice: the later one is in use.
  const [own] = all
    .filter((one) => one.publicKey.equals(publicKey))
    .toSorted((a, b) => Date.parse(b.validTo) - Date.parse(a.validTo))
  if (own === undefined) throw noCertificate()
  const chain = [own]
  for (let link = own; !link.checkIssued(link);) {
    const below = link
    const above = all.find((one) => !chain.includes(one) && below.checkIssued(one))
    if (above === undefined) throw withoutRoot()
    chain.push(above)
    link = above
  }
  return chain.map((one) => one.toString()).join('')
}

function readCertificate(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der)
  } catch {
    throw new SecretError('malformed', `${RULE.what} cannot be read; export it again`)
  }
}

function noLists(): SecretError {
  const message =
    'the revocations of the CA to import have no place; name the directory of its revocation lists'
  return new SecretError('missing', message, { reason: 'lists' })
}

function noCertificate(): SecretError {
  const message =
    'none of the certificates is that of the key to import; give the certificate of the CA and those above it up to the root'
  return new SecretError('refused', message, { reason: 'pair' })
}

function withoutRoot(): SecretError {
  const message =
    'the certificates to import do not lead to a root, which signed itself; add those that are missing'
  return new SecretError('refused', message, { reason: 'chain' })
}

/**
 * Has the first list of an imported CA revoke what the last one of the old software does, under a greater number: writes the register of revocations in
 * the folder of the CA, and the number beside the key. Without the register no list is published then.
 *
 * @throws {SecretError} `conflict` if the folder has revocations of a later list; `missing`, `refused`, `unreachable` for the directory
 */
async function takeOverList(
  issuer: Issuer,
  { number, revoked }: ForeignList,
  place: string,
): Promise<void> {
  const { ca, clock } = issuer
  const lists = resolve(place)
  await checkUnchangeable(lists)
  await makeListFolder(lists, ca)
  const folder = listFolderOf(lists, ca)
  // A list without a number counts as the first.
  const last = number > 0n ? number : 1n
  const registered = await readRegister(folder, issuer)
  if (registered !== undefined && registered.number > last) throw isOlder(folder)
  const [sinceMs, nowMs] = [ca.notBefore.getTime(), clock.now()]
  const entries = revoked.map((entry) => {
    // The certificate of the CA may have been renewed since, and the clock of the old software may have been ahead.
    const atMs = Math.max(sinceMs, Math.min(entry.revokedAt.getTime(), nowMs))
    return { ...entry, revokedAt: new Date(atMs), notAfter: ca.notAfter }
  })
  await writeRegister(folder, await signRegister({ number: last, revoked: entries }, issuer))
  await recordNumber(issuer, last)
}

function isOlder(folder: string): SecretError {
  const message = `${folder} has the revocations of a later list of this CA than the one to import; import that, or name another directory`
  return new SecretError('conflict', message, { path: folder, reason: 'older-list' })
}

import { constants } from 'node:fs'
import { access, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { ifMissing, replaceFile } from '@rekey/secret/internal/files'
import { type CaCertificate, parseCaChain } from '../ca-certificate.ts'
import type { CaKeystore } from '../ca-keystore.ts'
import { openCrlPublisher } from '../crl/crl-publisher.ts'
import { BundleReader, LIST_FILES, listFolderOf } from '../crl/published-lists.ts'
import {
  isLockedByAnother,
  makeFolder,
  makeListFolder,
  preparedFolderOf,
  publishListsIn,
} from '../crl/revocation-lists.ts'
import { readIfPresent } from '../protected-files.ts'
import { decodeCrlPem, readCrl } from '../crl/parse-crl.ts'
import type { PassphraseVersion } from '../keystore-files.ts'
import { openCaKeystore } from '../open-ca-keystore.ts'
import { DAY_MS } from '../validity.ts'
import {
  certificateIn,
  type Generation,
  type Generations,
  recordStep,
  stepOf,
  type StepOptions,
  writeGenerations,
} from './generations.ts'

/** The places of what verifiers get. */
export interface PublishingPlaces {
  /** Of the lists, as that of `openRevocationLists`: the service puts the list of the new CA into its bundle. */
  readonly lists: string
  /** Path of the bundle of all CAs that verifiers trust: `ca-bundle.pem`, 0644. */
  readonly bundle: string
}

/** The generation to be published. */
export interface PublishedGeneration extends StepOptions, PublishingPlaces {
  /** Opens the new key, which signs its first list. */
  readonly passphrase: PassphraseVersion
  /** How long that list is valid, in milliseconds: the service renews it after its next start. Default 90 days. */
  readonly validityMs?: number
}

const LIST_VALIDITY_MS = 90 * DAY_MS
const MAX_LIST_BYTES = 8 * 1024 * 1024

/**
 * Publishes a prepared generation: its first, empty list, and the bundle of all CAs. From then on verifiers are given the bundle: they must trust
 * the new CA, and have its list, before it issues. Calling it again renews both, or completes a call that failed or was killed; a service that
 * starts in between renews the list.
 *
 * @throws {SecretError} `refused` with the reason `not-prepared`, or before any change `other-lists` or `bundle` for a mistyped place; as `openCaKeystore`, `openCrlPublisher` and `publishCrlBundle`
 */
export function publishGeneration(options: PublishedGeneration): Promise<Generation> {
  return stepOf(options.directory, async (generations) => {
    const { clock = systemClock, passphrase, validityMs = LIST_VALIDITY_MS } = options
    const [one] = generations.in('prepared', 'published')
    if (one === undefined) throw notPrepared()
    const place = generations.placeOf(one)
    const lists = resolve(options.lists)
    await checkPlaces(generations, options)
    await using keystore = await openCaKeystore({ directory: place, passphrase, clock })
    // Before there is anything to renew: from here on a service that starts renews the list.
    const begun = one.state === 'published' ? generations : await begin(generations, one, clock)
    await publishFirstList(keystore, lists, validityMs)
    await publishListsIn(lists, clock)
    await writeTrustBundle(begun, options.bundle)
    const [listed = one] = begun.in('published')
    const publishedAt = listed.publishedAt ?? new Date(clock.now())
    await writeGenerations(begun.with(listed, { publishedAt }))
    return { ...listed, publishedAt }
  })
}

/** The state of a generation that is being published; an earlier publication that was rolled back does not count. */
async function begin(generations: Generations, one: Generation, clock: Clock) {
  await recordStep(generations, { action: 'rotate-publish', details: { next: one.generation } })
  const { generation, spki } = one
  const since = new Date(clock.now())
  const begun = generations.replace({ generation, spki, state: 'published', since })
  await writeGenerations(begun)
  return begun
}

/** The folder of the new CA gets its name with its list in it. */
async function publishFirstList(
  keystore: CaKeystore,
  lists: string,
  validityMs: number,
): Promise<void> {
  const ca = parseCaChain(keystore.chain)
  const isNew = !(await hasListFolder(lists, ca))
  const directory = isNew ? preparedFolderOf(lists, ca) : listFolderOf(lists, ca)
  await makeFolder(directory, ca)
  const publisher = await openCrlPublisher({ keystore, directory, validityMs }).catch(ifServiceDoes)
  await publisher?.renew()
  await publisher?.close()
  if (isNew) await makeListFolder(lists, ca)
}

/**
 * Checks both places before anything is changed: a mistyped one would leave a list that no service renews, which stops all lists at its end.
 *
 * @throws {SecretError} `refused` with the reason `other-lists` or `bundle`
 */
export async function checkPlaces(
  generations: Generations,
  { lists, bundle }: Partial<PublishingPlaces>,
): Promise<void> {
  if (lists !== undefined) {
    const active = await certificateIn(generations.placeOf(generations.active))
    const isThere = await Promise.all(active.authorities.map((ca) => hasListFolder(lists, ca)))
    if (!isThere.includes(true)) throw otherLists(lists)
  }
  if (bundle === undefined) return
  const path = resolve(bundle)
  const found = await stat(path).catch(ifMissing)
  const isWritable = await access(dirname(path), constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!isWritable || found?.isDirectory() === true) throw noBundle(path)
}

/** Whether a directory of lists has a folder of a CA. */
export async function hasListFolder(
  lists: string,
  ca: Pick<CaCertificate, 'keyId'>,
): Promise<boolean> {
  return (await stat(listFolderOf(resolve(lists), ca)).catch(ifMissing)) !== undefined
}

/** A service that was started since keeps the list itself. */
function ifServiceDoes(error: unknown): undefined {
  if (!isLockedByAnother(error)) throw error
}

/** Writes the certificates of all CAs that verifiers trust, each once. */
export async function writeTrustBundle(generations: Generations, path: string): Promise<void> {
  const trusted = generations.in('published', 'active', 'crl-only')
  const certificates = new Set<string>()
  for (const one of trusted) {
    const { chain } = await certificateIn(generations.placeOf(one))
    for (const each of chain.split(/(?<=-----END CERTIFICATE-----\n)/)) certificates.add(each)
  }
  await replaceFile(resolve(path), [...certificates].join(''), 0o644)
}

/** Takes the list of a CA out of the bundle that verifiers fetch. */
export async function removeLists(
  directory: string,
  ca: CaCertificate,
  clock: Clock,
): Promise<void> {
  const lists = resolve(directory)
  // At once: half a folder would stop the lists of all others.
  const removed = join(lists, `.old-${ca.keyId.toString('hex')}`)
  await rm(removed, { recursive: true, force: true })
  await rename(listFolderOf(lists, ca), removed).catch(ifMissing)
  for (const folder of [removed, preparedFolderOf(lists, ca)]) {
    await rm(folder, { recursive: true, force: true })
  }
  await publishListsIn(lists, clock)
}

/**
 * Checks that verifiers get a valid list of a CA.
 *
 * @throws {SecretError} `refused` with the reason `no-list`
 */
export async function checkListed(
  directory: string,
  ca: CaCertificate,
  clock: Clock,
): Promise<void> {
  const path = join(listFolderOf(resolve(directory), ca), LIST_FILES.list)
  const text = await readIfPresent(path, 'certificate', MAX_LIST_BYTES)
  const list = text === undefined ? undefined : readCrl(decodeCrlPem(text), ca)
  const bundle = await new BundleReader(resolve(directory)).read()
  const isServed = text !== undefined && bundle?.text.includes(text) === true
  if (list !== undefined && isServed && clock.now() < list.nextUpdate.getTime()) return
  const message =
    'the bundle of revocation lists has no valid list of the next generation, so that revoked clients of it could connect; publish it ' +
    'again: rekey ca rotate publish'
  throw new SecretError('refused', message, { reason: 'no-list' })
}

function otherLists(lists: string): SecretError {
  const message = `${lists} has no folder of the active CA or one above it, so it is not the directory of its lists; name CRL_DIRECTORY of the service: --lists DIRECTORY`
  return new SecretError('refused', message, { reason: 'other-lists', path: lists })
}

function noBundle(path: string): SecretError {
  const message = `the bundle of CAs cannot be written to ${path}, and nothing was changed; name a file in a directory that exists: --bundle FILE`
  return new SecretError('refused', message, { reason: 'bundle', path })
}

function notPrepared(): SecretError {
  const message = 'no generation is prepared; prepare one first: rekey ca rotate prepare'
  return new SecretError('refused', message, { reason: 'not-prepared' })
}

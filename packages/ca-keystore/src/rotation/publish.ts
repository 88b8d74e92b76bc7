import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { replaceFile } from '@rekey/secret/files'
import type { CaCertificate } from '../ca-certificate.ts'
import { openCrlPublisher } from '../crl/crl-publisher.ts'
import { BundleReader, LIST_FILES, listFolderOf } from '../crl/published-lists.ts'
import { isLockedByAnother, makeListFolder, publishListsIn } from '../crl/revocation-lists.ts'
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
 * the new CA, and have its list, before it issues. Calling it again renews both.
 *
 * @throws {SecretError} `refused` with the reason `not-prepared`; as `openCaKeystore`, `openCrlPublisher` and `publishCrlBundle`
 */
export function publishGeneration(options: PublishedGeneration): Promise<Generation> {
  return stepOf(options.directory, async (generations) => {
    const { clock = systemClock, passphrase, validityMs = LIST_VALIDITY_MS } = options
    const [one] = generations.in('prepared', 'published')
    if (one === undefined) throw notPrepared()
    const place = generations.placeOf(one)
    const ca = await certificateIn(place)
    const lists = resolve(options.lists)
    await makeListFolder(lists, ca)
    await using keystore = await openCaKeystore({ directory: place, passphrase, clock })
    const listPlace = { keystore, directory: listFolderOf(lists, ca), validityMs }
    const publisher = await openCrlPublisher(listPlace).catch(ifServiceDoes)
    await publisher?.renew()
    await publisher?.close()
    await publishListsIn(lists, clock)
    const now = new Date(clock.now())
    const published = generations.with(one, {
      ...{ state: 'published', since: one.state === 'published' ? one.since : now },
      publishedAt: one.publishedAt ?? now,
    })
    await writeTrustBundle(published, options.bundle)
    if (one.state === 'prepared') {
      const details = { next: one.generation }
      await recordStep(generations, { action: 'rotate-publish', details })
    }
    await writeGenerations(published)
    return published.in('published')[0] ?? one
  })
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
  await rm(listFolderOf(lists, ca), { recursive: true, force: true })
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

function notPrepared(): SecretError {
  const message = 'no generation is prepared; prepare one first: rekey ca rotate prepare'
  return new SecretError('refused', message, { reason: 'not-prepared' })
}

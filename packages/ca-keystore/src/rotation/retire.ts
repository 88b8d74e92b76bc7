import { randomBytes, X509Certificate } from 'node:crypto'
import { open, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { SecretError, systemClock } from '@rekey/secret'
import { fileError, syncDirectory } from '@rekey/secret/internal/files'
import type { CaCertificate } from '../ca-certificate.ts'
import { BundleReader, serialOf } from '../crl/published-lists.ts'
import { isInToken, TOKEN_FILE } from '../keystore-files.ts'
import { type Forecast, forecast, readIssued } from './forecast.ts'
import {
  certificateIn,
  type Generation,
  recordStep,
  stepOf,
  type StepOptions,
  writeGenerations,
} from './generations.ts'
import { checkPlaces, type PublishingPlaces, removeLists, writeTrustBundle } from './publish.ts'

/** The generation to be retired. */
export interface RetiredGeneration extends StepOptions, PublishingPlaces {
  /**
   * PEM of all certificates that were issued. Default: the record of the keystore; where it may not have all, since the CA was imported or restored,
   * the end of the CA counts as that of its last certificate.
   */
  readonly issued?: string
  /** How many certificates may fail. Default none. */
  readonly accepted?: number
}

/**
 * Retires the oldest generation that signs lists alone: takes it out of both bundles, so that no verifier trusts it. Its root must have revoked
 * it: a client that sends the certificate of its CA along would be trusted by the root, and without the list of that CA a revoked one
 * would be as well.
 *
 * @throws {SecretError} `refused` with the reason `not-replaced` if there is none, `certificates` if certificates of it are valid, with
 *   their count and last end, or `not-revoked` if the published list of the root does not have it
 */
export function retireGeneration(options: RetiredGeneration): Promise<Generation> {
  return stepOf(options.directory, async (generations) => {
    const { clock = systemClock, accepted = 0, lists, bundle } = options
    const now = new Date(clock.now())
    await checkPlaces(generations, options)
    const [one] = generations.in('crl-only')
    const again = generations.in('retired').at(-1)
    const old = one ?? again
    if (old === undefined) throw notReplaced()
    const ca = await certificateIn(generations.placeOf(old))
    let retired = generations
    if (one !== undefined) {
      const { issued = await readIssued(generations.placeOf(one)) } = options
      const left = issued === undefined ? undefined : forecast(issued, ca.certificate, now)
      const lastLeaf = left === undefined ? ca.notAfter : (left.lastEnd ?? now)
      const isOver = left === undefined ? ca.notAfter <= now : left.certificates <= accepted
      if (!isOver) throw stillValid(one, lastLeaf, left)
      await checkRevoked(ca, lists, now)
      retired = generations.with(one, { state: 'retired', since: now, lastLeaf })
      const details = { generation: one.generation, failing: left?.certificates ?? 0 }
      await recordStep(retired, { action: 'rotate-retire', details })
      await writeGenerations(retired)
    }
    await removeLists(lists, ca, clock)
    await writeTrustBundle(retired, bundle)
    return retired.all.find(({ generation }) => generation === old.generation) ?? old
  })
}

/**
 * Destroys the key of the oldest retired generation: overwrites its file and removes it. Backups are not reached, and a disk may keep what was
 * overwritten, encrypted.
 *
 * @throws {SecretError} `refused` with the reason `not-retired` if there is none, `certificates` before its last certificate ends, or
 *   `token` for a key that is in a PKCS#11 token
 */
export function destroyGeneration(options: StepOptions): Promise<Generation> {
  return stepOf(options.directory, async (generations) => {
    const { clock = systemClock } = options
    const now = new Date(clock.now())
    const [one] = generations.in('retired')
    if (one === undefined) throw notRetired()
    const lastLeaf = one.lastLeaf ?? now
    if (lastLeaf > now) throw stillValid(one, lastLeaf)
    const place = generations.placeOf(one)
    if (await isInToken(place)) throw isInItsToken(place)
    await recordStep(generations, {
      action: 'rotate-destroy',
      details: { generation: one.generation },
    })
    await destroyKey(place)
    const destroyed = generations.with(one, { state: 'destroyed', since: now })
    await writeGenerations(destroyed)
    return destroyed.in('destroyed').at(-1) ?? one
  })
}

/** A root is trusted by itself, and is dropped with the bundle. */
async function checkRevoked(ca: CaCertificate, lists: string, now: Date): Promise<void> {
  if (ca.authorities.length === 1 || ca.notAfter <= now) return
  const serial = serialOf(new X509Certificate(ca.certificate))
  const published = await new BundleReader(resolve(lists)).read()
  if (published?.serials.has(serial)) return
  const message =
    `the published list of the root does not have the CA that is to be retired, so its clients could still connect by the root; revoke it there, ` +
    `and publish that list: rekey ca revoke ${serial}`
  throw new SecretError('refused', message, { reason: 'not-revoked', serial })
}

function isInItsToken(place: string): SecretError {
  const message =
    `a PKCS#11 token has the key of ${place}, which is not destroyed from here; destroy it in the token by the tool of its vendor, by the id that ` +
    `rekey ca show ${place} prints, remove ${join(place, TOKEN_FILE)}, and repeat this`
  return new SecretError('refused', message, { directory: place, reason: 'token' })
}

/** The file of the key, and drafts of it that a killed change of the passphrase has left. */
const KEYS = /^ca\.key(?:\.[0-9a-f]+\.tmp)?$/

async function destroyKey(directory: string): Promise<void> {
  try {
    for (const name of (await readdir(directory)).filter((each) => KEYS.test(each))) {
      await overwrite(join(directory, name))
    }
    await syncDirectory(directory)
  } catch (error) {
    throw fileError(error, directory)
  }
}

async function overwrite(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const { size } = await file.stat()
    await file.writeFile(randomBytes(size))
    await file.sync()
  } finally {
    await file.close()
  }
  await rm(path)
}

function notReplaced(): SecretError {
  const message =
    'no generation was replaced; activate the next one first: rekey ca rotate activate'
  return new SecretError('refused', message, { reason: 'not-replaced' })
}

function notRetired(): SecretError {
  const message =
    'no generation is retired; retire the one that was replaced first: rekey ca rotate retire'
  return new SecretError('refused', message, { reason: 'not-retired' })
}

function stillValid({ generation }: Generation, until: Date, left?: Forecast): SecretError {
  const end = until.toISOString()
  const facts = { reason: 'certificates', generation, until: end }
  if (left === undefined) {
    const message = `certificates of generation ${generation} may be valid until ${end}; wait for that, or give the record of issued certificates`
    return new SecretError('refused', message, facts)
  }
  const { certificates, clients } = left
  const message =
    `${clients} clients would fail now: ${certificates} certificates of generation ${generation} are valid, the last until ${end}; wait for that, ` +
    `have them replaced, or accept ${certificates} failures`
  return new SecretError('refused', message, { ...facts, certificates, clients })
}

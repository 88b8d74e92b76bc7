import { SecretError, systemClock } from '@rekey/secret'
import type { CaCertificate } from '../ca-certificate.ts'
import type { PassphraseVersion } from '../keystore-files.ts'
import { lastDrill } from '../drill/drill-report.ts'
import { openIssuer } from '../open-ca-keystore.ts'
import { DAY_MS } from '../validity.ts'
import {
  certificateIn,
  type Generation,
  type Generations,
  recordStep,
  removeNext,
  REPLACED,
  ROLLED_BACK,
  stepOf,
  type StepOptions,
  wasReplaced,
  writeGenerations,
} from './generations.ts'
import { checkListed, checkPlaces, hasListFolder, removeLists } from './publish.ts'

/** The generation to be activated, and what must be true before. */
export interface ActivatedGeneration extends StepOptions {
  readonly lists: string
  /** Opens the new key, as the service does at its next start. */
  readonly passphrase: PassphraseVersion
  /**
   * When a backup of the new key was last restored and signed with. Default: by the report of its last drill, which that key signed; with
   * `operators` always.
   */
  readonly drilledAt?: Date
  /** The text of a report that was made on another machine. Default: that of `drill.json` beside the new key. */
  readonly drillReport?: string
  /** PEM of the public keys of drill operators, of whom one must have signed the report. Default: none need have. */
  readonly operators?: string
  /** Default 30 days. */
  readonly maxDrillAgeMs?: number
  /** How long verifiers must have had the bundle. Default 7 days. */
  readonly minPublishedMs?: number
}

/**
 * Activates the published generation: it issues from the next start of the service on, and the one before signs revocation lists alone. The
 * running service goes on with the key that it has. Calling it again completes a call that was killed.
 *
 * @throws {SecretError} `refused` with the missing step as reason: `not-published`, `published-recently`, `same-ca`, `no-drill`, `no-list`; as
 *   `verifyDrillReport`, and as `openCaKeystore` for the new key
 */
export function activateGeneration(options: ActivatedGeneration): Promise<Generation> {
  return stepOf(options.directory, async (generations) => {
    const { clock = systemClock } = options
    const [one] = generations.in('published')
    if (one === undefined) return completed(generations)
    if (one.publishedAt === undefined) throw notPublished()
    const now = new Date(clock.now())
    const place = generations.placeOf(one)
    checkAges(one, options, { drilledAt: await drillTime(place, options), now })
    const ca = await certificateIn(place)
    await checkDistinct(generations, one, ca)
    await checkListed(options.lists, ca, clock)
    await openIssuer({ directory: place, passphrase: options.passphrase, clock })
    const old = generations.active
    const activated = generations
      .with(old, { state: 'crl-only', since: now })
      .with(one, { state: 'active', since: now, activatedAt: one.activatedAt ?? now })
    await writeGenerations(activated)
    return completed(activated)
  })
}

/** The state is written first: a service that starts between it and the record must find a key that it may use. */
async function completed(generations: Generations): Promise<Generation> {
  const { active } = generations
  const old = generations.in('crl-only').at(-1)
  if (old === undefined || active.activatedAt === undefined) throw notPublished()
  if (!(await wasReplaced(generations.placeOf(old)))) {
    const details = { next: active.generation }
    await recordStep(generations, { action: 'rotate-activate' }, active)
    await recordStep(generations, { action: REPLACED, details }, old)
  }
  return active
}

function checkAges(
  one: Generation,
  { minPublishedMs = 7 * DAY_MS, maxDrillAgeMs = 30 * DAY_MS }: ActivatedGeneration,
  { drilledAt, now }: { drilledAt: Date | undefined; now: Date },
): void {
  const sinceMs = now.getTime() - (one.publishedAt ?? now).getTime()
  if (sinceMs < minPublishedMs) throw publishedRecently(one, minPublishedMs)
  const drillAgeMs = drilledAt === undefined ? Infinity : now.getTime() - drilledAt.getTime()
  if (drillAgeMs > maxDrillAgeMs || drillAgeMs < 0) throw notDrilled(maxDrillAgeMs)
}

async function drillTime(
  directory: string,
  { drilledAt, drillReport: text, operators }: ActivatedGeneration,
): Promise<Date | undefined> {
  if (drilledAt !== undefined && operators === undefined) return drilledAt
  const report = {
    ...(text !== undefined && { text }),
    ...(operators !== undefined && { operators }),
  }
  const last = await lastDrill({ directory, ...report })
  return last && new Date(last.report.ended)
}

/** Two CAs of one name stop an OpenVPN server, and a successor with the same key replaces nothing. */
async function checkDistinct(
  generations: Generations,
  one: Generation,
  ca: CaCertificate,
): Promise<void> {
  for (const other of generations.all) {
    if (other.generation === one.generation) continue
    const { subject, publicKey } = await certificateIn(generations.placeOf(other))
    if (subject.equals(ca.subject) || publicKey.equals(ca.publicKey)) throw sameCa(other)
  }
}

/** The last step of a rotation, by the word that names it. */
export type RotationStage = 'requested' | 'prepared' | 'published' | 'active'

/** A step of a rotation to be rolled back. */
export interface RolledBackStep extends StepOptions {
  /** Of the service. */
  readonly lists: string
  /** The last step; any other is left as it is. Without it, whatever the last step is. */
  readonly from?: RotationStage
}

/**
 * Rolls a rotation back by one step: an active generation becomes published again, and the one before issues from the next start on; a
 * published one is taken out of the bundle of lists; a prepared or requested one is removed with its key.
 *
 * Each call rolls back one step more. With `from`, one that is repeated after it was killed changes nothing.
 *
 * @throws {SecretError} `refused` with the reason `nothing` if there is no step to roll back, `other-step` if the last one is not `from`, or
 *   `issued` if the generation may have issued certificates and is not active
 */
export function rollBackRotation(options: RolledBackStep) {
  return stepOf(options.directory, async (generations) => {
    const { clock = systemClock, lists, from } = options
    const last = lastStepOf(generations)
    if (last === undefined) throw nothingToRollBack()
    if (from !== undefined && last !== from) throw otherStep(from, last)
    const now = new Date(clock.now())
    const [next] = generations.in('requested', 'prepared')
    if (next !== undefined) {
      // Of a publication by an earlier version that failed: no key could renew its list.
      if (next.state === 'prepared') await removeLeftLists(generations, next, options)
      await removeNext(generations, next)
      return
    }
    const [published] = generations.in('published')
    if (published !== undefined) {
      if (published.activatedAt !== undefined) throw mayHaveIssued(published)
      await checkPlaces(generations, { lists })
      await removeLists(lists, await certificateIn(generations.placeOf(published)), clock)
      await writeGenerations(generations.with(published, { state: 'prepared', since: now }))
      return
    }
    const { active } = generations
    const old = generations.in('crl-only').at(-1)
    if (old === undefined) throw nothingToRollBack()
    // Before the state: a service that starts between the two finds the later key, which it may use.
    await recordStep(generations, { action: ROLLED_BACK }, old)
    await writeGenerations(
      generations
        .with(active, { state: 'published', since: now })
        .with(old, { state: 'active', since: now }),
    )
  })
}

async function removeLeftLists(
  generations: Generations,
  one: Generation,
  { lists, clock = systemClock }: RolledBackStep,
): Promise<void> {
  const ca = await certificateIn(generations.placeOf(one)).catch((error: unknown) => {
    // Removed with its key by a call that was killed.
    if (error instanceof SecretError && error.code === 'missing') return undefined
    throw error
  })
  if (ca && (await hasListFolder(lists, ca))) await removeLists(lists, ca, clock)
}

function lastStepOf(generations: Generations): RotationStage | undefined {
  const next = generations.in('requested', 'prepared', 'published').at(-1)
  if (next !== undefined) return next.state as RotationStage
  return generations.in('crl-only').length > 0 ? 'active' : undefined
}

function otherStep(from: RotationStage, last: RotationStage): SecretError {
  const message = `the last step of the rotation is not ${from}, but ${last}: nothing was changed; look at rekey ca rotate status`
  return refused(message, 'other-step')
}

function refused(message: string, reason: string): SecretError {
  return new SecretError('refused', message, { reason })
}

function notPublished(): SecretError {
  const step = 'no generation is published; publish the prepared one first: rekey ca rotate publish'
  return refused(step, 'not-published')
}

function publishedRecently({ generation, publishedAt }: Generation, minMs: number): SecretError {
  const from = new Date((publishedAt?.getTime() ?? 0) + minMs).toISOString()
  const message = `verifiers have the CA of generation ${generation} for less than ${minMs / DAY_MS} days; give all of them the bundle, and activate it from ${from} on`
  return refused(message, 'published-recently')
}

function notDrilled(maxMs: number): SecretError {
  const message = `no backup of the new key was restored in the last ${maxMs / DAY_MS} days; back it up, and prove the backup: rekey ca drill`
  return refused(message, 'no-drill')
}

function sameCa({ generation }: Generation): SecretError {
  const message = `the new CA has the name or the key of generation ${generation}; remove it (rekey ca rotate rollback) and prepare another`
  return refused(message, 'same-ca')
}

function mayHaveIssued({ generation }: Generation): SecretError {
  const message = `generation ${generation} was active and may have issued certificates, so it stays; activate it again, or go on without it`
  return refused(message, 'issued')
}

function nothingToRollBack(): SecretError {
  return refused('no step of a rotation can be rolled back: the CA has one generation', 'nothing')
}

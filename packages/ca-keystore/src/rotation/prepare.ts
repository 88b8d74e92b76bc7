import { X509Certificate } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { type Secret, SecretError, systemClock } from '@rekey/secret'
import type { KeyAlgorithm } from '../algorithms.ts'
import { recordLife } from '../biography.ts'
import type { CaKeystore } from '../ca-keystore.ts'
import { createCa } from '../create-ca.ts'
import { PROFILE_NAMES } from '../issuer.ts'
import {
  certificateIn,
  type Generation,
  Generations,
  identityIn,
  stepOf,
  type StepOptions,
  writeGenerations,
} from './generations.ts'

/** The next generation of a CA. */
export interface NewGeneration extends StepOptions {
  /** The root; that of the generations before, or another one. */
  readonly parent: CaKeystore
  /** Of the next key. That of today works for both, so that the store of the service need not change. */
  readonly passphrase: Secret
  /** Default `ecdsa-p256`. */
  readonly algorithm?: KeyAlgorithm
  /** Default three years. */
  readonly validityMs?: number
}

/** A name that a killed step has left at the root is not used again: so many are passed over. */
const MOST_PASSED_OVER = 8

/**
 * Prepares the next generation of a CA: its key and certificate, in a folder of the keystore. Nothing trusts or uses it yet. Its name is that of
 * the CA with the number of the generation, since two CAs of one name stop an OpenVPN server.
 *
 * @returns the generation; that of an earlier call if it is prepared already
 * @throws {SecretError} `refused` with the reason `in-progress` while another one is published; as `createCa`
 *
 * @example
 * ```ts
 * await prepareGeneration({ directory, parent: root, passphrase })
 * ```
 */
export function prepareGeneration(options: NewGeneration): Promise<Generation> {
  return stepOf(options.directory, async (generations) => {
    const [prepared] = generations.in('prepared')
    if (prepared !== undefined) return prepared
    if (generations.in('published').length > 0) throw inProgress()
    const generation = await makeNext(generations, options)
    const place = generations.placeOf({ generation } as Generation)
    const { spki } = await identityIn(place)
    const since = new Date((options.clock ?? systemClock).now())
    const next: Generation = { generation, spki, state: 'prepared', since }
    await writeGenerations(new Generations(generations.directory, [...generations.all, next]))
    await recordStep(generations, { action: 'rotate-prepare', details: { next: generation } })
    return next
  })
}

/** @returns its number */
async function makeNext(generations: Generations, options: NewGeneration): Promise<number> {
  const { parent, passphrase, algorithm, validityMs, clock } = options
  const old = generations.placeOf(generations.active)
  const { policy } = await identityIn(old)
  const { CN, O } = namesIn((await certificateIn(old)).certificate)
  const profiles = PROFILE_NAMES.filter((profile) => policy.profiles.includes(profile))
  const first = Math.max(...generations.all.map(({ generation }) => generation)) + 1
  for (let generation = first; ; generation += 1) {
    const directory = generations.placeOf({ generation } as Generation)
    if (await isMade(directory, generation)) return generation
    try {
      const made = await createCa({
        ...{ directory, passphrase, parent, generation, profiles },
        commonName: CN.replace(/ G\d+$/, ''),
        ...(O !== undefined && { organization: O }),
        ...(algorithm && { algorithm }),
        ...(validityMs && { validityMs }),
        ...(clock && { clock }),
      })
      await made.close()
      return generation
    } catch (error) {
      const isName = error instanceof SecretError && error.details['reason'] === 'subject'
      if (!isName || generation - first >= MOST_PASSED_OVER) throw error
    }
  }
}

/** Whether a step that was killed has made it. */
async function isMade(directory: string, generation: number): Promise<boolean> {
  try {
    return (await identityIn(directory)).generation === generation
  } catch (error) {
    if (error instanceof SecretError && error.code === 'missing') return false
    throw error
  }
}

function namesIn(certificate: string): { CN: string; O?: string } {
  const { subject } = new X509Certificate(certificate).toLegacyObject()
  const { CN, O } = subject as unknown as { CN?: string; O?: string }
  return { CN: CN ?? 'CA', ...(O !== undefined && { O }) }
}

/** Records a step in the biography of the key that is active. */
export async function recordStep(
  generations: Generations,
  event: Parameters<typeof recordLife>[1],
  one: Generation = generations.active,
): Promise<void> {
  const directory = generations.placeOf(one)
  await recordLife({ directory, identity: await identityIn(directory) }, event)
}

/** Removes a prepared generation with its key: nothing was issued by it. */
export async function removePrepared(generations: Generations, one: Generation): Promise<void> {
  await rm(generations.placeOf(one), { recursive: true, force: true })
  const all = generations.all.filter(({ generation }) => generation !== one.generation)
  await writeGenerations(new Generations(generations.directory, all))
  await recordStep(generations, { action: 'rotate-abort', details: { next: one.generation } })
}

function inProgress(): SecretError {
  const message =
    'a generation is published and not active yet; activate it, or remove it first: rekey ca rotate rollback'
  return new SecretError('refused', message, { reason: 'in-progress' })
}

import { readdir, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Clock, SecretError, jsonIn } from '@rekey/secret'
import { formatIn, requireFormat } from '@rekey/secret/internal'
import { ifMissing, replaceFile, takeProcessLock } from '@rekey/secret/internal/files'
import { z } from 'zod'
import {
  biographyNotSound,
  type LifeEvent,
  readBiography,
  readMendedBiography,
  recordLife,
} from '../biography.ts'
import { type CaCertificate, parseCaChain } from '../ca-certificate.ts'
import { readIfPresent, checkKeystoreDirectory } from '../protected-files.ts'
import { type KeyIdentity, parseEnvelope } from '../envelope/index.ts'
import { explained } from '../file-errors.ts'
import { checkIdentity, FILES, isInToken, readKeystoreFile } from '../keystore-files.ts'
import { readReference } from '../pkcs11/token-reference.ts'

/**
 * The states of a generation of a CA key, in their order. `requested`: the key exists; `prepared`: its certificate too; `published`: verifiers
 * get that and its empty list; `active`: it issues; `crl-only`: it signs lists alone; `retired`: no verifier trusts it; `destroyed`: its key is gone.
 */
export type GenerationState = (typeof STATES)[number]

const STATES = [
  'requested',
  'prepared',
  'published',
  'active',
  'crl-only',
  'retired',
  'destroyed',
] as const

/** A key of a CA, among the others of the same CA. */
export interface Generation {
  readonly generation: number
  readonly state: GenerationState
  /** SHA-256 of its public key, in hexadecimal. */
  readonly spki: string
  /** Since when it is in that state. */
  readonly since: Date
  readonly publishedAt?: Date
  /** When it became active first: from then on it may have issued certificates. */
  readonly activatedAt?: Date
  /** Of a retired one: the end of its last certificate. */
  readonly lastLeaf?: Date
}

const FILE = 'rotation.json'
const LOCK = 'rotation.lock'
const MAX_BYTES = 64 * 1024

const date = z.iso.datetime().transform((text) => new Date(text))
const CONTENT = z
  .array(
    z.strictObject({
      generation: z.number().int().positive(),
      state: z.enum(STATES),
      spki: z.string().regex(/^[0-9a-f]{64}$/),
      since: date,
      publishedAt: date.optional(),
      activatedAt: date.optional(),
      lastLeaf: date.optional(),
    }),
  )
  .refine((all) => all.filter(({ state }) => state === 'active').length === 1)
  .refine((all) => new Set(all.map(({ generation }) => generation)).size === all.length)

/** The generations of a CA, oldest first. The first lies in the directory of the CA itself, each other in a folder there. */
export class Generations {
  readonly directory: string
  readonly all: readonly Generation[]

  constructor(directory: string, all: readonly Generation[]) {
    this.directory = directory
    this.all = all
  }

  get active(): Generation {
    const [found] = this.in('active')
    if (found === undefined) throw damaged(this.directory)
    return found
  }

  /** Those in a state, oldest first. */
  in(...states: readonly GenerationState[]): Generation[] {
    return this.all.filter(({ state }) => states.includes(state))
  }

  /** The keystore of a generation. */
  placeOf({ generation }: Pick<Generation, 'generation'>): string {
    const isFirst = generation === this.all[0]?.generation
    return isFirst ? this.directory : join(this.directory, `generation-${generation}`)
  }

  /** The same with other facts of one. */
  with(one: Generation, changes: Partial<Generation>): Generations {
    return this.replace({ ...one, ...changes })
  }

  /** The same with one replaced. */
  replace(one: Generation): Generations {
    const all = this.all.map((each) => (each.generation === one.generation ? one : each))
    return new Generations(this.directory, all)
  }
}

/**
 * Reads which generations a CA has: those of `rotation.json`, or the one of the keystore itself.
 *
 * @throws {SecretError} `malformed` for a damaged file, and as `openCaKeystore` for the keystore
 */
export async function readGenerations(path: string): Promise<Generations> {
  const directory = resolve(path)
  await checkKeystoreDirectory(directory)
  const all = await readState(directory)
  if (all !== undefined) return new Generations(directory, all)
  const { generation, spki, created } = await identityIn(directory)
  const since = new Date(created)
  return new Generations(directory, [{ generation, spki, state: 'active', since }])
}

async function readState(directory: string): Promise<Generation[] | undefined> {
  const text = await readIfPresent(join(directory, FILE), 'key', MAX_BYTES)
  return text === undefined ? undefined : parse(text, directory)
}

function parse(text: string, directory: string): Generation[] {
  requireFormat('ca-rotation', formatIn(text), join(directory, FILE))
  const parsed = CONTENT.safeParse(jsonIn(text))
  if (!parsed.success) throw damaged(directory)
  return parsed.data.map(({ publishedAt, activatedAt, lastLeaf, ...rest }) => ({
    ...rest,
    ...(publishedAt && { publishedAt }),
    ...(activatedAt && { activatedAt }),
    ...(lastLeaf && { lastLeaf }),
  }))
}

/** Replaces `rotation.json` in one step. */
export async function writeGenerations({ directory, all }: Generations): Promise<void> {
  await replaceFile(join(directory, FILE), `${JSON.stringify(all, undefined, 2)}\n`)
}

/** Does one step of a rotation at a time. @throws {SecretError} `conflict` if another process does one */
export async function stepOf<T>(
  path: string,
  step: (generations: Generations) => Promise<T>,
): Promise<T> {
  const directory = resolve(path)
  await checkKeystoreDirectory(directory)
  const lock = join(directory, LOCK)
  const release = await takeProcessLock(lock).catch((error: unknown) => {
    throw explained(lock, error)
  })
  try {
    await removeUnborn(directory)
    return await step(await readGenerations(directory))
  } finally {
    await release()
  }
}

/** Drafts of generations that a killed step has left, with their keys: the next step may have another number. */
const UNBORN = /^\.generation-\d+\.(?:new-\w+|lock)$/

async function removeUnborn(directory: string): Promise<void> {
  for (const name of (await readdir(directory)).filter((each) => UNBORN.test(each))) {
    await rm(join(directory, name), { recursive: true, force: true })
  }
}

/** Records a step in the biography of a key, before it is done, so that none that is killed is missing there; default the active key. */
export async function recordStep(
  generations: Generations,
  event: LifeEvent,
  one: Generation = generations.active,
): Promise<void> {
  const directory = generations.placeOf(one)
  await recordLife({ directory, identity: await identityIn(directory) }, event)
}

/** Removes a generation that is not published, with its key: nothing was issued by it. @returns the others */
export async function removeNext(generations: Generations, one: Generation): Promise<Generations> {
  await recordStep(generations, { action: 'rotate-abort', details: { next: one.generation } })
  await rm(generations.placeOf(one), { recursive: true, force: true })
  const others = generations.all.filter(({ generation }) => generation !== one.generation)
  const left = new Generations(generations.directory, others)
  await writeGenerations(left)
  return left
}

/** The identity of the key of a keystore, as its envelope or the reference to its token states it, without a passphrase. */
export async function identityIn(directory: string): Promise<KeyIdentity> {
  if (await isInToken(directory)) {
    return (await readReference(directory, await certificateIn(directory))).identity
  }
  return parseEnvelope(await readKeystoreFile(directory, 'key')).identity
}

/** The certificate of a generation. */
export async function certificateIn(directory: string): Promise<CaCertificate> {
  return parseCaChain(await readKeystoreFile(directory, 'certificate'))
}

/** The keystores of a CA that a service opens. */
export interface OpenedGenerations {
  /** That of the generation that issues. */
  readonly active: string
  /** Those that sign revocation lists alone. */
  readonly forLists: readonly string[]
}

/**
 * Finds the keystores that a service of this CA opens: the active generation, which takes effect when the service is started, and those that
 * sign lists alone. Each must be the one that the rotation made, with the whole biography of its key, and the active one must not have been replaced
 * since.
 *
 * @throws {SecretError} `refused` with the reason `generation` for another key in the place of a generation, or one that was replaced, or `biography`
 *   for one that was cut, edited, is absent or that of another key;
 *   `malformed` for a damaged `rotation.json`; and as `openCaKeystore`
 *
 * @example
 * ```ts
 * const { active, forLists } = await findGenerations('/var/lib/vpn-ca')
 * ```
 */
export async function findGenerations(directory: string): Promise<OpenedGenerations> {
  const place = resolve(directory)
  await checkKeystoreDirectory(place)
  const all = await readState(place)
  await checkNoneForgotten(place, all ?? [])
  // Without a rotation there is nothing to compare the keystore with, and it is opened as it is.
  if (all === undefined && !(await wasReplaced(place))) {
    await checkLife(place)
    return { active: place, forLists: [] }
  }
  const generations = await readGenerations(place)
  const others = generations.in('published', 'crl-only')
  for (const one of [generations.active, ...others]) {
    await checkGeneration(one, generations.placeOf(one))
    await checkLife(generations.placeOf(one))
  }
  const active = generations.placeOf(generations.active)
  if (await wasReplaced(active)) throw replaced(active)
  return { active, forLists: others.map((one) => generations.placeOf(one)) }
}

/** A generation with a certificate was in the state once: without it, no service would renew its list. */
async function checkNoneForgotten(directory: string, all: readonly Generation[]): Promise<void> {
  const known = all.map(({ generation }) => `generation-${generation}`)
  const names = (await readdir(directory)).filter((name) => /^generation-\d+$/.test(name))
  for (const name of names.filter((each) => !known.includes(each))) {
    if ((await stat(join(directory, name, FILES.certificate)).catch(ifMissing)) === undefined)
      continue
    const message = `${directory} has the folder ${name}, of which ${FILE} has nothing: ${FILE} is absent or older. Restore it from the newest backup: cp BACKUP/${FILE} ${directory}`
    throw new SecretError('refused', message, { directory, reason: 'rotation' })
  }
}

/** A key is used with its whole life alone: the log states when it was replaced, and which escrow it has. */
async function checkLife(directory: string): Promise<void> {
  const { verdict } = await readMendedBiography(directory)
  if (!verdict.ok) throw biographyNotSound(verdict.reason)
}

async function checkGeneration({ generation, spki }: Generation, place: string): Promise<void> {
  const identity = await identityIn(place)
  checkIdentity(identity, await certificateIn(place))
  if (identity.generation === generation && identity.spki === spki) return
  const message = `${place} has another key than generation ${generation}, which belongs there; restore the newest backup of the directory`
  throw new SecretError('refused', message, { directory: place, reason: 'generation' })
}

/** Events in the biography of the key that is replaced, and that is active again. */
export const REPLACED = 'rotate-replaced'
export const ROLLED_BACK = 'rotate-rolled-back'

/** Whether a later generation has taken the place of a key, by its biography. */
export async function wasReplaced(directory: string): Promise<boolean> {
  const { entries } = await readBiography({ directory })
  const last = entries.findLast(({ action }) => action === REPLACED || action === ROLLED_BACK)
  return last?.action === REPLACED
}

/** The clock of a step. */
export interface StepOptions {
  /** The keystore of the first generation. */
  readonly directory: string
  readonly clock?: Clock
}

function damaged(directory: string): SecretError {
  const path = join(directory, FILE)
  const message = `${path} is not the state of a rotation; restore it with the directory from the newest backup`
  return new SecretError('malformed', message, { path, reason: 'rotation' })
}

function replaced(directory: string): SecretError {
  const message =
    `a later generation has replaced the key in ${directory}, and ${FILE} is older than that; restore ${FILE} and the later ` +
    'generation from the newest backup, or roll back: rekey ca rotate rollback'
  return new SecretError('refused', message, { directory, reason: 'generation' })
}

/** A generation, and its certificate. */
export interface InspectedGeneration extends Generation {
  /** PEM; one that is requested has none yet. */
  readonly certificate?: string
  /** Its keystore. */
  readonly directory: string
}

/** Reads the generations of a CA with their certificates, without a passphrase. @throws {SecretError} as {@link findGenerations} */
export async function inspectGenerations(directory: string): Promise<InspectedGeneration[]> {
  const generations = await readGenerations(directory)
  return Promise.all(
    generations.all.map(async (one) => {
      const place = generations.placeOf(one)
      if (one.state === 'requested') return { ...one, directory: place }
      const { certificate } = await certificateIn(place)
      return { ...one, certificate, directory: place }
    }),
  )
}

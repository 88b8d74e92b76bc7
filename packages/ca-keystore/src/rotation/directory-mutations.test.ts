// @lane servers
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { type Secret, SecretError } from '@rekey/secret'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import { beforeAll, expect, it } from 'vitest'
import { backUp, held } from '../../test/backup/backup.support.ts'
import { days, freshPath, newIntermediate, openHeld, orderFor } from '../../test/ca.support.ts'
import { newSerial } from '../../test/crl/crl.support.ts'
import {
  type CaKeystore,
  findGenerations,
  openRevocationLists,
  prepareGeneration,
  publishGeneration,
} from '../index.ts'
import { createEscrow, type KeyAlgorithm } from '../internal.ts'

replaceScrypt()

/** An error states what to do now. */
const REMEDY = /restore|put|remove|cp |rekey |correct/i

interface Place {
  /** Has `ca`, the keystore, and `lists`. */
  readonly base: string
  /** The same, some time before. */
  readonly older: string
  readonly passphrase: Secret
  readonly chain: string
  readonly serials: readonly string[]
}

let own: Place
let other: Place
beforeAll(async () => {
  own = await newPlace('ecdsa-p256')
  other = await newPlace('ed25519')
}, 60_000)

/** A CA in use: with certificates, revocations, an escrow and a next generation. */
async function newPlace(algorithm: KeyAlgorithm): Promise<Place> {
  const { directory, passphrase, ca, root } = await newIntermediate(algorithm)
  await ca.close()
  const [base, older] = [freshPath(), freshPath()]
  await mkdir(join(base, 'lists'), { recursive: true, mode: 0o700 })
  await cp(directory, join(base, 'ca'), { recursive: true })
  const rootLists = { keystores: [root], directory: join(base, 'lists'), validityMs: days(366) }
  await (await openRevocationLists(rootLists)).close()
  const [one, two] = [newSerial(), newSerial()]
  const place = { directory: join(base, 'ca'), passphrase }
  await run(base, passphrase, one)
  await escrowOf(place)
  await prepareGeneration({ ...place, parent: root })
  await cp(base, older, { recursive: true })
  const published = { lists: join(base, 'lists'), bundle: join(base, 'ca-bundle.pem') }
  await publishGeneration({ ...place, ...published, passphrase: held(passphrase) })
  await escrowOf(place)
  await run(base, passphrase, two)
  await run(base, passphrase)
  return { base, older, passphrase, chain: ca.chain, serials: [one, two] }
}

async function escrowOf({ directory, passphrase }: { directory: string; passphrase: Secret }) {
  await createEscrow({
    ...{ directory, passphrase: held(passphrase), threshold: 2, holders: ['Alice', 'Bob'] },
    deliver: () => Promise.resolve(),
  })
}

/** One start of a service, which issues a certificate and publishes lists. @returns the revoked serials, and the chain */
async function run(base: string, passphrase: Secret, revoked?: string) {
  const { active, forLists } = await findGenerations(join(base, 'ca'))
  const keystores: CaKeystore[] = []
  try {
    for (const directory of [active, ...forLists]) {
      keystores.push(await openHeld({ directory, passphrase }))
    }
    const directory = join(base, 'lists')
    await using lists = await openRevocationLists({ keystores, directory })
    if (revoked) await lists.revoke([{ serial: revoked }])
    await lists.renew()
    const [first] = keystores
    await first?.issueCertificate(orderFor())
    return { published: await lists.read(), chain: first?.chain }
  } finally {
    for (const keystore of keystores) await keystore.close()
  }
}

/** Of a file: another CA's, an older one, or none. */
async function mutate(base: string, file: string, source: string | undefined): Promise<boolean> {
  const path = join(base, file)
  const text = source === undefined ? undefined : await readFile(source).catch(() => undefined)
  if (source !== undefined && (text === undefined || text.equals(await readFile(path))))
    return false
  await rm(path)
  if (source !== undefined) await cp(source, path)
  return true
}

/** How a start and a backup judge a place: an error must name what to do. */
async function judge(base: string): Promise<string> {
  try {
    const { published, chain } = await run(base, own.passphrase)
    if (chain !== own.chain) return 'USED IN SILENCE'
    const isWhole = own.serials.every((serial) => published?.serials.has(serial))
    if (!isWhole || published?.lists.length !== 3) return 'USED IN SILENCE'
    const lists = join(base, 'lists', await listFolder(base))
    await backUp({ directory: join(base, 'ca'), passphrase: held(own.passphrase), lists })
    return 'healed'
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    return REMEDY.test(error.message) ? 'refused' : `refused without a remedy: ${error.message}`
  }
}

async function listFolder(base: string): Promise<string> {
  const names = await readdir(join(base, 'lists'))
  const texts = await Promise.all(
    names.map((name) => readFile(join(base, 'lists', name, 'ca.crt'), 'utf8').catch(() => '')),
  )
  return names[texts.indexOf(own.chain)] ?? expect.fail('the CA has a folder')
}

/** The file of another CA in the same place: its folder of lists has another name. */
async function foreignOf(file: string): Promise<string> {
  const [top = '', folder = '', name] = file.split('/')
  if (top !== 'lists' || name === undefined) return join(other.base, file)
  expect(folder).not.toBe('')
  const names = await readdir(join(other.base, 'lists'))
  const texts = await Promise.all(
    names.map((each) =>
      readFile(join(other.base, 'lists', each, 'ca.crt'), 'utf8').catch(() => ''),
    ),
  )
  return join(other.base, 'lists', names[texts.indexOf(other.chain)] ?? '', name)
}

it('K37: each file of a CA directory that is swapped, older or absent is healed or refused, never used in silence', async () => {
  const all = (await readdir(own.base, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(own.base, join(entry.parentPath, entry.name)))
    .filter((file) => !/\/record\/|\.lock|requests|ca-bundle/.test(file))
  const outcomes = new Map<string, string>()
  for (const file of all.toSorted()) {
    const sources = [await foreignOf(file), join(own.older, file), undefined]
    const states: string[] = []
    for (const source of sources) {
      const base = freshPath()
      await cp(own.base, base, { recursive: true })
      states.push((await mutate(base, file, source)) ? await judge(base) : 'same')
      await rm(base, { recursive: true })
    }
    outcomes.set(file, states.join(' '))
  }
  expect(
    [...outcomes].filter(([, found]) => !/^(?:(?:same|healed|refused) ?){3}$/.test(found)),
  ).toEqual([])
  expect(Object.fromEntries([...outcomes].filter(([file]) => dirname(file) === 'ca'))).toEqual({
    'ca/biography.head': 'refused healed refused',
    'ca/biography.log': 'refused refused refused',
    'ca/ca.clock': 'healed same healed',
    'ca/ca.crt': 'refused same refused',
    'ca/ca.key': 'refused same refused',
    'ca/crl.number': 'same refused refused',
    'ca/crl.state': 'refused healed healed',
    'ca/escrow.json': 'refused refused refused',
    'ca/rotation.json': 'refused healed refused',
  })
}, 300_000)

// @lane servers
import { cp, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock } from '@rekey/secret'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import { beforeAll, expect, it } from 'vitest'
import { held } from '../../test/backup/backup.support.ts'
import {
  days,
  failureOf,
  freshPath,
  newIntermediate,
  newPassphrase,
  openHeld,
} from '../../test/ca.support.ts'
import { makeFolder } from '../crl/revocation-lists.ts'
import {
  activateGeneration,
  type CaKeystore,
  findGenerations,
  openRevocationLists,
  prepareGeneration,
  publishGeneration,
} from '../index.ts'
import { retireGeneration, rollBackRotation, listFolderOf } from '../internal.ts'
import { certificateIn } from './generations.ts'

replaceScrypt()

let base: string
let made: Awaited<ReturnType<typeof newIntermediate>>
beforeAll(async () => {
  made = await newIntermediate()
  base = freshPath()
  await mkdir(join(base, 'lists'), { recursive: true, mode: 0o700 })
  await mkdir(join(base, 'others'))
  await cp(made.directory, join(base, 'ca'), { recursive: true })
  for (const keystore of [made.root, made.ca]) {
    const place = { keystores: [keystore], directory: join(base, 'lists') }
    await (await openRevocationLists({ ...place, validityMs: days(366) })).close()
  }
  // The number of the list is beside the key.
  await cp(join(made.directory, 'crl.number'), join(base, 'ca/crl.number'))
  const next = { directory: join(base, 'ca'), passphrase: made.passphrase }
  await prepareGeneration({ ...next, parent: made.root })
})

/** A CA whose next generation is prepared. */
async function newPlace() {
  const at = freshPath()
  await cp(base, at, { recursive: true })
  const clock = createFakeClock(Date.now())
  const [directory, lists] = [join(at, 'ca'), join(at, 'lists')]
  const passphrase = held(made.passphrase)
  const place = { directory, lists, bundle: join(at, 'ca-bundle.pem'), clock, passphrase }
  /** Starts the service, which must publish, with a list of each CA, then and `later` milliseconds after. */
  const serve = async (later: number) => {
    clock.jump(later)
    const { active, forLists } = await findGenerations(directory)
    const keystores: CaKeystore[] = []
    for (const each of [active, ...forLists]) {
      keystores.push(await openHeld({ directory: each, passphrase: made.passphrase, clock }))
    }
    const opened = await openRevocationLists({ keystores, directory: lists, clock })
    await opened.renew()
    const { lists: published = [] } = (await opened.read()) ?? {}
    await opened.close()
    for (const keystore of keystores) await keystore.close()
    return published.length
  }
  return { at, place, serve }
}

it.each([
  ['passphrase', () => ({ passphrase: held(newPassphrase()) })],
  ['--bundle', (at: string) => ({ bundle: join(at, 'none/ca-bundle.pem') })],
  ['--bundle, a directory', (at: string) => ({ bundle: join(at, 'others') })],
  ['--lists', (at: string) => ({ lists: join(at, 'others') })],
])(
  'K38: a mistyped %s of publish changes nothing, and the lists go on after months',
  async (_, mistyped) => {
    const { at, place, serve } = await newPlace()
    const wrong = { ...place, ...mistyped(at) }
    await failureOf(() => publishGeneration(wrong))
    expect(await readdir(join(at, 'others'))).toEqual([])
    expect(await serve(0)).toBe(2)
    expect(await serve(days(100))).toBe(2)
    await publishGeneration(place)
    expect(await serve(0)).toBe(3)
    expect(await serve(days(100))).toBe(3)
  },
)

it('K38: what an earlier version left of a failed publication is rolled back with it', async () => {
  const { place, serve } = await newPlace()
  const ca = await certificateIn(join(place.directory, 'generation-2'))
  await makeFolder(listFolderOf(place.lists, ca), ca)
  await rollBackRotation(place)
  expect(await serve(days(100))).toBe(2)
})

it('K38: a mistyped passphrase or folder of the later steps changes nothing, and the step can be repeated', async () => {
  const { at, place, serve } = await newPlace()
  const others = join(at, 'others')
  const sure = () => ({ minPublishedMs: 0, drilledAt: new Date(place.clock.now()) })
  await publishGeneration(place)
  await failureOf(() => rollBackRotation({ ...place, lists: others }))
  const wrong = { ...place, ...sure(), passphrase: held(newPassphrase()) }
  await failureOf(() => activateGeneration(wrong))
  await failureOf(() => activateGeneration({ ...place, ...sure(), lists: others }))
  expect(await serve(0)).toBe(3)
  await activateGeneration({ ...place, ...sure() })
  await failureOf(() => retireGeneration({ ...place, issued: '', lists: others }))
  await failureOf(() => retireGeneration({ ...place, issued: '', bundle: join(at, 'none/b.pem') }))
  expect(await serve(days(100))).toBe(3)
  await rollBackRotation(place)
  expect(await serve(0)).toBe(3)
  expect(await readdir(others)).toEqual([])
})

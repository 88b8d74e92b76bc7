import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { SHOP } from '../../test/family/family.support.ts'
import { defineFamily, loadFamily } from './index.ts'
import { findFamily, secretsOf } from './internal.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-family-'))
  onTestFinished(() => rm(directory, { recursive: true }))
})

const write = async (name: string, content: unknown) => {
  const path = join(directory, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

it('finds the declaration at the top of a repository, in JSON or as a module', async () => {
  const path = await write('family.json', { $schema: './family.schema.json', ...SHOP })
  expect(await findFamily(directory)).toMatchObject({ path, family: defineFamily(SHOP) })
  await rm(path)
  await write('family.js', `export const family = ${JSON.stringify(SHOP)}`)
  expect(await loadFamily(directory)).toEqual(defineFamily(SHOP))
})

it('adds to a family what a deployment declares, and replaces what it declares anew', async () => {
  await write('family.json', SHOP)
  const store = { locator: 'vault:secret/shop', variables: {} }
  const path = await write('deployment.json', { extends: 'family.json', store, journal: 'archive' })
  expect(await loadFamily(path)).toEqual({ ...defineFamily(SHOP), store, journal: 'archive' })
})

it('adds to a family that a module declares', async () => {
  await write('family.ts', `export const family: object = ${JSON.stringify(SHOP)}`)
  const path = await write('deployment.json', { extends: 'family.ts', journal: 'archive' })
  expect(await loadFamily(path)).toEqual({ ...defineFamily(SHOP), journal: 'archive' })
})

it('runs no module where none may be run', async () => {
  await write('family.js', 'throw new Error("it was run")')
  const path = await write('deployment.json', { extends: 'family.js' })
  for (const place of [path, join(directory, 'family.js')]) {
    await expect(findFamily(place, { runsModules: false })).rejects.toThrow('name a file of JSON')
  }
})

const KIND = `
  export const licenceKind = {
    kind: 'licence', parties: ['service'], spec: {}, storeName: (service) => 'LICENCE_' + service.toUpperCase(),
    lifeOf: () => ({}),
  }
  export const other = 1`
const WITH_KIND = { ...SHOP, kinds: ['./licence.mjs'], secrets: { licence: ['billing'] } }

it('takes kinds from the modules that JSON names, of its own folder and of what it extends', async () => {
  await write('licence.mjs', KIND)
  await write('family.json', WITH_KIND)
  const path = await write('deployment.json', { extends: 'family.json', journal: 'archive' })
  for (const place of [directory, path]) {
    const family = await loadFamily(place)
    expect(secretsOf(family).map(({ name }) => name)).toContain('LICENCE_BILLING')
    expect(family).not.toHaveProperty('kinds')
  }
})

it('reads of a family whose modules may not be run what needs none', async () => {
  await write('licence.mjs', 'throw new Error("it was run")')
  const hold = { kinds: ['licence'], at: 'after-confirm' }
  const path = await write('family.json', { ...WITH_KIND, policy: { holds: [hold] } })
  const { family } = await findFamily(path, { runsModules: false })
  expect(family.services).toEqual(SHOP.services)
  expect(secretsOf(family).map(({ name }) => name)).not.toContain('LICENCE_BILLING')
})

it.each<[string, string, unknown]>([
  ['no list', 'list the modules that bring kinds', './licence.mjs'],
  ['no text', 'kinds[0]: name a package or a file', [1]],
  ['a file that is not there', 'kinds[0]: it cannot be imported', ['./gone.mjs']],
  ['a package that is not installed', 'kinds[0]: it cannot be imported', ['@rekey/gone/rotate']],
  ['a module without a kind', 'kinds[0]: it brings no kind', ['./none.mjs']],
  ['a kind twice', 'kinds[1]: the kind licence exists already', ['./licence.mjs', './licence.mjs']],
  ['a kind of every family', 'kinds[0]: the kind api-key exists already', ['./taken.mjs']],
])('kinds with %s are refused: %s', async (_, message, kinds) => {
  await write('licence.mjs', KIND)
  await write('none.mjs', 'export const other = 1')
  await write('taken.mjs', KIND.replace("'licence'", "'api-key'"))
  await write('family.json', { ...SHOP, kinds })
  await expect(loadFamily(directory)).rejects.toThrow(message)
})

it('a file that is not there does not exist', async () => {
  await expect(loadFamily(join(directory, 'gone.json'))).rejects.toThrow('it does not exist')
  await expect(loadFamily(join(directory, 'gone.ts'))).rejects.toThrow('it does not exist')
})

it.each([
  ['no file', [], 'it holds no family: write family.json or family.ts or family.js there'],
  ['two files', ['family.json', 'family.js'], 'it holds family.json and family.js: keep one'],
])('says what to do where a directory holds %s', async (_what, names, message) => {
  for (const name of names) await write(name, SHOP)
  await expect(loadFamily(directory)).rejects.toThrow(message)
})

it.each([
  ['family.json', '{\n  "services": [],\n}', 'it is no JSON at line 3, column 1: correct it there'],
  ['family.json', { extends: './gone.json' }, 'it does not exist'],
  ['family.json', { extends: './gone.ts' }, 'it does not exist'],
  ['family.json', { extends: './family.json' }, 'name one file, which extends no other'],
  ['family.js', 'export const other = 1', 'it exports no family'],
  ['family.js', "import 'nonesuch'", 'the package nonesuch is not installed: npm install nonesuch'],
  ['family.js', 'throw new Error("x")', 'it cannot be imported'],
])('says what is wrong with %s: %j', async (name, content, message) => {
  await expect(loadFamily(await write(name, content))).rejects.toThrow(message)
})

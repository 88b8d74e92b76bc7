import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { issueApiKey } from '@rekey/api-key-auth'
import { runSourceFlags } from '@rekey/testbed'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runProgram } from '../../test/commands/run-program.support.ts'

const at = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href)
const MAIN = join(import.meta.dirname, '../main.ts')
const STORES = at('../../../config-loader/src/store/index.ts')

/** A store of another repository, which keeps its secrets in a file, in the variable that the family gives it. */
const STORE = `
  import { writeFileSync } from 'node:fs'
  import { openDotenvStore } from ${STORES}
  const open = async (place, { env }) => {
    writeFileSync(env.SHELF_DIRECTORY + '/opened', place)
    const store = await openDotenvStore({ path: env.SHELF_DIRECTORY + '/' + place })
    return Object.assign(store, { locator: 'shelf:' + place, rightsToRead: undefined })
  }
  export const shelf = {
    scheme: 'shelf', place: 'a file, as in shelf:secrets', open,
    rights: (place, { who, read, rotate }) => [place, who, ...read, '|', ...rotate].join(' '),
  }
  export const glass = { ...shelf, scheme: 'glass', readOnly: 'glass is only read: write to the shelf' }
  export const liar = { scheme: 'liar', place: 'a file', open: (...of) => open(...of).then(({ locator, read }) => ({ locator, read })) }
  export const rude = { scheme: 'rude', place: 'a word', open: (place, { env }) => { throw new Error(env.SHELF_TOKEN) } }`
/** A kind whose far side believes everything, so that the store alone matters. */
const KIND = `
  import { defineKind } from ${at('../../../secret/src/kind/index.ts')}
  import { Secret } from ${at('../../../secret/src/index.ts')}
  const storeName = (service) => 'LICENCE_' + service.toUpperCase()
  const rule = { kind: 'licence', rule: 'a text', access: { end: 'owner' }, minLength: 8, nameFor: storeName }
  const owner = () => ({ ...rule, parse: (text) => ({ value: text, sensitive: [text], nonProduction: true }) })
  const done = () => Promise.resolve()
  export const licence = defineKind({
    kind: 'licence', parties: ['service'], spec: { owner }, storeName, schedule: { rotateAfterMs: 1e6, staggerMs: 0 },
    rotationOf: ({ name }) => ({
      kind: 'licence', name, plan: async () => ({ generate: 'another' }),
      generate: async () => Secret.of('dev-' + crypto.randomUUID(), name),
      admit: done, prove: done, confirm: done, revoke: done, abort: done,
    }),
  })`
const DEFINITION = `
  import { defineService } from ${at('../../../config-loader/src/index.ts')}
  import { apiKeyTo } from ${at('../../../api-key-auth/src/index.ts')}
  import { z } from ${JSON.stringify(import.meta.resolve('zod'))}
  export const definition = defineService({ name: 'shop', settings: z.object({}), secrets: { stock: apiKeyTo('stock') } })`
const NAME = 'API_KEY_SHOP_STOCK'

let directory: string
let token: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-own-store-'))
  token = randomBytes(24).toString('base64url')
  await write('shelf.mjs', STORE)
  await write('licence.mjs', KIND)
  await writeFamily('shelf:secrets')
})
afterEach(() => rm(directory, { recursive: true }))

const write = (name: string, text: string) => writeFile(join(directory, name), text)
const family = ['--family', 'family.json']
const opened = () => readFile(join(directory, 'opened'), 'utf8').catch(() => undefined)

function writeFamily(locator: string): Promise<void> {
  const urls = { url: 'http://127.0.0.1:1', healthUrl: 'http://127.0.0.1:1' }
  const declared = {
    ...{ services: ['shop', 'stock'], stores: ['./shelf.mjs'], environment: 'development' },
    ...{ kinds: ['./licence.mjs'], secrets: { 'api-key': ['shop:stock'], licence: ['shop'] } },
    store: { locator, variables: { SHELF_DIRECTORY: directory } },
    fleet: [
      { service: 'shop', ...urls },
      { service: 'stock', ...urls },
    ],
    ...{ journal: 'store', validationMs: 0, auditDirectory: join(directory, 'audit') },
  }
  return write('family.json', JSON.stringify(declared))
}

const variables = () => ({
  ...{ SHELF_DIRECTORY: directory, SHELF_TOKEN: token, REKEY_SECRETS: 'shelf:secrets' },
  ...{ REKEY_ENVIRONMENT: 'development', PATH: process.env['PATH'] ?? '' },
})

/** Types a command in the folder of the family. */
const type = (words: string[], stdin?: string) =>
  runProgram(words, { cwd: directory, stdin, env: variables() })

/** The same in a process of its own, whose environment it may overwrite. */
const start = (words: string[]) =>
  promisify(execFile)(process.execPath, [...runSourceFlags(), MAIN, ...words], {
    cwd: directory,
    env: variables(),
  })

it('a family reads, issues, inspects and rotates its secrets in a store of its own', async () => {
  await write('secrets.mjs', DEFINITION)
  const of = ['--definition', 'secrets.mjs']
  const rights = await type(['rights', 'shelf:secrets'])
  expect(rights.output).toContain(`secrets shop ${NAME} LICENCE_SHOP |`)
  expect(rights.output).toContain(`secrets rotator | ${NAME} LICENCE_SHOP REKEY_ROTATION_${NAME}`)
  expect(await opened()).toBeUndefined()

  const issued = await type(['issue', 'api-key', 'shop:stock', '--store', 'shelf:secrets'])
  expect(issued).toMatchObject({ code: 0 })
  const doctor = await type(['doctor', 'shop', ...of, '--json'])
  expect(doctor.lines()).toMatchObject([{ type: 'secret', name: NAME, sound: true }])
  expect(doctor.lines()[0]?.['rights']).toEqual([`secrets reader ${NAME} |`])
  const child = `console.log(process.env.${NAME} !== undefined)`
  const ran = await start(['run', 'shop', ...of, '--', process.execPath, '-e', child])
  expect(ran.stdout).toBe('true\n')

  expect((await type(['status', '--json', ...family])).output).toContain(NAME)
  const first = `dev-${token}`
  const licence = ['import', 'LICENCE_SHOP', '--store', 'shelf:secrets']
  expect(await type(licence, first)).toMatchObject({ code: 0 })
  expect(await type(['rotate', 'licence', 'shop', ...family])).toMatchObject({ code: 0 })
  const kept = await readFile(join(directory, 'secrets'), 'utf8')
  expect(kept).toMatch(/^LICENCE_SHOP='?dev-/m)
  expect(kept).not.toContain(first)
})

it.each(['glass:secrets', 'liar:secrets'])(
  'no rotation begins with %s, which cannot be written',
  async (locator) => {
    const { text } = issueApiKey({ environment: 'dev' })
    const before = `${NAME}=${text.expose()}\n`
    await write('secrets', before)
    await writeFamily(locator)
    const rotated = await type(['rotate', 'api-key', 'shop:stock', ...family])
    expect(rotated.code).not.toBe(0)
    expect(rotated.output).toMatch(/glass is only read: write to the shelf|liar opens no store/)
    expect(await readFile(join(directory, 'secrets'), 'utf8')).toBe(before)
    await expect(access(join(directory, 'audit'))).rejects.toThrow()
    if (locator.startsWith('glass')) expect(await opened()).toBeUndefined()
  },
)

it('no error of the module of a store is shown, since it may hold anything', async () => {
  const failed = await type(['issue', 'api-key', 'shop:stock', '--store', 'rude:word'])
  expect(failed.output).toContain('the store rude was not opened')
  expect(failed.output).not.toContain(token)
})

it.each<[string, unknown, string]>([
  ['no list', './shelf.mjs', 'list the modules that bring stores'],
  ['a module without one', ['./none.mjs'], 'stores[0]: it brings no store'],
  ['one twice', ['./shelf.mjs', './shelf.mjs'], 'stores[1]: the store shelf exists already'],
  ['a built-in one', ['./taken.mjs'], 'stores[0]: the store vault exists already'],
])('stores with %s are refused: %j', async (_, stores, message) => {
  await write('none.mjs', 'export const other = 1')
  await write('taken.mjs', `export const taken = { scheme: 'vault', open() {} }`)
  await write('family.json', JSON.stringify({ services: ['shop'], stores }))
  expect((await type(['rights', 'vault:secret/shop'])).output).toContain(message)
})

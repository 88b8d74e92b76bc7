import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '@rekey/config-loader/store'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runProgram } from '../../test/commands/run-program.support.ts'

let cwd: string
let locator: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'rekey-import-'))
  locator = `dotenv:${join(cwd, '.env')}`
})
afterEach(() => rm(cwd, { recursive: true }))

it('creates the value of standard input in the store, and prints it nowhere', async () => {
  const value = `dev-${randomBytes(24).toString('base64url')}`
  const args = ['import', 'MEMBERS_ADAPTER', '--store', locator]
  const run = await runProgram([...args, '--json'], { cwd, stdin: `${value}\n` })
  expect(run.lines()).toEqual([{ type: 'imported', name: 'MEMBERS_ADAPTER', store: locator }])
  expect(run.output).not.toContain(value)
  await using store = await openStore(locator, { env: {} })
  expect((await store.read('MEMBERS_ADAPTER')).current.value.expose()).toBe(value)
  const again = await runProgram(args, { cwd, stdin: 'other' })
  expect(again).toMatchObject({
    code: 2,
    output: expect.stringContaining('has MEMBERS_ADAPTER already: rotate it') as string,
  })
})

it('takes the names of the family alone: of its services, and of its rotator', async () => {
  const family = {
    services: ['shop'],
    databases: [{ service: 'shop' }],
    servers: { main: { admin: 'SHOP_ROTATOR' } },
  }
  await writeFile(join(cwd, 'family.json'), JSON.stringify(family))
  const add = (name: string) =>
    runProgram(['import', name, '--store', locator], { cwd, stdin: 'dev-text' })
  expect((await add('DATABASE_SHOP')).code).toBe(0)
  expect((await add('SHOP_ROTATOR')).code).toBe(0)
  expect(await add('DATABASE_SHOPS')).toMatchObject({
    code: 2,
    output: expect.stringContaining('name one of: DATABASE_SHOP, SHOP_ROTATOR') as string,
  })
})

it.each([
  ['\n', 1, 'stdin is empty'],
  [undefined, 1, 'the secret is read from stdin: pipe it in, as in: rekey import KEY --store'],
])('takes no value from %j', async (stdin, code, message) => {
  const run = await runProgram(['import', 'KEY', '--store', locator], { cwd, stdin })
  expect(run).toMatchObject({ code, output: expect.stringContaining(message) as string })
})

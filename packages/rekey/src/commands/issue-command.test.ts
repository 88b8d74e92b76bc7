import { readFile, stat, writeFile, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, afterEach, expect, it } from 'vitest'
import { runProgram } from '../../test/commands/run-program.support.ts'

let cwd: string
beforeEach(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), 'rekey-issue-')))
})
afterEach(() => rm(cwd, { recursive: true }))

const valueIn = async (file: string, name: string) =>
  new RegExp(`^${name}=(.*)$`, 'm').exec(await readFile(join(cwd, file), 'utf8'))?.[1] ?? ''

it('issues one API key into the .env files of both its holders, marked for development and shown nowhere', async () => {
  await writeFile(join(cwd, 'a.env'), 'PORT=1')
  const run = await runProgram(
    ['issue', 'api-key', 'web-shop:stock', '--env', 'a.env', '--env', 'b.env'],
    { cwd },
  )
  expect(run.code).toBe(0)
  const value = await valueIn('a.env', 'API_KEY_WEB_SHOP__STOCK')
  expect(value).toMatch(/^rk_dev_/)
  expect(await valueIn('b.env', 'API_KEY_WEB_SHOP__STOCK')).toBe(value)
  expect(await readFile(join(cwd, 'a.env'), 'utf8')).toContain('PORT=1\n')
  expect((await stat(join(cwd, 'b.env'))).mode & 0o777).toBe(0o600)
  expect(run.output).not.toContain(value)
})

it.each([
  ['oidc-client', 'web-shop', /^dev-.{43}$/],
  ['integration', 'web-shop:smtp', /^dev-.{43}$/],
  ['ca-passphrase', 'stock', /^dev-\w{4}-/],
])('issues a value of the kind %s', async (kind, secret, form) => {
  const run = await runProgram(['issue', kind, secret, '--out', 'value', '--json'], { cwd })
  expect(run.lines()).toEqual([expect.objectContaining({ kind, secret, nonProduction: true })])
  expect(await readFile(join(cwd, 'value'), 'utf8')).toMatch(form)
})

it('issues without the mark for production, through a pipe alone', async () => {
  const { output } = await runProgram(['issue', 'api-key', 'a:b', '--production'], { cwd })
  expect(output).toMatch(/^rk_prod_\S+$/)
})

it.each([
  [['issue', 'api-key', 'a:b', '--json'], '--json prints no value'],
  [['issue', 'api-key', 'a'], 'api-key needs SENDER:RECEIVER'],
  [['issue', 'database', 'a'], 'values of database are not issued here; name one of: api-key,'],
  [['issue', 'nonesuch', 'a'], 'values of that kind are not issued here'],
  [['issue', 'api-key', 'a:b', '--env', 'x', '--out', 'y'], 'cannot be used with option'],
])('exits with 2 for %j', async (args, message) => {
  const run = await runProgram(args, { cwd })
  expect(run).toMatchObject({ code: 2, output: expect.stringContaining(message) as string })
})

it('changes no file if one of them has the name already', async () => {
  await writeFile(join(cwd, 'b.env'), 'export API_KEY_A_B = old\n')
  const run = await runProgram(['issue', 'api-key', 'a:b', '--env', 'a.env', '--env', 'b.env'], {
    cwd,
  })
  expect(run).toMatchObject({
    code: 2,
    output: expect.stringContaining('has API_KEY_A_B already') as string,
  })
  await expect(stat(join(cwd, 'a.env'))).rejects.toThrow('ENOENT')
})

it('gives a key to no holder if one of them cannot get it', async () => {
  const run = await runProgram(
    ['issue', 'api-key', 'a:b', '--env', 'a.env', '--env', 'absent/b.env'],
    { cwd },
  )
  expect(run.code).toBe(1)
  await expect(stat(join(cwd, 'a.env'))).rejects.toThrow('ENOENT')
})

it('creates a value in a store, in which the secret must not be', async () => {
  const locator = `dotenv:${join(cwd, 'shop.env')}`
  const args = ['issue', 'api-key', 'a:b', '--store', locator]
  const run = await runProgram([...args, '--json'], { cwd })
  expect(run.lines()).toEqual([expect.objectContaining({ path: locator })])
  expect(await valueIn('shop.env', 'API_KEY_A_B')).toMatch(/^'rk_dev_/)
  const again = await runProgram(args, { cwd })
  expect(again).toMatchObject({
    code: 2,
    output: expect.stringContaining(`${locator} has API_KEY_A_B already: rotate it`) as string,
  })
})

it.each(['--out', '--env'])('states that the directory of %s is not there', async (flag) => {
  const args = ['issue', 'oidc-client', 'a', flag, 'absent/value']
  const { code, output } = await runProgram(args, { cwd })
  expect({ code, output }).toMatchObject({ code: 1 })
  expect(output).toContain('value cannot be made: its directory does not exist')
})

it('overwrites no file', async () => {
  await writeFile(join(cwd, 'value'), 'kept')
  const run = await runProgram(['issue', 'oidc-client', 'a', '--out', 'value'], { cwd })
  expect(run).toMatchObject({
    code: 1,
    output: expect.stringContaining('is there already') as string,
  })
  expect(await readFile(join(cwd, 'value'), 'utf8')).toBe('kept')
})

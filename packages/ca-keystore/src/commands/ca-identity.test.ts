// @lane servers
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, realpathSync } from 'node:fs'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDotenvStore } from '@rekey/config-loader/store'
import { parseTlsIdentity } from '@rekey/tls-identity'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

const cwd = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-ca-identity-'))
afterAll(() => rm(cwd, { recursive: true }))

const ca = (...args: string[]) => runProgram(['ca', ...args], { cwd })
const identity = (...args: string[]) =>
  ca('identity', 'ca', ...args, '--passphrase-file', 'root.pass')

beforeAll(async () => {
  const named = ['--name', 'Example Development Root', '--passphrase-out', 'root.pass']
  await ca('init-root', 'root', ...named)
  const below = ['--parent', 'root', '--parent-passphrase-file', 'root.pass']
  await ca('create', 'ca', '--name', 'Example Issuing', '--passphrase-file', 'root.pass', ...below)
}, 60_000)

/** Fails unless it is one that a service can serve. */
function leafOf(text: string): X509Certificate {
  return new X509Certificate(parseTlsIdentity(text).chain)
}

it('issues the identity of a service by its name, further hosts and an address, for servers and clients', async () => {
  const hosts = ['--host', 'shop.example.com', '--host', '10.0.0.7', '--hours', '3']
  const { code, output } = await identity('web-shop', ...hosts)
  expect(code).toBe(0)
  const leaf = leafOf(output)
  expect(leaf.subject).toBe('CN=web-shop')
  expect(leaf.subjectAltName).toBe('DNS:web-shop, DNS:shop.example.com, IP Address:10.0.0.7')
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
  expect(leaf.checkIssued(new X509Certificate(await readFile(join(cwd, 'ca/ca.crt'))))).toBe(true)
  const lifeMs = Date.parse(leaf.validTo) - Date.now()
  expect(Math.round(lifeMs / 3_600_000)).toBe(3)
}, 60_000)

it('adds it to a .env file that a store reads, and leaves one alone that has it', async () => {
  await writeFile(join(cwd, '.env'), 'A=1')
  const made = await identity('web-shop', '--env', '.env', '--json')
  expect(made.lines()).toMatchObject([{ type: 'issued', name: 'TLS_WEB_SHOP', hours: 24 }])
  await using store = await openDotenvStore({ path: join(cwd, '.env') })
  expect(leafOf((await store.read('TLS_WEB_SHOP')).current.value.expose()).subject).toBe(
    'CN=web-shop',
  )
  expect((await store.read('A')).current.value.expose()).toBe('1')
  const text = await readFile(join(cwd, '.env'), 'utf8')
  const again = await identity('web-shop', '--env', '.env')
  expect([again.code, again.output]).toEqual([2, expect.stringContaining('already')])
  expect(await readFile(join(cwd, '.env'), 'utf8')).toBe(text)
}, 60_000)

it('makes a file that no one else may read', async () => {
  await identity('web-shop', '--out', 'identity.pem')
  expect((await stat(join(cwd, 'identity.pem'))).mode & 0o777).toBe(0o600)
  expect(leafOf(await readFile(join(cwd, 'identity.pem'), 'utf8')).ca).toBe(false)
}, 60_000)

it.each([
  ['a root, which issues no identities', ['identity', 'root', 'web-shop'], 1],
  ['a service whose name is none', ['identity', 'ca', 'Web_Shop'], 2],
  ['hours that are none', ['identity', 'ca', 'web-shop', '--hours', '0'], 2],
])('refuses %s', async (_name, args, expected) => {
  const { code, output } = await ca(...args, '--passphrase-file', 'root.pass')
  expect(code).toBe(expected)
  expect(output).not.toContain('PRIVATE KEY')
})

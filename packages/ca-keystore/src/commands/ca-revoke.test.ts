import { X509Certificate } from 'node:crypto'
import { mkdtempSync, realpathSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseCrl } from '../internal.ts'
import { afterAll, expect, it } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

const cwd = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-ca-revoke-'))
afterAll(() => rm(cwd, { recursive: true }))

const ca = (...args: string[]) => runProgram(['ca', ...args], { cwd })

const SERIAL = '4f00000000000000000000000000000000000001'
const LISTS = ['lists', 'root', '--lists', 'lists', '--passphrase-file', 'root.pass']

async function published() {
  const text = await readFile(join(cwd, 'lists/crl-bundle.pem'), 'utf8')
  return parseCrl(text, await readFile(join(cwd, 'root/ca.crt'), 'utf8'))
}

it('publishes the list of a root offline for a year, with what was recorded to be revoked', async () => {
  await ca('init-root', 'root', '--name', 'Example Root', '--passphrase-out', 'root.pass')
  const none = await ca('revoke', SERIAL, '--lists', 'lists')
  expect([none.code, none.output]).toEqual([1, expect.stringContaining('missing: ')])
  expect((await ca(...LISTS, '--days', '300')).output).toContain('with 0 certificates')
  const before = await published()
  const days = (before.nextUpdate.getTime() - before.thisUpdate.getTime()) / 86_400_000
  expect(Math.floor(days)).toBe(300)
  const shown = SERIAL.toUpperCase().replace(/..(?=.)/g, '$&:')
  const revoke = ['revoke', shown, '--lists', 'lists', '--reason', 'cACompromise']
  const recorded = await ca(...revoke, '--no-wait', '--json')
  expect(recorded.lines()).toEqual([{ type: 'revoked', serial: SERIAL, outcome: 'recorded' }])
  const { code, lines } = await ca(...LISTS, '--json')
  expect(code).toBe(0)
  expect(lines()).toMatchObject([{ outcome: 'published', revoked: 1 }])
  const after = await published()
  expect(after.number).toBeGreaterThan(before.number)
  expect(after.revoked).toMatchObject([{ serial: SERIAL, reason: 'cACompromise' }])
  const again = await ca(...revoke, '--json')
  expect(again.lines()).toEqual([{ type: 'revoked', serial: SERIAL, outcome: 'published' }])
  const folders = (await readdir(join(cwd, 'lists'))).filter((name) => /^[0-9a-f]{40}$/.test(name))
  expect(folders).toHaveLength(1)
  const chain = await readFile(join(cwd, 'lists', folders[0] ?? '', 'ca.crt'), 'utf8')
  expect(new X509Certificate(chain).subject).toBe('CN=Example Root G1')
})

it('revokes the certificate of a file', async () => {
  const args = ['revoke', '--certificate', 'root/ca.crt', '--lists', 'lists', '--no-wait', '--json']
  const { serialNumber } = new X509Certificate(await readFile(join(cwd, 'root/ca.crt')))
  expect((await ca(...args)).lines()).toMatchObject([{ serial: serialNumber.toLowerCase() }])
})

it.each([
  [['revoke', '--lists', 'lists'], 'which certificate? name its serial'],
  [['revoke', SERIAL, '--lists', 'lists', '--certificate', 'a'], 'which certificate?'],
  [['revoke', 'xyz', '--lists', 'lists'], '1 to 20 octets'],
  [['revoke', SERIAL], "required option '--lists"],
  [['revoke', SERIAL, '--lists', 'lists', '--reason', 'removeFromCRL'], 'Allowed choices'],
  [[...LISTS, '--days', '367'], 'from 1 to 366'],
])('exits with 2 for %j', async (args, words) => {
  const { code, output } = await ca(...args)
  expect(code).toBe(2)
  expect(output).toContain(words)
})

import { X509Certificate } from 'node:crypto'
import { mkdtempSync, realpathSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSigningRequest } from '@rekey/ca-keystore'
import { afterAll, expect, it } from 'vitest'
import { runProgram } from './run-program.test.support.ts'

const cwd = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-ca-sign-'))
afterAll(() => rm(cwd, { recursive: true }))

const ca = (...args: string[]) => runProgram(['ca', ...args], { cwd })
const SIGN = ['sign-intermediate', 'root', '--request', 'ca.csr', '--passphrase-file', 'root.pass']

it('signs an issuing CA by the name that is given, never by that of the request, and no second one of the name', async () => {
  await ca('init-root', 'root', '--name', 'Example Root', '--passphrase-out', 'root.pass')
  await writeFile(join(cwd, 'ca.csr'), createSigningRequest({ commonName: 'Example Root G1' }).csr)
  const named = [...SIGN, '--name', 'Remote CA G1', '--organization', 'Example', '--days', '90']
  const { code, lines } = await ca(...named, '--out', 'remote.crt', '--json')
  expect(code).toBe(0)
  expect(lines()).toMatchObject([{ outcome: 'signed', out: join(cwd, 'remote.crt') }])
  const text = await readFile(join(cwd, 'remote.crt'), 'utf8')
  const own = new X509Certificate(text)
  expect(own.subject).toBe('O=Example\nCN=Remote CA G1')
  expect(own.ca).toBe(true)
  expect(text.endsWith(await readFile(join(cwd, 'root/ca.crt'), 'utf8'))).toBe(true)
  const again = await ca(...named, '--out', 'again.crt')
  expect([again.code, again.output]).toEqual([1, expect.stringContaining('conflict: ')])
  const inside = await ca(...SIGN, '--name', 'Remote CA G2', '--out', 'root/x.crt')
  expect(inside.output).toContain('would lie in the keystore')
}, 60_000)

it('exits with 2 for days that are none', async () => {
  const { code, output } = await ca(...SIGN, '--name', 'A', '--out', 'x', '--days', '0')
  expect([code, output]).toEqual([2, expect.stringContaining('from 1 on')])
})

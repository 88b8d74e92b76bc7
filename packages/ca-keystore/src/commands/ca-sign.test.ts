import { X509Certificate } from 'node:crypto'
import { mkdtempSync, realpathSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSigningRequest } from '../internal.ts'
import { afterAll, expect, it } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

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
  expect([again.code, await readFile(join(cwd, 'again.crt'), 'utf8')]).toEqual([0, text])
  await writeFile(join(cwd, 'ca.csr'), createSigningRequest({ commonName: 'any' }).csr)
  const other = await ca(...named, '--out', 'other.crt')
  expect([other.code, other.output]).toEqual([1, expect.stringContaining('conflict: ')])
}, 60_000)

it('signs nothing if the file for the certificate cannot be made', async () => {
  const issued = async () =>
    (await readdir(join(cwd, 'root'))).filter((name) => name.startsWith('issued'))
  const before = await issued()
  for (const [out, problem] of [
    ['root/x.crt', 'would lie in the keystore'],
    ['remote.crt', 'exists, and is never replaced'],
    ['nowhere/x.crt', 'its directory does not exist'],
  ] as const) {
    const { code, output } = await ca(...SIGN, '--name', 'Remote CA G2', '--out', out)
    expect([code, output]).toEqual([1, expect.stringContaining(problem)])
  }
  expect(await issued()).toEqual(before)
}, 60_000)

it('exits with 2 for days that are none', async () => {
  const { code, output } = await ca(...SIGN, '--name', 'A', '--out', 'x', '--days', '0')
  expect([code, output]).toEqual([2, expect.stringContaining('from 1 on')])
})

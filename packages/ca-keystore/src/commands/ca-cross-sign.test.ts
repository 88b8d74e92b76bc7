import { X509Certificate } from 'node:crypto'
import { mkdtempSync, realpathSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

const cwd = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-ca-cross-'))
afterAll(() => rm(cwd, { recursive: true }))

const ca = (...args: string[]) => runProgram(['ca', ...args], { cwd })
const OWN = ['--passphrase-file', 'old.pass']

it('has an old root sign the CA of a new one under its name and key, once, and no CA that it is above', async () => {
  await ca('init-root', 'old', '--name', 'Old Root', '--passphrase-out', 'old.pass')
  await ca('init-root', 'new', '--name', 'New Root', '--passphrase-out', 'new.pass')
  const parent = ['--parent', 'new', '--parent-passphrase-file', 'new.pass']
  await ca('create', 'vpn', '--name', 'VPN CA', ...parent, '--passphrase-out', 'vpn.pass')
  const across = ['cross-sign', 'old', '--certificate', 'vpn/ca.crt', ...OWN]
  expect(await ca(...across, '--out', 'cross.crt')).toMatchObject({ code: 0 })
  const read = async (name: string) => new X509Certificate(await readFile(join(cwd, name)))
  const [own, signed, old] = [
    await read('vpn/ca.crt'),
    await read('cross.crt'),
    await read('old/ca.crt'),
  ]
  expect([signed.subject, signed.issuer]).toEqual([own.subject, old.subject])
  expect(signed.publicKey.equals(own.publicKey) && signed.verify(old.publicKey)).toBe(true)
  expect(Date.parse(signed.validTo)).toBeLessThanOrEqual(Date.parse(own.validTo))
  expect(await ca(...across, '--out', 'again.crt')).toMatchObject({ code: 0 })
  expect((await read('again.crt')).fingerprint256).toBe(signed.fingerprint256)
  const refused = [
    [
      ['cross-sign', 'new', '--passphrase-file', 'new.pass', '--certificate', 'vpn/ca.crt'],
      'is above the CA',
    ],
    [['cross-sign', 'old', ...OWN, '--certificate', 'new/ca.crt'], 'is a root'],
    [
      ['cross-sign', 'vpn', '--passphrase-file', 'vpn.pass', '--certificate', 'vpn/ca.crt'],
      'refused',
    ],
  ] as const
  for (const [args, words] of refused) {
    const { code, output } = await ca(...args, '--out', 'x.crt')
    expect([code, output]).toEqual([1, expect.stringContaining(words)])
  }
}, 60_000)

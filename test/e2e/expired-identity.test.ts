// @lane servers
import { X509Certificate } from 'node:crypto'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCa } from '@rekey/ca-keystore'
import { generatePassphrase } from '@rekey/ca-keystore/internal'
import { readRunbook, runRekey } from '@rekey/test-support'
import { parseTlsIdentity } from '@rekey/tls-identity'
import { expect, it, onTestFinished } from 'vitest'

it('makes an identity from the CA as SECURITY.md describes it, for a service whose own has expired', async () => {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'rekey-expired-')))
  onTestFinished(() => rm(base, { recursive: true }))
  const directory = join(base, 'ca')
  const passphrase = generatePassphrase()
  const ca = await createCa({ directory, passphrase, commonName: 'Test CA' })
  await writeFile(join(base, 'pass'), passphrase.expose(), { mode: 0o600 })
  const places = { CA_DIRECTORY: directory, PASSPHRASE_FILE: join(base, 'pass') }
  const blocks = (await readRunbook('SECURITY.md')).blocks('sh').join('')
  const [, typed = ''] = /^rekey (ca identity [^|]+)\| rekey rotate/m.exec(blocks) ?? []
  const args = Object.entries(places).reduce((text, each) => text.replace(...each), typed.trim())
  const { code, stdout } = await runRekey(args.split(' '))
  expect(code).toBe(0)
  const leaf = new X509Certificate(parseTlsIdentity(stdout).chain)
  expect(leaf.checkIssued(new X509Certificate(ca.certificate))).toBe(true)
  expect(leaf.checkHost('signing')).toBe('signing')
})

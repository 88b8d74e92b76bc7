import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { X509Certificate } from 'node:crypto'
import { createCa, generatePassphrase } from '@rekey/ca-keystore'
import { systemClock } from '@rekey/secret'
import { readRunbook } from '@rekey/test-support'
import { runSourceFlags } from '@rekey/testbed'
import { parseTlsIdentity } from '@rekey/tls-identity'
import { expect, it, onTestFinished } from 'vitest'

const REPOSITORY = join(import.meta.dirname, '../..')

it('makes an identity from the CA as SECURITY.md describes it, for a service whose own has expired', async () => {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'rekey-expired-')))
  onTestFinished(() => rm(base, { recursive: true }))
  const directory = join(base, 'ca')
  const passphrase = generatePassphrase()
  const ca = await createCa({ directory, passphrase, commonName: 'Test CA' })
  const [program = ''] = (await readRunbook('SECURITY.md')).blocks('js')
  expect(program).toContain('issueIdentity(')
  await symlink(join(REPOSITORY, 'node_modules'), join(base, 'node_modules'))
  await writeFile(join(base, 'identity.mjs'), program)
  const args = [...runSourceFlags(), 'identity.mjs', directory, 'signing', 'signing.internal']
  const child = spawn(process.execPath, args, { cwd: base, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(`${passphrase.expose()}\n`)
  const [identity] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const { chain } = parseTlsIdentity(identity, { label: 'TLS_SIGNING', clock: systemClock })
  const leaf = new X509Certificate(chain)
  expect(leaf.checkIssued(new X509Certificate(ca.certificate))).toBe(true)
  expect(leaf.checkHost('signing')).toBe('signing')
  expect(leaf.checkHost('signing.internal')).toBe('signing.internal')
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
})

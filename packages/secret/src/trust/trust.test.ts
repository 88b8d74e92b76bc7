import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issue, issueServer, keyPem, type ServerTls } from '@rekey/testbed/certificates'
import { expect, it, onTestFinished } from 'vitest'
import { certificateRefusal, openTrustedFetch, readTrust } from './index.ts'

const root = issue({ commonName: 'Private Root', ca: true })
const other = issue({ commonName: 'Other Root', ca: true })
const PLACE = { option: 'ID_TRUST_FILE' }

async function openServer(tls: ServerTls): Promise<string> {
  const server = createServer(tls, (_request, response) => response.end('welcome'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function fileOf(text: string): Promise<{ file: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'trust-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'root.crt')
  await writeFile(file, text)
  return { file }
}

it('reaches a server of a root in the file, among others with comments between them', async () => {
  const url = await openServer(issueServer(root))
  const trust = await fileOf(`# other\n${other.pem}\n# ours\r\n${root.pem}`)
  await using calls = await openTrustedFetch(trust)
  expect(await (await calls.fetch(url)).text()).toBe('welcome')
})

const HOUR_AGO = new Date(Date.now() - 3_600_000)

it.each([
  ['of an unknown root', issueServer(other), 'UNABLE_TO_', 'name its root in ID_TRUST_FILE'],
  [
    'that has expired',
    issueServer(root, { notBefore: new Date(0), notAfter: HOUR_AGO }),
    'CERT_HAS_EXPIRED',
    'have it renewed there',
  ],
  [
    'for another name',
    issueServer(root, { addresses: [], dnsNames: ['elsewhere.test'] }),
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'use an address that the certificate is for',
  ],
])('explains why a certificate %s is refused', async (_what, tls, reason, remedy) => {
  const url = await openServer(tls)
  const { host } = new URL(url)
  await using calls = await openTrustedFetch(root.pem)
  const error: unknown = await calls.fetch(url).catch((thrown: unknown) => thrown)
  const refusal = certificateRefusal(error, { ...PLACE, host })
  expect(refusal).toMatchObject({
    code: 'refused',
    details: { host, reason: expect.stringContaining(reason) as string },
  })
  expect(refusal?.message).toContain(remedy)
})

it('takes no other failure for a refused certificate', async () => {
  await using calls = await openTrustedFetch(root.pem)
  const error: unknown = await calls.fetch('https://127.0.0.1:1').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(TypeError)
  expect(certificateRefusal(error, { ...PLACE, host: '127.0.0.1:1' })).toBeUndefined()
})

it.each([
  ['is empty', '', 'malformed', 'holds no certificate'],
  ['is no PEM', 'root', 'malformed', 'holds no certificate'],
  ['is cut off', root.pem.slice(0, -60), 'malformed', 'cannot be read'],
  ['holds a key', root.pem + keyPem(root.key), 'refused', 'holds a private key'],
  ['is too long', '#'.repeat(1024 * 1024 + 1), 'malformed', 'is longer than'],
])('refuses a file that %s', async (_what, text, code, message) => {
  const trust = await fileOf(text)
  const reading = readTrust(trust)
  await expect(reading).rejects.toMatchObject({ code })
  await expect(reading).rejects.toThrow(trust.file)
  await expect(reading).rejects.toThrow(message)
})

it('names a file that is missing, and one that may not be read', async () => {
  const missing = { file: '/nowhere/root.crt' }
  await expect(readTrust(missing)).rejects.toMatchObject({
    code: 'missing',
    message: '/nowhere/root.crt does not exist: create it, or correct the path',
  })
  const closed = await fileOf(root.pem)
  await chmod(closed.file, 0)
  // The superuser reads it all the same.
  const code = process.getuid?.() === 0 ? undefined : 'forbidden'
  const result = await readTrust(closed).then(
    () => undefined,
    (error: unknown) => (error as { code: string }).code,
  )
  expect(result).toBe(code)
})

import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issue, issueServer, keyPem, type ServerTls } from '@rekey/testbed/certificates'
import { expect, it, onTestFinished } from 'vitest'
import { certificateRefusal, openTrustedFetch, readTrust, trustEntry } from './index.ts'

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

it('a family names roots by their PEM, or by the file that holds them', () => {
  const accepts = (entry: unknown) => trustEntry.safeParse(entry).success
  expect([root.pem, { file: 'a' }].map(accepts)).toEqual([true, true])
  const others = ['', 'root.crt', ` ${root.pem}`, 'x-----BEGIN ', {}, { file: '' }, { file: 1 }]
  expect([...others, { file: 'a', more: 1 }].filter(accepts)).toEqual([])
})

it('gives the certificates alone, and takes what stands before, between and after for comments', async () => {
  const parameters = '-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n'
  const text = `CERTIFICATE----- # a comment\n${root.pem}${parameters}# PRIVATE KEY-----\n${other.pem}# the end`
  expect(await readTrust(await fileOf(text))).toBe(root.pem + other.pem)
})

it('names the entry where the PEM in it is wrong', async () => {
  await expect(readTrust('-----BEGIN nothing')).rejects.toMatchObject({
    code: 'malformed',
    message: 'trust holds no certificate: write the PEM of the roots into it',
    details: { where: 'trust' },
  })
  await expect(readTrust(keyPem(root.key))).rejects.toMatchObject({
    code: 'refused',
    message: 'trust holds a private key: keep the certificates of the roots alone in it',
    details: { where: 'trust' },
  })
})

it('trusts the roots of Node.js where none are given, by the global fetch', async () => {
  await using calls = await openTrustedFetch()
  expect(calls.fetch).toBe(globalThis.fetch)
})

/** A failure that some others have caused, the last of which has this code. */
function causedBy(code: unknown, causes: number): Error {
  let error: Error = Object.assign(new Error('last'), { code })
  for (let nth = 0; nth < causes; nth += 1) error = new Error('failed', { cause: error })
  return error
}

it.each([
  ['CERT_NOT_YET_VALID', 'check the clocks of both machines'],
  ['CERT_HAS_EXPIRED', 'have it renewed there'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'name its root in ID_TRUST_FILE'],
])('explains the code %s, up to the eighth cause of a failure', (code, remedy) => {
  const place = { ...PLACE, host: 'id.test:443' }
  expect(certificateRefusal(causedBy(code, 7), place)).toMatchObject({
    code: 'refused',
    message: `the certificate that id.test:443 shows is refused (${code}): ${remedy}`,
    details: { host: 'id.test:443', reason: code },
  })
  expect(certificateRefusal(causedBy(code, 8), place)).toBeUndefined()
})

it.each(['ECONNREFUSED', 'NO_CERT_HAS_EXPIRED', 'CERT_HAS_EXPIRED 2', 7, undefined])(
  'takes a failure with the code %s for no refused certificate',
  (code) => {
    const place = { ...PLACE, host: 'id.test:443' }
    expect(certificateRefusal(causedBy(code, 1), place)).toBeUndefined()
  },
)

// @lane servers
import { X509Certificate } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCa } from '@rekey/ca-keystore'
import { generatePassphrase, parseCrl, createSigningRequest } from '@rekey/ca-keystore/internal'
import { openStack, orderProfile, readRecorded, type Stack } from '@rekey/stack'
import { createTlsFetch } from '@rekey/tls-identity'
import { parseCertificates } from '@rekey/tls-identity/internal'
import { fetchAs } from '@rekey/tls-identity/internal/rotate'
import { type Browser, createBrowser, logIn } from '@rekey/testbed'
import {
  createCheckpointSigner,
  createCheckpointVerifier,
  createLogClient,
  parseEntry,
  verifyGrowth,
  verifyInclusion,
  leafHash,
} from '@rekey/audit-log/transparency'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { startRekey } from './start-rekey.ts'

let stack: Stack
beforeAll(async () => {
  stack = await openStack()
  await vi.waitFor(
    async () => {
      if ((await readRecorded(stack)).size < 3) throw new Error('signing has not submitted them')
    },
    { timeout: 30_000, interval: 100 },
  )
}, 120_000)
afterAll(() => stack.close())

/** The fingerprints of the TLS identities that were made before signing ran. */
async function firstIdentities(): Promise<Set<string>> {
  const names = ['TLS_CERTTRANSPARENCY', 'TLS_FRONTEND', 'TLS_SIGNING']
  const read = names.map(async (name) => {
    const { current } = await stack.storage.admin.read(name)
    const [own] = parseCertificates(current.value.expose())
    return own?.fingerprint256.replaceAll(':', '').toLowerCase() ?? ''
  })
  return new Set(await Promise.all(read))
}

const logInAs = (account: string) =>
  logIn({ startUrl: new URL('/login', stack.frontendUrl), account, browser: createBrowser(stack) })

async function newProfile(browser: Browser) {
  const { response } = await orderProfile(stack, browser)
  expect(response.status).toBe(201)
  const profile = (await response.json()) as { certificate: string; serial: string }
  return { ...profile, cacheControl: response.headers.get('cache-control') }
}

/** Calls certtransparency as signing does. */
async function callLog(path: string, init: RequestInit = {}): Promise<Response> {
  const { current } = await stack.storage.admin.read('API_KEY_SIGNING_CERTTRANSPARENCY')
  const replica = stack.family.fleet.find(({ service }) => service === 'certtransparency')
  const read = async () => (await stack.storage.admin.read('TLS_SIGNING')).current
  const call = fetchAs({ trust: stack.trust, name: 'certtransparency', read })
  const authorization = `Bearer ${current.value.expose()}`
  const headers = { authorization, 'content-type': 'application/json' }
  return call(new URL(path, replica?.url), { ...init, headers })
}

async function record(certificate: string) {
  const body = JSON.stringify({ certificate })
  const response = await callLog('/entries', { method: 'POST', body })
  return { status: response.status, ...((await response.json()) as { index?: number }) }
}

const countEntries = async () => (await readRecorded(stack)).size

it('has the first TLS identities of the services on record', async () => {
  const recorded = await readRecorded(stack)
  for (const fingerprint of await firstIdentities()) expect(recorded).toContain(fingerprint)
})

it('gives a person with an address of more than 64 characters a certificate that names the login, in an answer that nothing may store', async () => {
  const { browser } = await logInAs('dora')
  const { certificate, cacheControl } = await newProfile(browser)
  const { subject, subjectAltName } = new X509Certificate(certificate)
  expect(subject).toMatch(/^CN=[0-9a-f]{40}$/)
  expect(subjectAltName).toMatch(/^email:[^@]{48}@(?:mail\.){4}example\.test, URI:https:\/\/127/)
  expect(subjectAltName).toContain(`URI:${stack.family.providers['main']?.issuer ?? ''}#sub=dora`)
  expect(cacheControl).toBe('no-store')
})

it('gives a person whose address is not verified no login and no certificate', async () => {
  const before = await countEntries()
  await expect(logInAs('carol')).rejects.toThrow('403')
  expect(await countEntries()).toBe(before)
})

it('records a certificate of the family once, however often it is asked to', async () => {
  const { browser } = await logInAs('alice')
  const { certificate } = await newProfile(browser)
  const before = await countEntries()
  const answers = await Promise.all([record(certificate), record(certificate)])
  expect(answers.map(({ status }) => status)).toEqual([201, 201])
  expect(answers[0].index).toBe(answers[1].index)
  expect(await countEntries()).toBe(before)
})

it('proves each certificate on record, and that the log only grew, by a signed checkpoint', async () => {
  const { browser } = await logInAs('alice')
  const { certificate } = await newProfile(browser)
  const { index = -1 } = await record(certificate)
  const verifier = createCheckpointVerifier({ log: await readLogKey() })
  const client = createLogClient({
    url: 'https://log',
    fetch: (url) => callLog(new Request(url).url.replace('https://log', '')),
  })
  const before = verifier.verify(await client.checkpoint())
  await newProfile(browser)
  const after = verifier.verify(await client.checkpoint())
  expect(after.size).toBe(before.size + 1)
  const growth = { before: before.size, size: after.size }
  verifyGrowth({ before, after, proof: await client.consistencyProof(growth) })
  const { entries } = (await (await callLog(`/entries/${index}?count=1`)).json()) as Entries
  const entry = Buffer.from(entries[0] ?? '', 'base64')
  const { type, content } = parseEntry(entry)
  expect([type, Buffer.from(content)]).toEqual([
    'certificate',
    new X509Certificate(certificate).raw,
  ])
  const proof = await client.inclusionProof({ index, size: after.size })
  verifyInclusion({ leaf: leafHash(entry), index, ...after, proof })
  for (const path of [
    ...[`/entries/${after.size}`, `/proof/inclusion?index=0&size=${after.size + 1}`],
    `/proof/consistency?before=${after.size}&size=${before.size}`,
  ]) {
    expect([path, (await callLog(path)).status]).toEqual([path, 404])
  }
})

it('records no certificate of another CA, also of one with the same name', async () => {
  const directory = await mkdtemp(join(await realpath(tmpdir()), 'rekey-other-ca-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const before = await countEntries()
  for (const commonName of ['Other CA', 'Rekey Development Issuing CA']) {
    const passphrase = generatePassphrase()
    const place = { directory: join(directory, commonName), passphrase, commonName }
    await using ca = await createCa(place)
    const { certificate } = await ca.issueCertificate({
      csr: createSigningRequest({ commonName: 'x' }).csr,
      profile: 'client',
      subject: { commonName: 'x' },
      subjectAltNames: [{ kind: 'email', value: 'x@example.test' }],
      validityMs: 60_000,
    })
    expect((await record(certificate)).status).toBe(422)
  }
  expect(await countEntries()).toBe(before)
})

it('records no second certificate with the issuer and serial of one on record', async () => {
  const { browser } = await logInAs('alice')
  const { certificate } = await newProfile(browser)
  const twin = withOtherSignature(certificate)
  const [own, other] = [new X509Certificate(certificate), new X509Certificate(twin)]
  expect(other.fingerprint256).not.toBe(own.fingerprint256)
  expect(other.serialNumber).toBe(own.serialNumber)
  const before = await countEntries()
  expect((await record(twin)).status).toBe(409)
  expect(await countEntries()).toBe(before)
})

it('revokes a profile in the portal for its owner alone, and publishes it for servers that have no identity', async () => {
  const { browser } = await logInAs('alice')
  const { serial } = await newProfile(browser)
  const revoke = async (by: Browser) => {
    const url = new URL(`/profiles/${serial}/revoke`, stack.frontendUrl)
    const headers = { cookie: by.cookieHeader(url), origin: url.origin }
    return (await stack.fetch(url, { method: 'POST', headers, redirect: 'manual' })).status
  }
  expect(await revoke((await logInAs('bob')).browser)).toBe(404)
  expect((await publishedLists()).flatMap(({ revoked }) => revoked)).toEqual([])
  expect(await revoke(browser)).toBe(303)
  const [issuing, root, ...more] = await publishedLists()
  expect(issuing?.revoked).toMatchObject([{ serial, reason: 'superseded' }])
  expect([root?.revoked, more]).toEqual([[], []])
})

/** The lists of the issuing CA and of the root, as a server without an identity fetches them. */
async function publishedLists() {
  const replica = stack.family.fleet.find(({ service }) => service === 'signing')
  const calls = createTlsFetch({ trust: stack.trust, name: 'signing' })
  const response = await calls.fetch(new URL('/crl', replica?.url))
  expect(response.status).toBe(200)
  const blocks = (await response.text()).split(/(?<=-----END X509 CRL-----\n)/)
  await calls.close()
  const chain = await readFile(join(stack.directory, 'ca-certificates.pem'), 'utf8')
  const chains = [chain, stack.trust]
  return chains.flatMap((each) => blocks.flatMap((block) => parsedOf(block, each)))
}

/** The list, if it is that of the first CA of the chain. */
function parsedOf(block: string, chain: string) {
  try {
    return [parseCrl(block, chain)]
  } catch {
    // Of the other CA.
    return []
  }
}

it('writes no code, state or cookie to the log of frontend', async () => {
  const { browser } = await logInAs('bob')
  await newProfile(browser)
  const files = await readdir(stack.logDirectory)
  const logs = files.filter((name) => name.startsWith('frontend'))
  const text = (
    await Promise.all(logs.map((name) => readFile(join(stack.logDirectory, name), 'utf8')))
  ).join('')
  expect(text).toContain('"path":"/callback"')
  expect(text).not.toMatch(/code=|state=|[?&]iss=|session=/)
  const values = browser.cookieHeader(stack.frontendUrl).split('; ')
  for (const value of values) expect(text.includes(value.split('=')[1] ?? '=')).toBe(false)
})

/** Runs `rekey ca audit` with what signing has. */
async function auditLog(...args: string[]) {
  return runOnLog('ca', 'audit', join(stack.directory, 'ca'), ...args)
}

/** Runs a command that calls certtransparency with what signing has. */
async function runOnLog(...args: string[]) {
  const env: Record<string, string> = {}
  for (const name of ['TLS_SIGNING', 'API_KEY_SIGNING_CERTTRANSPARENCY']) {
    env[name] = (await stack.storage.admin.read(name)).current.value.expose()
  }
  const trust = join(stack.directory, 'ca-certificates.pem')
  const replica = stack.family.fleet.find(({ service }) => service === 'certtransparency')
  const rekey = startRekey(
    [
      ...[...args, '--log-key', await readLogKey(), '--json'],
      ...['--url', replica?.url ?? '', '--trust', trust, '--server-name', 'certtransparency'],
    ],
    env,
  )
  const code = await rekey.exitCode
  for (const value of Object.values(env)) expect(rekey.output()).not.toContain(value)
  return { code, output: rekey.output() }
}

async function readLogKey(): Promise<string> {
  const signer = (await stack.storage.admin.read('LOG_KEY_CERTTRANSPARENCY')).current.value
  return createCheckpointSigner(signer).verifierKey
}

it('has each serial of the CA in a log that an auditor reads from its service, and reads the rest the next time', async () => {
  const { browser } = await logInAs('alice')
  await newProfile(browser)
  const remembered = join(stack.directory, 'ca', 'log-checkpoint')
  const leaves = join(stack.directory, 'leaves')
  const args = ['--checkpoint', remembered, '--resume', leaves]
  const first = await auditLog(...args)
  expect(first).toMatchObject({
    code: 0,
    output: expect.stringContaining('"findings":0') as string,
  })
  const { size } = await stat(leaves)
  await newProfile(browser)
  expect(await auditLog(...args)).toMatchObject({ code: 0 })
  expect((await stat(leaves)).size).toBeGreaterThan(size)
  const lines = (await readFile(`${leaves}.heads`, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
  const trails = lines.map((line) => (JSON.parse(line) as { trail: string }).trail.split('/')[0])
  expect(new Set(trails)).toEqual(new Set(['biography', 'lists']))
}, 60_000)

it('has a checkpoint of the audit log of the family beside the certificates, and notices one that was put back', async () => {
  const directory = stack.family.auditDirectory
  const kept = join(stack.directory, 'kept')
  const work = join(stack.directory, 'audit-copy')
  await cp(directory, kept, { recursive: true })
  await cp(kept, work, { recursive: true })
  const receipt = join(stack.directory, 'receipt.json')
  const anchored = await runOnLog('audit', 'anchor', work, '--out', receipt)
  expect(anchored).toMatchObject({ code: 0 })
  const { seq } = JSON.parse(anchored.output) as { seq: number }
  expect(await auditLog()).toMatchObject({ code: 0 })
  const sound = await runOnLog('audit', 'verify', work, '--receipt', receipt)
  expect([sound.code, JSON.parse(sound.output)]).toMatchObject([0, { confirmed: seq, anchored: 2 }])
  const back = await runOnLog('audit', 'verify', kept)
  expect([back.code, JSON.parse(back.output)]).toMatchObject([1, { reason: 'shortened' }])
  const [log = ''] = /(?<="log":")[0-9a-f]{32}/.exec(anchored.output) ?? []
  const body = JSON.stringify({ trail: `audit/${log}`, seq, hash: 'ab'.repeat(32) })
  expect((await callLog('/heads', { method: 'POST', body })).status).toBe(409)
}, 120_000)

// The last test: this log is not to be trusted any more.
it('notices in frontend a log that was cut and signed anew behind the back of signing', async () => {
  const { browser } = await logInAs('alice')
  await newProfile(browser)
  expect(await readWarning()).toBe(true)
  const remembered = join(stack.directory, 'ca', 'log-checkpoint')
  await cutLog()
  const { code, output } = await auditLog('--checkpoint', remembered)
  expect([code, output]).toEqual([1, expect.stringContaining('"reason":"truncated"')])
  await rm(remembered)
  const { response } = await orderProfile(stack, browser)
  expect(response.status).toBe(502)
  expect(await readWarning()).toBe(false)
}, 60_000)

/** Removes the last two entries, as an owner of the tables can. */
async function cutLog(): Promise<void> {
  const { href } = Object.assign(new URL(stack.postgres.adminUrl.expose()), {
    pathname: '/certtransparency',
  })
  const client = new pg.Client({ connectionString: href })
  await client.connect()
  await client.query(`
    alter table log_entry disable trigger append_only;
    alter table log_node disable trigger append_only;
    delete from log_entry where index >= (select max(index) - 1 from log_entry);
    delete from log_node
    where (index + 1) * (2 ^ level) > (select count(*) from log_entry)`)
  await client.end()
}

/** Whether frontend has no finding about the log. */
async function readWarning(): Promise<unknown> {
  const replica = stack.services.find(({ name }) => name === 'frontend')
  const response = await fetch(new URL('/health/ready', replica?.healthUrl))
  const { warnings } = (await response.json()) as { warnings?: Record<string, unknown> }
  return warnings?.['log']
}

interface Entries {
  readonly entries: readonly string[]
}

/** Order of P-256 (SEC 2 §2.4.2). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The same certificate with the other valid signature that anyone can make of an ECDSA one: (r, n - s). */
function withOtherSignature(pem: string): string {
  const der = new X509Certificate(pem).raw
  const at = der.length - signatureLength(der)
  const rLength = der[at + 3] ?? 0
  const r = der.subarray(at + 4, at + 4 + rLength)
  const s = der.subarray(at + 6 + rLength)
  const other = integer(ORDER - BigInt(`0x${s.toString('hex')}`))
  const values = Buffer.concat([Buffer.from([2, rLength]), r, other])
  const bits = Buffer.concat([Buffer.from([0, 0x30, values.length]), values])
  const head = der.subarray(4, at - 3)
  const body = Buffer.concat([head, Buffer.from([3, bits.length]), bits])
  const whole = Buffer.concat([
    Buffer.from([0x30, 0x82, body.length >> 8, body.length & 255]),
    body,
  ])
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64')}\n-----END CERTIFICATE-----\n`
}

/** The length of `SEQUENCE { r, s }`, the last element of the DER. */
function signatureLength(der: Buffer): number {
  for (let length = 66; length <= 72; length += 1) {
    const at = der.length - length
    const isSequence = der[at] === 0x30 && der[at + 1] === length - 2 && der[at - 1] === 0
    if (isSequence && der[at - 3] === 3 && der[at - 2] === length + 1) return length
  }
  throw new Error('the certificate has no signature of P-256')
}

function integer(value: bigint): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  const positive = (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes])
  return Buffer.concat([Buffer.from([2, positive.length]), positive])
}

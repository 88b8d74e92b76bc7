import { X509Certificate } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { createFakeClock, Secret } from '@rekey/secret'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import { expect, it } from 'vitest'
import {
  days,
  failureOf,
  freshPath,
  hasOpenssl,
  KEY_FAMILIES,
  newIntermediate,
  newPassphrase,
  newRoot,
  openssl,
  orderFor,
  openHeld,
} from '../test/ca.support.ts'
import { type CaKeystore, createCa, type NewCa } from './index.ts'
import { createSigningRequest } from './internal.ts'

replaceScrypt()

it.each(KEY_FAMILIES)('builds a chain of %s, each link issued by the next', async (algorithm) => {
  const { ca, root } = await newIntermediate(algorithm)
  const { certificate } = await ca.issueCertificate(orderFor())
  const issuing = new X509Certificate(ca.certificate)
  const top = new X509Certificate(root.certificate)
  expect(ca.chain).toBe(ca.certificate + root.certificate)
  expect(new X509Certificate(certificate).verify(issuing.publicKey)).toBe(true)
  expect(issuing.verify(top.publicKey) && issuing.checkIssued(top)).toBe(true)
  expect(top.verify(top.publicKey) && top.checkIssued(top)).toBe(true)
})

it.skipIf(!hasOpenssl).each(KEY_FAMILIES)(
  'makes %s chains that openssl accepts strictly, whatever the key, and for their purpose only',
  async (algorithm) => {
    const { ca, root, directory } = await newIntermediate(algorithm)
    const rootFile = join(directory, 'root.pem')
    await writeFile(rootFile, root.certificate)
    const chain = ['-untrusted', join(directory, 'ca.crt'), '-CAfile', rootFile]
    const judge = (certificate: string, purpose: string) =>
      openssl(['verify', '-x509_strict', '-purpose', purpose, ...chain], certificate).status
    for (const leafKey of KEY_FAMILIES) {
      const { csr } = createSigningRequest({ commonName: 'x', algorithm: leafKey })
      const client = await ca.issueCertificate(orderFor({ csr, profile: 'client' }))
      const server = await ca.issueCertificate(orderFor({ csr, profile: 'server' }))
      expect(judge(client.certificate, 'sslclient')).toBe(0)
      expect(judge(server.certificate, 'sslserver')).toBe(0)
      expect(judge(client.certificate, 'sslserver')).not.toBe(0)
      expect(judge(server.certificate, 'sslclient')).not.toBe(0)
    }
  },
)

it('writes a directory only its owner can use, and nothing else beside it', async () => {
  const { directory } = await newRoot()
  const modes = await Promise.all(
    [directory, join(directory, 'ca.key'), join(directory, 'ca.crt')].map(
      async (path) => (await stat(path)).mode & 0o777,
    ),
  )
  expect(modes).toEqual([0o700, 0o600, 0o644])
  expect((await readdir(directory)).sort()).toEqual([
    'biography.head',
    'biography.log',
    'ca.crt',
    'ca.key',
  ])
  const beside = await readdir(dirname(directory))
  expect(beside.filter((name) => name.includes(`${basename(directory)}.new`))).toEqual([])
})

it('carries the generation in the name, and lets an intermediate issue to end entities only', async () => {
  const { ca: root } = await newRoot()
  const ca = await createCa({
    directory: freshPath(),
    passphrase: newPassphrase(),
    commonName: 'Example Issuing CA',
    organization: 'Example',
    generation: 3,
    parent: root,
  })
  expect(ca.name).toBe('O=Example, CN=Example Issuing CA G3')
  const order = { csr: orderFor().csr, subject: { commonName: 'Below' }, validityMs: days(1) }
  const error = await failureOf(() => ca.issueIntermediate(order))
  expect(error).toMatchObject({ code: 'refused', details: { reason: 'path-length' } })
})

it('K28: issues no second CA of one name, also when asked twice at once or after a restart', async () => {
  const root = await newRoot()
  const create = (parent: CaKeystore, more: Partial<NewCa> = {}) => {
    const place = { directory: freshPath(), passphrase: newPassphrase() }
    return createCa({ ...place, commonName: 'Test Issuing CA', parent, ...more })
  }
  const outcomes = await Promise.allSettled([create(root.ca), create(root.ca)])
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  await using reopened = await openHeld(root)
  const error = await failureOf(() => create(reopened))
  expect(error).toMatchObject({ code: 'conflict', details: { reason: 'subject' } })
  expect(error.message).toContain('next generation')
  await create(reopened, { generation: 2 })
  await create(reopened, { organization: 'Example' })
})

it.each(['ca.key', 'ca.crt', 'notes'])(
  'K17: makes nothing where %s is left, and leaves it alone',
  async (name) => {
    const directory = freshPath()
    await mkdir(directory, { mode: 0o700 })
    await writeFile(join(directory, name), 'what was left')
    const attempt = () =>
      createCa({ directory, passphrase: newPassphrase(), commonName: 'Test Root CA' })
    expect(await failureOf(attempt)).toMatchObject({ code: 'conflict' })
    expect(await readdir(directory)).toEqual([name])
    expect(await readFile(join(directory, name), 'utf8')).toBe('what was left')
  },
)

it('K15: lets one of four creators win, and gives the others a conflict', async () => {
  const [directory, passphrase] = [freshPath(), newPassphrase()]
  const outcomes = await Promise.allSettled(
    Array.from({ length: 4 }, () => createCa({ directory, passphrase, commonName: 'Test CA' })),
  )
  const winners = outcomes.filter(({ status }) => status === 'fulfilled')
  const losers = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason as unknown] : []))
  expect(winners).toHaveLength(1)
  expect(losers).toMatchObject(losers.map(() => ({ code: 'conflict' })))
  await openHeld({ directory, passphrase })
})

it('takes an empty directory that is there already', async () => {
  const [directory, passphrase] = [freshPath(), newPassphrase()]
  await mkdir(directory, { mode: 0o755 })
  await createCa({ directory, passphrase, commonName: 'Test Root CA' })
  await openHeld({ directory, passphrase })
})

it('refuses a place that others could replace', async () => {
  const parent = freshPath()
  await mkdir(parent)
  await chmod(parent, 0o777)
  const options = { passphrase: newPassphrase(), commonName: 'Test Root CA' }
  const open = await failureOf(() => createCa({ ...options, directory: join(parent, 'ca') }))
  expect(open).toMatchObject({ code: 'refused', details: { path: parent } })
  await chmod(parent, 0o700)
  const link = freshPath()
  await symlink(parent, link)
  const linked = await failureOf(() => createCa({ ...options, directory: join(link, 'ca') }))
  expect(linked).toMatchObject({ code: 'refused', details: { path: link } })
  expect(await readdir(parent)).toEqual([])
})

const passphrases: Record<string, () => string> = {
  empty: () => '',
  short: () => newPassphrase().expose().slice(0, 31),
  'short but for its mark': () => `dev-${newPassphrase().expose().slice(0, 31)}`,
  'with a NUL': () => `${newPassphrase().expose()}\0`,
  'with a line break': () => `${newPassphrase().expose()}\n`,
  'of 1,025 bytes': () => newPassphrase().expose().repeat(40).slice(0, 1025),
  'not valid Unicode': () => `${newPassphrase().expose()}\ud800`,
  'of two characters': () => 'ab'.repeat(20),
}

it.each(Object.entries(passphrases))('K2: refuses a passphrase that is %s', async (_, text) => {
  const [directory, passphrase] = [freshPath(), text()]
  const options = { directory, passphrase: Secret.of(passphrase, 'CA_PASSPHRASE') }
  const create = () => createCa({ ...options, commonName: 'Test Root CA' })
  const secrets = passphrase === '' ? [] : [passphrase]
  for (const attempt of [create, () => openHeld(options)]) {
    const error = await failureOf(attempt, secrets)
    expect(error).toMatchObject({ code: 'malformed', details: { reason: 'passphrase' } })
  }
})

it('refuses an intermediate that outlives its root, bears its name, or has no real generation', async () => {
  const { ca: parent } = await newRoot()
  const options = { directory: freshPath(), passphrase: newPassphrase(), parent }
  const attempts = [
    { commonName: 'Test Issuing CA', validityMs: days(3653) + 60_000 },
    { commonName: 'Test Root CA' },
    { commonName: 'Test Issuing CA', generation: 0 },
    { commonName: 'Test/Issuing CA' },
  ]
  for (const attempt of attempts) {
    const error = await failureOf(() => createCa({ ...options, ...attempt }))
    expect(error).toMatchObject({ code: 'refused' })
  }
})

it.skipIf(!hasOpenssl)('K25: writes years from 2050 on as GeneralizedTime', async () => {
  const clock = createFakeClock(Date.UTC(2049, 11, 31, 23, 59, 0))
  const [directory, passphrase] = [freshPath(), newPassphrase()]
  const ca = await createCa({ directory, passphrase, commonName: 'Late Root CA', clock })
  const { stdout } = openssl(['asn1parse'], ca.certificate)
  expect(stdout).toMatch(/UTCTIME\s+:491231235400Z[\s\S]*GENERALIZEDTIME\s+:20600101235900Z/)
  expect(ca.notAfter).toEqual(new Date(clock.now() + days(3653)))
})

it('reports a file in its way without leaving anything', async () => {
  const parent = freshPath()
  await mkdir(parent)
  const file = join(parent, 'file')
  await writeFile(file, '')
  const options = { passphrase: newPassphrase(), commonName: 'Test Root CA' }
  const inTheWay = await failureOf(() => createCa({ ...options, directory: file }))
  const below = await failureOf(() => createCa({ ...options, directory: join(file, 'ca') }))
  expect([inTheWay.code, below.code]).toEqual(['refused', 'refused'])
  expect(await readdir(parent)).toEqual(['file'])
  await rm(parent, { recursive: true })
})

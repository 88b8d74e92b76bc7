import { existsSync, readdirSync, readFileSync } from 'node:fs'
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAuditLog, verifyAuditLog } from '@rekey/audit-log'
import { createCa, openCaKeystore, readBiography } from '@rekey/ca-keystore'
import {
  generatePassphrase,
  createSigningRequest,
  readIssuances,
} from '@rekey/ca-keystore/internal'
import { openStoreJournal } from '@rekey/rekey/internal/engine'
import { createFakeClock, Secret } from '@rekey/secret'
import { openDotenvStore } from '@rekey/config-loader/store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** Documents as each release wrote them, a folder each; their values are none. */
const RELEASED = join(import.meta.dirname, 'released')
const manifest = createRequire(import.meta.url)('@rekey/config-loader/package.json') as {
  version: string
}
const NAME = 'INTEGRATION_SHOP_MAIL'
const START = Date.parse('2026-11-27T10:00:00.000Z')
const LEASE_MS = 60_000
const DAY_MS = 86_400_000

const valueOf = (stage: string) => `dev-not-a-secret-${stage}`.padEnd(40, '-')

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-released-'))
})
afterAll(() => rm(directory, { recursive: true }))

/** A store with all three versions of a secret, and the journal of its rotation in the same file. */
async function writeStore(path: string): Promise<void> {
  await using store = await openDotenvStore({ path, clock: createFakeClock(START) })
  await store.create(NAME, Secret.of(valueOf('previous'), NAME))
  const staged = await store.stage(
    NAME,
    Secret.of(valueOf('current'), NAME),
    (await store.read(NAME)).revision,
  )
  const promoted = await store.promote(NAME, staged.revision)
  await store.stage(NAME, Secret.of(valueOf('pending'), NAME), promoted.revision)
  const { current, pending } = await store.read(NAME)
  const clock = createFakeClock(START)
  const journal = await openStoreJournal(store, { secrets: [NAME], clock })
  const claim = await journal.claim(NAME, 'rotator-1', LEASE_MS)
  const from = { version: current.version, createdAt: START }
  const to = { version: pending?.version ?? '', createdAt: START }
  const receipts = [{ ...from, version: '0123456789', at: START, evidence: 'refused' }]
  const intent = { mode: 'forward', from, to, progress: { replicas: 2 }, receipts } as const
  await claim.setIntent({ ...intent, request: 'request-1' })
  await claim.record({ secret: NAME, step: 'admit', phase: 'begin' })
}

async function readStore(path: string): Promise<void> {
  await using store = await openDotenvStore({ path })
  const { pending, current, previous } = await store.read(NAME)
  const stages = { pending, current, previous }
  for (const [stage, version] of Object.entries(stages)) {
    expect(version?.value.expose()).toBe(valueOf(stage))
  }
  const during = await openStoreJournal(store, { secrets: [NAME], clock: createFakeClock(START) })
  expect(await during.entries()).toMatchObject([
    {
      ...{ secret: NAME, epoch: 1, holder: 'rotator-1', step: 'admit', phase: 'begin' },
      intent: {
        ...{ mode: 'forward', request: 'request-1', progress: { replicas: 2 } },
        ...{ from: { version: current.version }, to: { version: pending?.version } },
        receipts: [{ version: '0123456789', evidence: 'refused' }],
      },
    },
  ])
  // The next rotator goes on where this one stopped.
  const clock = createFakeClock(START + DAY_MS)
  const later = await openStoreJournal(store, { secrets: [NAME], clock })
  const claim = await later.claim(NAME, 'rotator-2', LEASE_MS)
  expect(claim).toMatchObject({ epoch: 2, intent: { mode: 'forward', request: 'request-1' } })
}

/** With each part that an entry can have. */
async function writeTrail(path: string): Promise<void> {
  await using log = await openAuditLog({ path, clock: createFakeClock(START) })
  const details = { replicas: 2, forced: false, note: 'line\nend' }
  const event = { actor: 'rotator', subject: NAME, version: '0123456789', details } as const
  await log.record({ ...event, action: 'promote', outcome: 'succeeded' })
  await log.record({ actor: 'shop', subject: NAME, action: 'read', outcome: 'refused' })
}

async function readTrail(path: string): Promise<void> {
  expect(await verifyAuditLog(path)).toMatchObject({ ok: true, entries: 2 })
  {
    await using log = await openAuditLog({ path })
    await log.record({ actor: 'rotator', subject: NAME, action: 'revoke', outcome: 'failed' })
  }
  expect(await verifyAuditLog(path)).toMatchObject({ ok: true, entries: 3 })
}

const DOCUMENTS = [
  {
    file: 'store.env',
    what: 'a .env store and the journal in it',
    write: writeStore,
    read: readStore,
  },
  { file: 'trail.jsonl', what: 'an audit trail', write: writeTrail, read: readTrail },
]

/** The text without what differs from one writing to the next: identifiers, hashes, the process that wrote it, which not each system names. */
const shapeOf = (text: string) =>
  text
    .replaceAll(/"process":\{[^}]*\},/g, '')
    .replaceAll(
      /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|\d{13}-[0-9a-f]{12}/g,
      '*',
    )

describe.each(DOCUMENTS)('the document of $what', ({ file, write, read }) => {
  it('is on record as this version writes it (vitest records that of a new version)', async () => {
    const record = join(RELEASED, manifest.version, file)
    const path = join(directory, `new-${file}`)
    await write(path)
    const text = await readFile(path, 'utf8')
    const recorded = existsSync(record) ? readFileSync(record, 'utf8') : text
    expect(shapeOf(text)).toBe(shapeOf(recorded))
    await expect(recorded).toMatchFileSnapshot(record)
  })

  it.each(readdirSync(RELEASED))(
    'of version %s is read by this one, which goes on with it',
    async (version) => {
      const path = join(directory, `${version}-${file}`)
      await copyFile(join(RELEASED, version, file), path)
      await chmod(path, 0o600)
      await read(path)
    },
  )
})

const CA = join(RELEASED, manifest.version, 'ca')
const ORDER = {
  csr: createSigningRequest({ commonName: 'a' }).csr,
  profile: 'client',
  subject: { commonName: 'a@example.test' },
  subjectAltNames: [{ kind: 'email', value: 'a@example.test' }],
  validityMs: DAY_MS,
} as const

/** A keystore that has issued a certificate, and beside it the passphrase, which protects nothing. */
async function writeKeystore(place: string): Promise<void> {
  const [clock, passphrase] = [createFakeClock(START), generatePassphrase()]
  const commonName = 'Recorded Root CA'
  await using ca = await createCa({
    directory: join(place, 'keystore'),
    passphrase,
    commonName,
    clock,
  })
  await ca.issueCertificate(ORDER)
  await writeFile(join(place, 'passphrase.txt'), passphrase.expose())
}

/** Git keeps no modes. */
async function makePrivate(directory: string): Promise<void> {
  await chmod(directory, 0o700)
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    await (entry.isDirectory() ? makePrivate(path) : chmod(path, 0o600))
  }
}

const namesIn = (place: string) =>
  readdirSync(place, { recursive: true, encoding: 'utf8' }).map(shapeOf).toSorted()

describe('the keystore of a CA', () => {
  it('is on record with the files that this version writes', async () => {
    const place = join(directory, 'new-ca')
    await mkdir(place)
    await writeKeystore(place)
    if (process.env['CI'] !== 'true' && !existsSync(CA)) await cp(place, CA, { recursive: true })
    expect(namesIn(place)).toEqual(namesIn(CA))
  })

  it.each(readdirSync(RELEASED))(
    'of version %s is opened by this one, which issues with it',
    async (version) => {
      const place = join(directory, `${version}-ca`)
      await cp(join(RELEASED, version, 'ca'), place, { recursive: true })
      const keystore = join(place, 'keystore')
      await makePrivate(keystore)
      const value = Secret.of(await readFile(join(place, 'passphrase.txt'), 'utf8'), 'passphrase')
      const passphrase = { value, origin: { kind: 'memory' } } as const
      const clock = createFakeClock(START + DAY_MS)
      await using ca = await openCaKeystore({ directory: keystore, passphrase, clock })
      expect((await ca.issueCertificate(ORDER)).certificate).toContain('BEGIN CERTIFICATE')
      expect(await readIssuances(keystore)).toHaveLength(2)
      const { verdict, entries } = await readBiography({ directory: keystore })
      expect(verdict).toMatchObject({ ok: true })
      expect(entries.map(({ action }) => action)).toEqual(['create', 'sign-count', 'unlock'])
    },
  )
})

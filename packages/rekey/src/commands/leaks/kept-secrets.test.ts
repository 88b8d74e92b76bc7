import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDeployment } from '../../family/family.ts'
import { namesReadByRotator, rotatedNames, secretsOf } from '../../family/family-secrets.ts'
import { createMemoryJournal } from '../../journal/memory-journal.ts'
import { createFakeClock, Secret, SecretError } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { RotationKind } from '@rekey/secret/kind'
import { expect, it, onTestFinished } from 'vitest'
import { readValues } from './match-values.ts'
import { watchBornValues } from './value-digests.ts'

const value = () => randomBytes(32).toString('base64url')
const { signal } = new AbortController()

async function newFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-kept-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'value'), text)
  return join(folder, 'value')
}

/** A family with a secret of each kind, and each that a rotator of it reads. */
function familyOf(variables: Record<string, string | { readonly file: string }> = {}) {
  const trust = { file: 'ca/root.crt' }
  const replica = { url: 'https://127.0.0.1:9', healthUrl: 'https://127.0.0.1:8' }
  return parseDeployment(
    {
      services: ['shop', 'stock'],
      secrets: {
        'api-key': ['shop:stock'],
        'ca-passphrase': ['stock'],
        'log-key': ['stock'],
        tls: [{ service: 'shop', names: ['shop'], signer: { service: 'stock' }, trust }],
        integration: [
          {
            ...{ service: 'shop', name: 'mail' },
            provider: { kind: 'adapter', url: 'https://adapter.example', keyName: 'ADAPTER_KEY' },
          },
        ],
      },
      databases: [{ service: 'shop' }, { service: 'stock', lent: true }],
      clients: [{ service: 'shop', clientId: 'shop' }],
      providers: {
        main: {
          ...{ kind: 'keycloak', issuer: 'https://id.example/realms/shop' },
          ...{ url: 'https://id.example', realm: 'shop' },
          manager: { clientId: 'manager', secretName: 'IDP_MANAGER' },
        },
      },
      environment: 'development',
      store: { locator: 'vault:secret/shop', variables },
      journal: 'main',
      fleet: ['shop', 'stock'].map((service) => ({ service, ...replica })),
      validationMs: 0,
      auditDatabase: 'DATABASE_AUDIT',
    },
    'the test',
  )
}

/** A rotator of the family whose store has a value for each name, but for `without`. */
function rotatorOf(family = familyOf(), without: readonly string[] = []) {
  const declared = secretsOf(family)
  const kinds = new Map(
    declared.flatMap(({ title, name, kind, isRotated }) =>
      isRotated ? [[title, { kind, name } as RotationKind] as const] : [],
    ),
  )
  const names = [
    ...new Set([
      ...declared.map(({ name }) => name),
      ...rotatedNames(family),
      ...namesReadByRotator(family),
    ]),
  ]
  const values = new Map(names.map((name) => [name, value()]))
  const memory = createMemoryStore(Object.fromEntries(values))
  const read: typeof memory.read = (name, ...rest) => {
    if (!without.includes(name)) return memory.read(name, ...rest)
    return Promise.reject(new SecretError('forbidden', `${name} may not be read`))
  }
  const journal = createMemoryJournal(createFakeClock())
  return { rotator: { family, kinds, journal, store: { ...memory, read } }, values, kinds }
}

it('G4: recognizes the leak of each secret that the family, its kinds and its rotator name', async () => {
  const { rotator, values, kinds } = rotatorOf()
  const matcher = await readValues(rotator, signal, { env: {} })
  const rotated = new Set([...kinds.values()].map(({ name }) => name))
  const byHand = [...values.keys()].filter((name) => !rotated.has(name))
  expect(byHand.toSorted()).toEqual(
    expect.arrayContaining([
      ...['ADAPTER_KEY', 'CA_PASSPHRASE_STOCK', 'DATABASE_AUDIT', 'DATABASE_ROTATOR'],
      'IDP_MANAGER',
    ]),
  )
  for (const [name, leaked] of values) {
    for (const text of [leaked, `token: "${leaked}"`, Buffer.from(leaked).toString('hex')]) {
      const [found] = matcher.match(text)
      expect([name, found.verdict]).toEqual([name, rotated.has(name) ? 'live' : 'by hand'])
      if (found.verdict !== 'by hand') continue
      expect(found.runbook).toMatch(
        /^(?:rekey runbook --kind \S+ --situation emergency|https:\S+)$/,
      )
    }
  }
  expect(matcher.match(value())).toEqual([{ verdict: 'not ours' }])
})

it('finds that a login of the rotator or of a writer of the audit log is live where the rotator changes it', async () => {
  const writer = { name: 'DATABASE_AUDIT', server: 'main', database: 'audit', ownerRole: 'writer' }
  const servers = { main: { admin: 'DATABASE_ROTATOR', rotated: true } }
  const { rotator, values } = rotatorOf({
    ...familyOf(),
    ...{ servers, auditLogins: { rotator: writer } },
  })
  const matcher = await readValues(rotator, signal, { env: {} })
  for (const [name, secret] of [
    ['DATABASE_ROTATOR', 'rotator-login main'],
    ['DATABASE_AUDIT', 'database audit:rotator'],
  ]) {
    const found = matcher.match(values.get(name ?? '') ?? '')
    expect(found).toMatchObject([{ verdict: 'live', secret }])
  }
})

it('G4: recognizes the variables of the process and of the client of the store, also in files', async () => {
  const [token, inFile, health, old, file] = [value(), value(), value(), value(), value()]
  const env = {
    VAULT_TOKEN: token,
    REKEY_HEALTH_KEY_FILE: await newFile(`${health}\n`),
    REKEY_HEALTH_KEY__PREVIOUS: old,
    SHORT: 'production',
  }
  const family = familyOf({
    VAULT_ADDR: 'https://vault.example:8200',
    VAULT_SECRET_ID: { file: await newFile(inFile) },
    VAULT_OTHER: file,
  })
  const { rotator } = rotatorOf(family)
  const matcher = await readValues(rotator, signal, { env })
  const nameOf = (text: string) => {
    const [found] = matcher.match(text)
    return found.verdict === 'by hand' ? found.secret : found.verdict
  }
  expect([token, health, old, inFile, file].map(nameOf)).toEqual([
    ...['VAULT_TOKEN', 'REKEY_HEALTH_KEY', 'REKEY_HEALTH_KEY'],
    ...['VAULT_SECRET_ID', 'VAULT_OTHER'],
  ])
  expect(nameOf('production')).toBe('not ours')
})

it('G4: recognizes what the rotator has used in this process, by its label', async () => {
  using born = watchBornValues()
  const text = value()
  const token = Secret.of(text, 'the token of a service account')
  const { rotator } = rotatorOf()
  const matcher = await readValues(rotator, signal, { env: {}, born })
  expect(matcher.match(`found ${token.expose()}`)).toMatchObject([
    { verdict: 'by hand', secret: 'the token of a service account' },
  ])
})

it('G4: answers that a text was not compared, with the names, while one cannot be read', async () => {
  const { rotator, values } = rotatorOf(familyOf(), ['CA_PASSPHRASE_STOCK', 'ADAPTER_KEY'])
  const matcher = await readValues(rotator, signal, { env: {} })
  expect(matcher.match(value())).toEqual([
    { verdict: 'not compared', unread: ['ADAPTER_KEY', 'ca-passphrase stock'] },
  ])
  expect(matcher.match(values.get('DATABASE_ROTATOR') ?? '')).toMatchObject([
    { verdict: 'by hand', secret: 'DATABASE_ROTATOR' },
  ])
})

it('G4: answers a finding with several secrets for each', async () => {
  const { rotator, values } = rotatorOf()
  const matcher = await readValues(rotator, signal, { env: { OTHER_TOKEN: 'o'.repeat(40) } })
  const [key, admin] = [values.get('API_KEY_SHOP_STOCK'), values.get('DATABASE_ROTATOR')]
  const text = `A=${key} B=${admin} C='${'o'.repeat(40)}' D=${value()}`
  const found = matcher.match(text).map((one) => ('secret' in one ? one.secret : one.verdict))
  expect(found.toSorted()).toEqual(['DATABASE_ROTATOR', 'OTHER_TOKEN', 'api-key shop:stock'])
})

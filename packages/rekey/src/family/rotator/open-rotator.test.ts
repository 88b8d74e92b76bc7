import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { planRotation } from '../../engine/plan-rotation.ts'
import { Secret } from '@rekey/secret'
import { openDotenvStore } from '@rekey/config-loader/store'
import { findForTest, openKeycloak } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'
import type { Deployment } from '../deployment.ts'
import { defineFamily } from '../family.ts'
import { openRotator } from './open-rotator.ts'

const keycloak = await findForTest('keycloak')
const newSecret = (name: string) => Secret.of(randomBytes(32).toString('base64url'), name)

const EVENT = { actor: 'test', action: 'stage', subject: 'A', outcome: 'succeeded' } as const

/** A family with one API key, whose journal is in its store. */
async function newFamily() {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-rotator-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, '.env')
  const at = 'http://127.0.0.1:9'
  const family = {
    ...defineFamily({
      services: ['frontend', 'signing'],
      secrets: { 'api-key': ['frontend:signing'] },
      journal: 'store',
    }),
    store: { locator: `dotenv:${path}`, variables: {} },
    fleet: [{ service: 'frontend', url: at, healthUrl: at }],
    validationMs: 0,
    auditDirectory: join(directory, 'audit'),
  } satisfies Deployment
  return { family, store: await openDotenvStore({ path }) }
}

it('needs no database where nothing of the family is in one', async () => {
  const { family } = await newFamily()
  await using rotator = await openRotator(family)
  expect([...rotator.kinds.keys()]).toEqual(['api-key frontend:signing'])
  expect(await rotator.journal.entries()).toEqual([])
  expect(() => rotator.adminPool('frontend')).toThrow('no database')
})

it('has a connection to each standby of a server, however its address is written', async () => {
  const { family, store } = await newFamily()
  const password = randomBytes(32).toString('base64url')
  const admin = Secret.of(
    `postgresql://rekey:${password}@db1.example:5432/rekey`,
    'DATABASE_ROTATOR',
  )
  await store.create('DATABASE_ROTATOR', admin)
  const { databases } = defineFamily({ services: ['shop'], databases: [{ service: 'shop' }] })
  const standbys = ['db2.example', '[fd00::3]:5433', 'db1.example:5432']
  const servers = { main: { admin: 'DATABASE_ROTATOR', standbys } }
  await using rotator = await openRotator({ ...family, databases, servers })
  const { endpoints = [] } = rotator.adminPool('shop')
  expect(endpoints.map(({ options }) => options)).toMatchObject([
    { host: 'db1.example', port: 5432, user: 'rekey', database: 'shop' },
    { host: 'db2.example', port: 5432, user: 'rekey', database: 'shop' },
    { host: 'fd00::3', port: 5433, user: 'rekey', database: 'shop' },
  ])
})

it('needs no login of its own where the store lends that of the only database', async () => {
  const { family } = await newFamily()
  const lent = {
    ...{ service: 'frontend', server: 'main', database: 'frontend' },
    ...{ ownerRole: 'frontend', lent: 'database/creds/frontend' },
  }
  await using rotator = await openRotator({ ...family, databases: [lent] })
  expect([...rotator.kinds.keys()]).toEqual(['api-key frontend:signing'])
})

it('finds the replicas of a file in the state that it has at each look, beside those that are listed', async () => {
  const { family } = await newFamily()
  const file = join(dirname(family.auditDirectory), 'fleet.json')
  const publish = (...targets: string[]) =>
    writeFile(file, JSON.stringify([{ targets, labels: { service: 'signing' } }]))
  const fleet = [...family.fleet, { file, url: 'https://{host}:8443' }]
  await using rotator = await openRotator({ ...family, fleet })
  const hostsOf = async (service: string) =>
    (await rotator.fleet.replicas(service)).map(({ healthUrl }) => new URL(healthUrl).host)
  await publish('a:9090', 'b:9090')
  expect(await hostsOf('signing')).toEqual(['a:9090', 'b:9090'])
  await publish('b:9090')
  expect(await hostsOf('signing')).toEqual(['b:9090'])
  expect(await hostsOf('frontend')).toEqual(['127.0.0.1:9'])
})

it('finds the replicas of another service by DNS', async () => {
  const { family } = await newFamily()
  // No name server is asked for a name of this domain (RFC 7686 §2).
  const place = { dns: 'signing.onion', type: 'SRV', service: 'signing' } as const
  const fleet = [...family.fleet, { ...place, url: 'https://{host}:8443' }]
  await using rotator = await openRotator({ ...family, fleet })
  expect(await rotator.fleet.replicas('frontend')).toHaveLength(1)
  const failure = {
    code: 'missing',
    message: expect.stringContaining('SRV signing.onion') as string,
  }
  await expect(rotator.fleet.replicas('signing')).rejects.toMatchObject(failure)
})

it('finds the pods of a Service where the variables lead to an API server', async () => {
  const { family } = await newFamily()
  const place = { kubernetes: { namespace: 'vpn' }, service: 'signing', url: 'https://{host}:8443' }
  await using rotator = await openRotator({ ...family, fleet: [place] })
  const failure = { code: 'missing', message: expect.stringContaining('set KUBECONFIG') as string }
  await expect(rotator.fleet.replicas('signing')).rejects.toMatchObject(failure)
}, 60_000)

it('makes the directory of its audit log with the first event, closed to others', async () => {
  const { family } = await newFamily()
  await using rotator = await openRotator(family)
  await expect(stat(family.auditDirectory)).rejects.toThrow('ENOENT')
  await rotator.audit.record(EVENT)
  expect((await stat(family.auditDirectory)).mode & 0o777).toBe(0o700)
})

it('reports an audit log that cannot be opened where an event is recorded, and not again at its end', async () => {
  const { family } = await newFamily()
  await writeFile(family.auditDirectory, '')
  await using rotator = await openRotator(family)
  await expect(rotator.audit.record(EVENT)).rejects.toThrow(family.auditDirectory)
  await expect(rotator.close()).resolves.toBeUndefined()
})

it('says which secret is missing where a journal in a database is asked for', async () => {
  const { family, store } = await newFamily()
  await store.create('OIDC_CLIENT_SECRET_FRONTEND', newSecret('client'))
  await expect(openRotator({ ...family, journal: 'main' })).rejects.toMatchObject({
    code: 'missing',
    message: expect.stringContaining('DATABASE_ROTATOR') as string,
  })
})

it.runIf(keycloak.found)(
  'knows from Keycloak how the secret of a client would change, as the manager whose secret is in the store',
  async () => {
    await using server = await openKeycloak({ program: keycloak.path })
    const [secret, managers] = [newSecret('client'), newSecret('manager')]
    const client = { clientId: 'vpn', clientSecret: secret.expose() }
    const { name: realm, issuer } = await server.createRealm({
      clients: [{ ...client, redirectUris: ['http://127.0.0.1:9/callback'] }],
      manager: { clientId: 'rekey', clientSecret: managers.expose() },
    })
    const { family, store } = await newFamily()
    await store.create('OIDC_CLIENT_SECRET_FRONTEND', secret)
    const manager = { clientId: 'rekey', secretName: 'KEYCLOAK_REKEY' }
    const staff = { kind: 'keycloak', issuer, url: server.url, realm, manager } as const
    const clients = [{ service: 'frontend', clientId: client.clientId, provider: 'staff' }]
    const known = { ...family, clients, providers: { staff } }
    await expect(openRotator(known)).rejects.toThrow('KEYCLOAK_REKEY')
    await store.create('KEYCLOAK_REKEY', managers)
    await using rotator = await openRotator(known)
    const kind = rotator.kinds.get('oidc-client frontend')
    if (kind === undefined) throw new Error('no client')
    const signal = AbortSignal.timeout(30_000)
    const plan = await planRotation(kind, { ...rotator, signal })
    const whats = plan.steps.map(({ what }) => what).join()
    expect(whats).toContain('Keycloak accepts it, beside the old one if the client policy')
  },
  400_000,
)

// @lane servers
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Cluster,
  isHere,
  KEY,
  openCluster,
  random,
  secret,
} from '../../../test/store/kubernetes/cluster.support.ts'
import { rbacFor } from './internal.ts'

const OTHER = 'API_KEY_SIGNING_CERTTRANSPARENCY'
const forbidden = { code: 'forbidden', details: { reason: 'denied' } }

describe.runIf(isHere)('the Role of', { timeout: 60_000 }, () => {
  let cluster: Cluster
  let namespace: string
  beforeAll(async () => {
    cluster = await openCluster()
    namespace = await cluster.newNamespace()
    const admin = await cluster.open(namespace)
    for (const name of [KEY, OTHER]) await admin.create(name, secret())
  }, 150_000)
  afterAll(() => cluster[Symbol.asyncDispose]())

  it('a reader: it reads and watches its own secrets, and nothing else', async () => {
    const reader = await cluster.open(namespace, { role: { names: [KEY], may: 'read' } })
    const { revision } = await reader.read(KEY)
    await expect(reader.read(OTHER)).rejects.toMatchObject(forbidden)
    await expect(reader.stage(KEY, secret(), revision)).rejects.toMatchObject(forbidden)
    await expect(reader.create('NEW', secret())).rejects.toMatchObject(forbidden)
    const stop = new AbortController()
    const changes = reader.watch(KEY, stop.signal)[Symbol.asyncIterator]()
    const rotator = await cluster.open(namespace, { role: { names: [KEY], may: 'rotate' } })
    const staged = await rotator.stage(KEY, secret(), revision)
    expect((await changes.next()).value).toMatchObject({ revision: staged.revision })
    stop.abort()
  })

  it('a rotator: it knows which rights it lacks', async () => {
    const rotator = await cluster.open(namespace, { role: { names: [KEY], may: 'rotate' } })
    expect(await rotator.lacks([KEY])).toEqual([])
    expect(await rotator.lacks([KEY, OTHER])).toEqual([
      expect.stringContaining('the account may not get the Secret') as string,
      expect.stringContaining('the account may not patch the Secret') as string,
    ])
  })

  it('a rotator: it makes a whole rotation of its own secrets, and touches no other', async () => {
    const rotator = await cluster.open(namespace, { role: { names: [KEY], may: 'rotate' } })
    let staged = await rotator.read(KEY)
    if (staged.pending) staged = await rotator.abort(KEY, staged.revision)
    const value = random()
    staged = await rotator.stage(KEY, secret(value), staged.revision)
    staged = await rotator.promote(KEY, staged.revision)
    staged = await rotator.rollback(KEY, staged.revision)
    staged = await rotator.promote(KEY, staged.revision)
    staged = await rotator.revoke(KEY, staged.revision)
    expect(staged.current.value.expose()).toBe(value)
    await expect(rotator.read(OTHER)).rejects.toMatchObject(forbidden)
    await expect(rotator.create('NEW', secret())).rejects.toMatchObject(forbidden)
  })

  it('a rotator: the first version goes into an empty Secret that an administrator made', async () => {
    const name = 'DATABASE_FRONTEND'
    await cluster.putObject(namespace, {}, 'database-frontend')
    const rotator = await cluster.open(namespace, { role: { names: [name], may: 'rotate' } })
    expect(await rotator.create(name, secret())).toMatchObject({ name })
  })

  it('a creator: it can make Secrets of any name, which RBAC cannot limit, but not read them', async () => {
    const creator = await cluster.open(namespace, { role: { names: ['MADE'], may: 'create' } })
    await creator.create('MADE', secret())
    expect(await creator.read('MADE')).toMatchObject({ name: 'MADE' })
    await expect(creator.create('UNNAMED', secret())).rejects.toMatchObject(forbidden)
    expect(rbacFor({ namespace, names: ['MADE'], may: 'create' }).rules).toContainEqual({
      apiGroups: [''],
      resources: ['secrets'],
      verbs: ['create'],
    })
  })

  it('nobody: without names it allows nothing, though an empty list would mean everything to RBAC', async () => {
    const nobody = await cluster.open(namespace, { role: { names: [], may: 'read' } })
    await expect(nobody.read(KEY)).rejects.toMatchObject(forbidden)
    expect(rbacFor({ namespace, names: [], may: 'rotate' }).rules).toEqual([])
  })
})

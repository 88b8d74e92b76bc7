import { randomBytes } from 'node:crypto'
import { createFakeClock, Secret } from '@rekey/secret'
import { findForTest, openVault, type Vault } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { describeSecretStore } from '../../contract.ts'
import { createVaultClient, type VaultConnection } from '../internal.ts'
import { openVaultStore, type VaultStoreOptions } from '../index.ts'
import { vaultPolicyFor } from './vault-policy.ts'
import { openFaultProxy } from '../../../../test/store/vault/vault-proxy.support.ts'

const NAME = 'API_KEY_FRONTEND_SIGNING'
const { found, path: program } = await findForTest('vault')
const random = () => randomBytes(24).toString('base64url')
const secret = (value = random()) => Secret.of(value, NAME)

let vault: Vault
/** A path of its own for each test. */
const freshPath = (mount = 'secret') => `${mount}/${random().replace(/^[^A-Za-z]/, 'x')}`

function connect(token = vault.rootToken, address = vault.address): VaultConnection {
  const client = createVaultClient({ address, timeoutMs: 20_000 })
  const own = Secret.of(token, 'VAULT_TOKEN')
  return { address, request: (request) => client.request({ token: own, ...request }) }
}

const open = (options: Partial<VaultStoreOptions> = {}) =>
  openVaultStore({ connection: connect(), path: freshPath(), ...options })

/** The document as it is in Vault. */
async function documentAt(path: string): Promise<Record<string, unknown>> {
  const [mount = '', ...rest] = path.split('/')
  const { data } = await vault.require('GET', `${mount}/data/${rest.join('/')}`)
  return (data as { data: Record<string, unknown> }).data
}

describe.runIf(found)('in a real Vault', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    vault = await openVault({ program })
  }, 120_000)
  afterAll(() => vault.close())

  describeSecretStore('Vault', async () => {
    const store = await open({ pollMs: 200 })
    const close = async () => {
      await store[Symbol.asyncDispose]()
    }
    return { store, close }
  })

  it('keeps all stages in one document, and leaves other fields of it alone', async () => {
    const path = freshPath()
    await using store = await open({ path })
    const created = await store.create(NAME, secret())
    const document = await documentAt(`${path}/${NAME}`)
    const under = path.slice(path.indexOf('/') + 1)
    await vault.require('POST', `secret/data/${under}/${NAME}`, {
      data: { ...document, owner: 'team-a' },
    })
    const staged = await store.stage(NAME, secret(), created.revision)
    expect(await documentAt(`${path}/${NAME}`)).toEqual({
      owner: 'team-a',
      rekey: {
        write: expect.any(String) as string,
        current: {
          value: created.current.value.expose(),
          createdAt: created.current.createdAt?.toISOString(),
        },
        pending: {
          value: staged.pending?.value.expose(),
          createdAt: staged.pending?.createdAt?.toISOString(),
        },
      },
    })
  })

  it('knows when each version came, over a reading by another process', async () => {
    const path = freshPath()
    const clock = createFakeClock(Date.parse('2026-11-24T15:00:00.000Z'))
    await using store = await open({ path, clock })
    await store.create(NAME, secret())
    await using other = await open({ path })
    expect((await other.read(NAME)).current.createdAt).toEqual(new Date(clock.now()))
  })

  it('does not write what is done already', async () => {
    const path = freshPath()
    await using store = await open({ path })
    const { revision } = await store.create(NAME, secret())
    await store.abort(NAME, revision)
    const { data } = await vault.require(
      'GET',
      `secret/metadata/${path.slice(path.indexOf('/') + 1)}/${NAME}`,
    )
    expect(data).toMatchObject({ current_version: 1 })
  })

  it('whose document cannot be read after its version changed is read again', async () => {
    await using proxy = await openFaultProxy(vault.address)
    const path = `secret/${random()}`
    await using writer = await open({ path })
    await using store = await openVaultStore({
      connection: connect(vault.rootToken, proxy.address),
      path,
      pollMs: 100,
    })
    const { revision } = await writer.create(NAME, secret())
    await store.read(NAME)
    const stop = new AbortController()
    const next = store.watch(NAME, stop.signal)[Symbol.asyncIterator]().next()
    await expect.poll(() => proxy.count(/metadata/)).toBeGreaterThan(1)
    let refused = 0
    proxy.fault = ({ path: asked }) => {
      if (!asked.includes('/data/') || refused === 1) return undefined
      refused += 1
      return { status: 403 }
    }
    const staged = await writer.stage(NAME, secret(), revision)
    expect((await next).value).toMatchObject({ revision: staged.revision })
    expect(refused).toBe(1)
    stop.abort()
  })

  describe('whose mounts', () => {
    beforeAll(async () => {
      const kv = (version: string) => ({ type: 'kv', options: { version } })
      await vault.require('POST', 'sys/mounts/team/a/kv', kv('2'))
      await vault.require('POST', 'sys/mounts/old', kv('1'))
      // A mount is upgraded in the background.
      await vi.waitFor(() => vault.require('GET', 'team/a/kv/config'), { timeout: 20_000 })
    })

    it('may hold slashes: finds where the mount ends, once for many readers', async () => {
      await using proxy = await openFaultProxy(vault.address)
      await using store = await openVaultStore({
        connection: connect(vault.rootToken, proxy.address),
        path: 'team/a/kv/deep/down',
      })
      await store.create(NAME, secret())
      await Promise.all(Array.from({ length: 20 }, () => store.read(NAME)))
      expect(proxy.count(/^sys\/internal\/ui\/mounts\//)).toBe(1)
      expect(proxy.count(/^team\/a\/kv\/data\/deep\/down\//)).toBe(22)
      expect(await store.list()).toEqual([NAME])
    })

    it('may be KV version 1: reads its plain documents, and writes nothing without check-and-set', async () => {
      const value = random()
      await vault.require('POST', `old/app/${NAME}`, { value })
      await using store = await open({ path: 'old/app' })
      const { current, revision } = await store.read(NAME)
      expect(current.value.expose()).toBe(value)
      expect(await store.list()).toEqual([NAME])
      await expect(store.stage(NAME, secret(), revision)).rejects.toMatchObject({
        code: 'refused',
        details: { reason: 'no-cas', mount: 'old' },
      })
    })

    it('may be named, so that Vault is not asked', async () => {
      await using proxy = await openFaultProxy(vault.address)
      await using store = await openVaultStore({
        connection: connect(vault.rootToken, proxy.address),
        path: 'team/a/kv/named',
        mount: { path: 'team/a/kv', version: 2 },
      })
      await store.create(NAME, secret())
      expect(proxy.count(/^sys\//)).toBe(0)
    })

    it('are looked for anew after another engine was mounted there', async () => {
      const value = random()
      await vault.require('POST', 'sys/mounts/moved', { type: 'kv', options: { version: '1' } })
      await using store = await open({ path: 'moved/app' })
      await expect(store.read(NAME)).rejects.toMatchObject({ code: 'missing' })
      await vault.require('DELETE', 'sys/mounts/moved')
      await vault.require('POST', 'sys/mounts/moved', { type: 'kv', options: { version: '2' } })
      await expect
        .poll(() => vault.request('POST', `moved/data/app/${NAME}`, { data: { value } }))
        .toMatchObject({ status: 200 })
      expect((await store.read(NAME)).current.value.expose()).toBe(value)
    })

    it.each(['', 'secret//x', 'secret/../sys', '/'])('are not looked for in %j', async (path) => {
      await expect(open({ path })).rejects.toMatchObject({ code: 'malformed' })
    })
  })

  describe("somebody else's document", () => {
    it('is the current version by one field, and is not written', async () => {
      const [path, value] = [freshPath(), random()]
      const api = path.replace('/', '/data/')
      await vault.require('POST', `${api}/${NAME}`, { data: { password: value, port: 5432 } })
      await using store = await open({ path, field: 'password' })
      const { current, revision } = await store.read(NAME)
      expect(current.value.expose()).toBe(value)
      await expect(store.stage(NAME, secret(), revision)).rejects.toMatchObject({
        code: 'refused',
        details: { reason: 'plain-document' },
      })
      expect(await documentAt(`${path}/${NAME}`)).toEqual({ password: value, port: 5432 })
    })

    it.each([
      ['without the field', { other: random() }],
      ['with a number in the field', { value: 5432 }],
      ['with our key but not our format', { rekey: random() }],
      ['with a stage that is no version', { rekey: { current: { value: 7 } } }],
    ])('%s is malformed, and its content is not in the error', async (_case, data) => {
      const path = freshPath()
      await vault.require('POST', `${path.replace('/', '/data/')}/${NAME}`, { data })
      await using store = await open({ path })
      const error = (await store.read(NAME).catch((reason: unknown) => reason)) as Error
      expect(error).toMatchObject({ code: 'malformed' })
      for (const text of Object.values(data).filter((part) => typeof part === 'string')) {
        expect(`${error.stack ?? ''} ${JSON.stringify(error)}`).not.toContain(text)
      }
    })
  })

  describe('a version that', () => {
    const written = async () => {
      const path = freshPath()
      const store = await open({ path })
      await store.create(NAME, secret())
      return { store, under: path.slice(path.indexOf('/') + 1) }
    }

    it('was deleted is missing, with its number and time; the next write counts on', async () => {
      const { store, under } = await written()
      const before = Date.now()
      await vault.require('DELETE', `secret/data/${under}/${NAME}`)
      const error = (await store.read(NAME).catch((reason: unknown) => reason)) as {
        details: { deletedAt: string }
      }
      expect(error).toMatchObject({ code: 'missing', details: { reason: 'deleted', version: 1 } })
      expect(Math.abs(Date.parse(error.details.deletedAt) - before)).toBeLessThan(30_000)
      await store.create(NAME, secret())
      expect((await store.read(NAME)).current.value.label).toBe(NAME)
    })

    it('was destroyed is missing, with its number', async () => {
      const { store, under } = await written()
      await vault.require('PUT', `secret/destroy/${under}/${NAME}`, { versions: [1] })
      await expect(store.read(NAME)).rejects.toMatchObject({
        code: 'missing',
        details: { reason: 'destroyed', version: 1 },
      })
    })

    it('will be deleted later is live, and expires then', async () => {
      const { store, under } = await written()
      await vault.require('POST', `secret/metadata/${under}/${NAME}`, {
        delete_version_after: '1h',
      })
      const { revision } = await store.read(NAME)
      await store.stage(NAME, secret(), revision)
      const { current, pending } = await store.read(NAME)
      const leftMs = (current.expiresAt?.getTime() ?? 0) - Date.now()
      expect(leftMs).toBeGreaterThan(3_500_000)
      expect(leftMs).toBeLessThanOrEqual(3_600_000)
      expect(pending?.expiresAt).toEqual(current.expiresAt)
    })
  })

  describe('a token with the policy of its service', () => {
    const login = async (policy: string) => {
      await vault.require('PUT', 'sys/policies/acl/service', { policy })
      const { auth } = await vault.require('POST', 'auth/token/create', { policies: ['service'] })
      return connect(auth?.client_token)
    }
    const mount = { path: 'secret', version: 2 } as const

    it('reads and watches its own secrets, and no others', async () => {
      const path = freshPath()
      const prefix = path.slice('secret/'.length)
      await using admin = await open({ path })
      const created = await admin.create(NAME, secret())
      await admin.create('OTHER', secret())
      const connection = await login(vaultPolicyFor({ mount, prefix, read: [NAME] }))
      await using store = await openVaultStore({ connection, path, pollMs: 100 })
      expect((await store.read(NAME)).revision).toBe(created.revision)
      await expect(store.read('OTHER')).rejects.toMatchObject({ code: 'forbidden' })
      await expect(store.stage(NAME, secret(), created.revision)).rejects.toMatchObject({
        code: 'forbidden',
        details: { reason: 'forbidden', status: 403 },
      })
      expect(store.rightsToRead([NAME])).toEqual([vaultPolicyFor({ mount, prefix, read: [NAME] })])
    })

    it('knows which rights it lacks, and changes nothing to know it', async () => {
      const path = freshPath()
      const prefix = path.slice('secret/'.length)
      const rights = { read: ['OTHER'], rotate: [NAME] }
      const connection = await login(vaultPolicyFor({ mount, prefix, ...rights }))
      await using store = await openVaultStore({ connection, path })
      expect(await store.lacks([NAME])).toEqual([])
      expect(await store.lacks([NAME, 'OTHER', 'NONE'])).toEqual([
        `the token lacks create, update on secret/data/${prefix}/OTHER: apply the policy of rekey rights`,
        `the token lacks create, read, update on secret/data/${prefix}/NONE: apply the policy of rekey rights`,
      ])
      await expect(store.read(NAME)).rejects.toMatchObject({ code: 'missing' })
    })

    it('rotates what it may rotate', async () => {
      const path = freshPath()
      const prefix = path.slice('secret/'.length)
      const connection = await login(vaultPolicyFor({ mount, prefix, rotate: [NAME] }))
      await using store = await openVaultStore({ connection, path })
      const created = await store.create(NAME, secret())
      const staged = await store.stage(NAME, secret(), created.revision)
      const promoted = await store.promote(NAME, staged.revision)
      const { current, previous } = await store.revoke(NAME, promoted.revision)
      expect([current.version, previous]).toEqual([staged.pending?.version, undefined])
    })

    it('is never a policy with a pattern in its path', () => {
      const policy = () => vaultPolicyFor({ mount, prefix: 'team/*', read: [NAME] })
      expect(policy).toThrow(expect.objectContaining({ code: 'malformed' }) as Error)
    })
  })

  describe('a watch', () => {
    const watched = async (rules: string) => {
      const path = freshPath()
      await using admin = await open({ path })
      const created = await admin.create(NAME, secret())
      const prefix = path.slice('secret/'.length)
      const policy = rules.replaceAll('PATH', `${prefix}/${NAME}`)
      await vault.require('PUT', 'sys/policies/acl/watcher', { policy })
      const { auth } = await vault.require('POST', 'auth/token/create', { policies: ['watcher'] })
      const proxy = await openFaultProxy(vault.address)
      const connection = connect(auth?.client_token, proxy.address)
      const store = await openVaultStore({ connection, path, pollMs: 100 })
      await store.read(NAME)
      return { store, proxy, path, revision: created.revision }
    }
    const changeAndSee = async ({ store, path, revision }: Awaited<ReturnType<typeof watched>>) => {
      const stop = new AbortController()
      const changes = store.watch(NAME, stop.signal)[Symbol.asyncIterator]()
      const next = changes.next()
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      await using admin = await open({ path })
      const staged = await admin.stage(NAME, secret(), revision)
      const change = await next
      stop.abort()
      expect(change).toMatchObject({ value: { revision: staged.revision } })
    }

    it('asks for metadata, and for the value only after a change', async () => {
      const fixture = await watched(
        'path "secret/data/PATH" { capabilities = ["read"] }\npath "secret/metadata/PATH" { capabilities = ["read"] }',
      )
      await using proxy = fixture.proxy
      await changeAndSee(fixture)
      expect(proxy.count(/^secret\/metadata\//)).toBeGreaterThan(5)
      // The first reading, the watch's own, the one after the first poll, the change.
      expect(proxy.count(/^secret\/data\//)).toBeLessThanOrEqual(4)
    })

    it('asks for the value where metadata is forbidden', async () => {
      const fixture = await watched('path "secret/data/PATH" { capabilities = ["read"] }')
      await using proxy = fixture.proxy
      await changeAndSee(fixture)
      expect(proxy.count(/^secret\/metadata\//)).toBe(1)
    })
  })
})

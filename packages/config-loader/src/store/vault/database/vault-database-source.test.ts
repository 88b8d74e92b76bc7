// @lane servers
import { setTimeout as delay } from 'node:timers/promises'
import { type StagedSecret, systemClock } from '@rekey/secret'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openVaultDatabaseSource } from '../index.ts'
import type { VaultDatabaseSource, VaultSession } from '../internal.ts'
import {
  type DatabaseFixture,
  eventually,
  openDatabaseFixture,
  openVaultFixture,
  vaultProgram,
  type VaultFixture,
} from '../../../../test/store/vault/vault-fixture.support.ts'

const NAME = 'DATABASE_FRONTEND'

describe.runIf(vaultProgram.found)('a source of database logins that Vault makes', () => {
  let fixture: VaultFixture
  let database: DatabaseFixture
  let session: VaultSession
  beforeAll(async () => {
    fixture = await openVaultFixture()
    database = await openDatabaseFixture(fixture.vault)
  })
  afterAll(async () => {
    await database[Symbol.asyncDispose]()
    await fixture[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    fixture.begin()
    await database.role('frontend')
    session = await fixture.open(await fixture.appRole())
  })
  afterEach(async () => {
    fixture.proxy.fault = () => undefined
    await session.close()
    await fixture.vault.require('PUT', 'sys/leases/revoke-force/database')
    for (const user of await database.users()) await database.admin.query(`drop role "${user}"`)
  })

  const open = (login: object = {}, options: object = {}): Promise<VaultDatabaseSource> =>
    openVaultDatabaseSource({
      ...options,
      session,
      logins: { [NAME]: { role: 'frontend', url: database.url, ...login } },
      onEvent: (event) => fixture.events.push(event),
    })

  const userOf = (version: StagedSecret['current'] | undefined) =>
    version && new URL(version.value.expose()).username

  /** Whether the login works at the database. */
  async function works(version: StagedSecret['current']): Promise<boolean> {
    const client = new pg.Client({ connectionString: version.value.expose() })
    try {
      await client.connect()
      return true
    } catch {
      return false
    } finally {
      await client.end()
    }
  }

  it('asks for nothing before the first read', async () => {
    await using source = await open()
    expect(fixture.proxy.count(/creds/)).toBe(0)
    expect(await source.list()).toEqual([NAME])
  })

  it('gives a login that works, with a password that is long enough', async () => {
    await using source = await open()
    const { current, previous } = await source.read(NAME)
    expect(await works(current)).toBe(true)
    expect(new URL(current.value.expose()).password.length).toBeGreaterThanOrEqual(32)
    expect(current.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 3_500_000)
    expect(previous).toBeUndefined()
  })

  it('S24 leases once, however many read at once or later', async () => {
    await using source = await open()
    const reads = await Promise.all(Array.from({ length: 1_000 }, () => source.read(NAME)))
    expect(new Set(reads.map(({ revision }) => revision)).size).toBe(1)
    await source.read(NAME)
    expect(fixture.proxy.count(/creds/)).toBe(1)
    expect(await database.users()).toHaveLength(1)
  })

  it('S6 keeps the login over renewals, which bring none, and says that it lives longer', async () => {
    await database.role('frontend', { default_ttl: '6s', max_ttl: '1h' })
    await using source = await open()
    const first = await source.read(NAME)
    await eventually(() => fixture.count('lease-renewed')).toBe(2)
    const renewed = await source.read(NAME)
    expect(renewed.current.version).toBe(first.current.version)
    expect(renewed.current.value.expose()).toBe(first.current.value.expose())
    expect(renewed.revision).not.toBe(first.revision)
    expect(Number(renewed.current.expiresAt)).toBeGreaterThan(Number(first.current.expiresAt))
    expect(await works(renewed.current)).toBe(true)
    expect(fixture.proxy.count(/creds/)).toBe(1)
  })

  it('S7 has the next login before max_ttl ends the one in hand, and both work until it is released', async () => {
    await database.role('frontend', { default_ttl: '4s', max_ttl: '9s' })
    await session.close()
    session = await fixture.open(await fixture.appRole(), { random: () => 0.99 })
    await using source = await open()
    const first = await source.read(NAME)
    const stop = new AbortController()
    let next: StagedSecret | undefined
    for await (const staged of source.watch(NAME, stop.signal)) {
      next = staged
      if (staged.current.version !== first.current.version) stop.abort()
    }
    expect(next?.previous?.version).toBe(first.current.version)
    expect(next && (await works(next.current))).toBe(true)
    expect(next?.previous && (await works(next.previous))).toBe(true)

    await source.released(NAME, first.current.version)
    expect((await source.read(NAME)).previous).toBeUndefined()
    await eventually(() => database.users()).toEqual([userOf(next?.current)])
    expect(fixture.count('lease-revoked')).toBe(1)
  })

  it('lets a login that nobody released run out', async () => {
    await database.role('frontend', { default_ttl: '6s', max_ttl: '1h' })
    fixture.proxy.fault = ({ path }) =>
      path.includes('leases/renew') ? { status: 403 } : undefined
    await using source = await open()
    const first = await source.read(NAME)
    await eventually(async () => (await source.read(NAME)).previous?.version).toBe(
      first.current.version,
    )
    await eventually(async () =>
      (await database.users()).includes(userOf(first.current) ?? ''),
    ).toBe(false)
    await source.released(NAME, first.current.version)
    expect(fixture.count('lease-revoked')).toBe(0)
  })

  it('leases another one when the token that made it is gone', async () => {
    await database.role('frontend', { default_ttl: '4s', max_ttl: '1h' })
    await using source = await open()
    const first = await source.read(NAME)
    await fixture.vault.require('PUT', 'sys/leases/revoke-prefix/auth/approle/login')
    await eventually(async () => (await source.read(NAME)).current.version).not.toBe(
      first.current.version,
    )
    const { current, previous } = await source.read(NAME)
    expect(await works(current)).toBe(true)
    expect(previous).toBeUndefined()
    expect(fixture.proxy.count(/login/)).toBe(2)
    expect(fixture.proxy.count(/creds/)).toBe(2)
  })

  it('leases another one when the database refuses the one in hand, once a minute', async () => {
    let passedMs = 0
    const clock = { ...systemClock, elapsed: () => systemClock.elapsed() + passedMs }
    await using source = await open({}, { clock })
    const first = await source.read(NAME)
    await source.rejected(NAME, first.current.version)
    expect(fixture.proxy.count(/creds/)).toBe(1)
    passedMs = 60_000
    await Promise.all([1, 2, 3].map(() => source.rejected(NAME, first.current.version)))
    const { current, previous } = await source.read(NAME)
    expect(await works(current)).toBe(true)
    expect(previous?.version).toBe(first.current.version)
    await source.rejected(NAME, first.current.version)
    await source.rejected(NAME, current.version)
    expect(fixture.proxy.count(/creds/)).toBe(2)
  })

  it.each([
    ['its lease', 'sys/leases/revoke-prefix/database/creds/frontend'],
    ['its token', 'sys/leases/revoke-prefix/auth/approle/login'],
  ])('leases another one as soon as a refused login shows that %s is gone', async (_, path) => {
    await using source = await open()
    const first = await source.read(NAME)
    await fixture.vault.require('PUT', path)
    await eventually(() => works(first.current)).toBe(false)
    await Promise.all([1, 2, 3].map(() => source.rejected(NAME, first.current.version)))
    const { current, previous } = await source.read(NAME)
    expect(await works(current)).toBe(true)
    expect(previous).toBeUndefined()
    expect(fixture.proxy.count(/creds/)).toBe(2)
  })

  it('S13 asks again only after a wait when no answer came, and leaves no orphan', async () => {
    await session.close()
    session = await fixture.open(await fixture.appRole(), { maxRequestMs: 100 })
    let lost = 2
    fixture.proxy.fault = ({ path }) =>
      path.includes('creds') && lost-- > 0 ? 'lose the answer' : undefined
    await using source = await open()
    await expect(source.read(NAME)).rejects.toMatchObject({ code: 'unreachable' })
    const soon = await Promise.allSettled(Array.from({ length: 50 }, () => source.read(NAME)))
    expect(new Set(soon.map(({ status }) => status))).toEqual(new Set(['rejected']))
    expect(fixture.proxy.count(/creds/)).toBe(1)
    await eventually(() => source.read(NAME).then(Boolean, () => false)).toBe(true)
    expect(fixture.proxy.count(/creds/)).toBe(3)
    await eventually(async () => (await database.users()).length).toBe(1)
    expect(await works((await source.read(NAME)).current)).toBe(true)
    await delay(300)
    expect(fixture.proxy.count(/creds/)).toBe(3)
  })

  it('gives its logins back when it is closed', async () => {
    const source = await open()
    await source.read(NAME)
    await source[Symbol.asyncDispose]()
    await eventually(() => database.users()).toEqual([])
    expect(fixture.count('revoke-failed')).toBe(0)
  })

  it('knows only its own names, and says which rights it needs', async () => {
    await using source = await open()
    await expect(source.read('DATABASE_OTHER')).rejects.toMatchObject({ code: 'missing' })
    expect(source.rightsToRead([NAME])).toEqual([
      'path "database/creds/frontend" {\n  capabilities = ["read"]\n}',
      'path "sys/leases/revoke" {\n  capabilities = ["update"]\n}',
    ])
    expect(source.rightsToRead([])).toEqual([])
  })

  it('refuses a URL that holds a login, without showing it', async () => {
    await expect(
      async () => await open({ url: 'postgresql://me:canary@db.example/app' }),
    ).rejects.toSatisfy((error: unknown) => !String(error).includes('canary'))
  })

  it('follows a static role right after each rotation', async () => {
    await database.staticRole('legacy', { rotation_period: 5 })
    await using source = await open({ role: 'legacy', static: true })
    const first = await source.read(NAME)
    expect(await works(first.current)).toBe(true)
    const stop = new AbortController()
    const seen: StagedSecret[] = []
    for await (const staged of source.watch(NAME, stop.signal)) {
      seen.push(staged)
      stop.abort()
    }
    for (const { current, previous } of seen) {
      expect(userOf(current)).toBe('legacy')
      expect(previous).toBeUndefined()
    }
    expect(new Set([first, ...seen].map(({ current }) => current.version)).size).toBe(2)
    expect(Number(seen[0]?.current.createdAt)).toBeGreaterThan(Number(first.current.createdAt))
    expect(fixture.count('read-failed')).toBe(0)
  })

  it('takes a static login that is just being rotated for unreachable, and asks again', async () => {
    await database.staticRole('rotating', { rotation_period: 3600 })
    await using source = await open({ role: 'rotating', static: true })
    const { version } = (await source.read(NAME)).current
    const zero = { data: { username: 'rotating', password: 'p', ttl: 0 } }
    let zeros = 2
    fixture.proxy.fault = ({ path }) =>
      path.includes('static-creds') && zeros-- > 0 ? { status: 200, body: zero } : undefined
    await expect(source.read(NAME)).rejects.toMatchObject({ details: { reason: 'rotating' } })
    await eventually(() => source.read(NAME).then(({ current }) => current.version, String)).toBe(
      version,
    )
    expect(fixture.count('read-failed')).toBe(0)
  })
})

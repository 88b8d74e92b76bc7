// @lane servers
import { createFakeClock } from '@rekey/secret'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { VaultLease, VaultSession } from '../internal.ts'
import {
  type DatabaseFixture,
  eventually,
  openDatabaseFixture,
  openVaultFixture,
  vaultProgram,
  type VaultFixture,
} from '../../../../test/store/vault/vault-fixture.support.ts'

const LEASES = 50
const CREDS = 'database/creds/frontend'

describe.runIf(vaultProgram.found)('the leases of a session with Vault', () => {
  let fixture: VaultFixture
  let database: DatabaseFixture
  beforeAll(async () => {
    fixture = await openVaultFixture()
    database = await openDatabaseFixture(fixture.vault)
  })
  afterAll(async () => {
    await database[Symbol.asyncDispose]()
    await fixture[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    fixture.begin()
  })
  afterEach(async () => {
    await fixture.vault.require('PUT', 'sys/leases/revoke-force/database')
    for (const user of await database.users()) await database.admin.query(`drop role "${user}"`)
  })

  const revokeTokens = () =>
    fixture.vault.require('PUT', 'sys/leases/revoke-prefix/auth/approle/login')

  /** Opens a lease, and another one whenever it must be replaced, as a source does. */
  async function keepLeasing(session: VaultSession, onLease: (lease: VaultLease) => void) {
    const lease = await session.openLease({ path: CREDS })
    onLease(lease)
    void lease.ended.then(async ({ reason }) => {
      if (reason !== 'revoked') await keepLeasing(session, onLease)
    })
  }

  it('S1 are kept over renewals that fail, with all that was leased', async () => {
    await database.role('frontend', { default_ttl: '10s', max_ttl: '1h' })
    await using session = await fixture.open(await fixture.appRole())
    const lease = await session.openLease({ path: CREDS })
    const data = structuredClone(lease.data)
    let failures = 2
    fixture.proxy.fault = ({ path }) =>
      path.includes('leases/renew') && failures-- > 0 ? { status: 500 } : undefined
    await eventually(() => fixture.count('lease-renewed')).toBe(1)
    const renewals = fixture.proxy.passed.filter(({ path }) => path.includes('leases/renew'))
    expect(renewals).toHaveLength(3)
    const times = renewals.map(({ atMs }) => atMs)
    for (const [i, at] of times.slice(1).entries()) {
      expect(at - (times[i] ?? NaN)).toBeGreaterThanOrEqual(950)
    }
    expect(lease.isOver).toBe(false)
    expect(lease.data).toEqual(data)
    expect(fixture.proxy.count(/creds/)).toBe(1)
  })

  it('S2 end with one error, not before their time, when no renewal works', async () => {
    await database.role('frontend', { default_ttl: '4s', max_ttl: '1h' })
    await using session = await fixture.open(await fixture.appRole())
    const start = performance.now()
    const lease = await session.openLease({ path: CREDS })
    fixture.proxy.fault = ({ path }) =>
      path.includes('leases/renew') ? { status: 500 } : undefined
    expect(await lease.ended).toMatchObject({
      reason: 'expired',
      error: { code: 'unreachable', details: { reason: 'server-error' } },
    })
    expect(performance.now() - start).toBeGreaterThanOrEqual(3_900)
    expect(lease.isOver).toBe(true)
    expect(fixture.count('lease-expired')).toBe(1)
  })

  it('S3 are read anew once each, after one login, when their token is revoked', async () => {
    await database.role('frontend', { default_ttl: '9s', max_ttl: '1h' })
    await using session = await fixture.open(await fixture.appRole())
    const leases: VaultLease[] = []
    const keep = () => keepLeasing(session, (lease) => leases.push(lease))
    await Promise.all(Array.from({ length: LEASES }, keep))
    expect(fixture.proxy.count(/creds/)).toBe(LEASES)
    await revokeTokens()
    fixture.proxy.passed.splice(0)
    await eventually(() => leases.length).toBe(2 * LEASES)
    expect(fixture.proxy.count(/login/)).toBe(1)
    expect(fixture.proxy.count(/creds/)).toBe(LEASES)
    expect(fixture.count('token-gone')).toBe(1)
    const [first, second] = [leases.slice(0, LEASES), leases.slice(LEASES)]
    expect(first.every(({ isOver }) => isOver)).toBe(true)
    expect(second.some(({ isOver }) => isOver)).toBe(false)

    // The renewals of old leases that were under way when the first one was refused, and none after that.
    const order = fixture.proxy.passed.map(({ path }) => path)
    const login = order.findIndex((path) => path.includes('login'))
    const late = order.slice(login).filter((path) => path.includes('leases/renew'))
    expect(login).toBeGreaterThan(0)
    expect(late).toEqual([])
    // How many were under way depends on the machine; none was tried again.
    const renewals = order.filter((path) => path.includes('leases/renew'))
    expect(renewals.length).toBeLessThanOrEqual(LEASES)
  })

  it('S8 are read anew once each, after one login, when the machine slept past their end', async () => {
    const clock = createFakeClock()
    await database.role('frontend')
    await using session = await fixture.open(await fixture.appRole({ token_ttl: '1h' }), { clock })
    const leases: VaultLease[] = []
    const keep = () => keepLeasing(session, (lease) => leases.push(lease))
    await Promise.all(Array.from({ length: 10 }, keep))
    fixture.proxy.passed.splice(0)
    clock.suspend(3 * 3_600_000)
    await clock.advance(30_000)
    await eventually(() => leases.length).toBe(20)
    await clock.advance(60_000)
    expect(fixture.proxy.count(/login/)).toBe(1)
    expect(fixture.proxy.count(/creds/)).toBe(10)
    expect(fixture.proxy.passed).toHaveLength(11)
    expect(fixture.count('token-expired')).toBe(1)
    expect(leases.filter(({ isOver }) => isOver)).toHaveLength(10)
  })

  it('that the token may not renew are replaced in time', async () => {
    await database.role('frontend', { default_ttl: '8s', max_ttl: '1h' })
    await using session = await fixture.open(
      await fixture.appRole({ token_no_default_policy: true }),
    )
    const lease = await session.openLease({ path: CREDS })
    expect(await lease.ended).toEqual({ reason: 'due' })
    expect(lease.isOver).toBe(false)
    expect(fixture.proxy.count(/login/)).toBe(1)
  })

  it('that an operator revoked are found gone by their renewal', async () => {
    await database.role('frontend', { default_ttl: '4s', max_ttl: '1h' })
    await using session = await fixture.open(await fixture.appRole())
    const lease = await session.openLease({ path: CREDS })
    await fixture.vault.require('PUT', `sys/leases/revoke-prefix/${CREDS}`)
    expect(await lease.ended).toMatchObject({ reason: 'gone', error: { code: 'rejected' } })
    expect(fixture.proxy.count(/login/)).toBe(1)
  })

  it('are revoked with the session, and their users dropped', async () => {
    await database.role('frontend')
    const session = await fixture.open(await fixture.appRole())
    await Promise.all(Array.from({ length: 3 }, () => session.openLease({ path: CREDS })))
    expect(await database.users()).toHaveLength(3)
    await session.close()
    expect(fixture.count('lease-revoked') + fixture.count('revoke-failed')).toBe(0)
    await eventually(() => database.users()).toEqual([])
  })

  it('that the token may not revoke end with the token, after a warning', async () => {
    await database.role('frontend')
    const auth = await fixture.appRole({ token_policies: ['reader'] })
    const policy = 'path "database/creds/*" { capabilities = ["read"] }'
    await fixture.vault.require('PUT', 'sys/policies/acl/reader', { policy })
    const session = await fixture.open(auth)
    const lease = await session.openLease({ path: CREDS })
    await lease.revoke()
    expect(lease.isOver).toBe(false)
    expect(fixture.events.at(-1)).toMatchObject({ type: 'revoke-failed', level: 'warning' })
    await session.close()
    await eventually(() => database.users()).toEqual([])
  })

  it('S13 that were made without an answer are revoked with their token, the next is of another', async () => {
    await database.role('frontend')
    const auth = await fixture.appRole()
    await using session = await fixture.open(auth, { maxRequestMs: 200 })
    const lease = await session.openLease({ path: CREDS })
    const used = await database.users()
    fixture.proxy.fault = ({ path }) => (path.includes('creds') ? 'lose the answer' : undefined)
    await expect(session.openLease({ path: CREDS })).rejects.toMatchObject({ code: 'unreachable' })
    expect(fixture.proxy.count(/creds/)).toBe(2)
    expect(await database.users()).toHaveLength(2)
    expect(fixture.count('mint-uncertain')).toBe(1)

    fixture.proxy.fault = () => undefined
    await session.openLease({ path: CREDS })
    const [orphan] = (await database.users()).filter((user) => !used.includes(user))
    expect(fixture.proxy.count(/login/)).toBe(2)
    expect(lease.isOver).toBe(false)
    expect(await database.users()).toContain(orphan)

    await lease.revoke()
    await eventually(async () => (await database.users()).length).toBe(1)
    expect(await database.users()).not.toContain(orphan)
  })

  it('S13 that a slow database makes after we gave up are bounded as well', async () => {
    await database.role('frontend', {}, 2)
    await using session = await fixture.open(await fixture.appRole(), { maxRequestMs: 4_000 })
    fixture.proxy.fault = ({ path }) => (path.includes('creds') ? { holdMs: 1 } : undefined)
    const given = session.openLease({ path: CREDS, signal: AbortSignal.timeout(500) })
    await expect(given).rejects.toMatchObject({ name: 'TimeoutError' })
    await eventually(async () => (await database.users()).length).toBe(1)
    await database.role('frontend')
    await session.openLease({ path: CREDS })
    expect(await database.users()).toHaveLength(2)
    await eventually(async () => (await database.users()).length).toBe(1)
    expect(fixture.proxy.count(/creds/)).toBe(2)
  })
})

// @lane servers
import { createFakeClock, Secret } from '@rekey/secret'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { tokenAuth } from '../index.ts'
import type { VaultSession } from '../internal.ts'
import {
  eventually,
  openVaultFixture,
  vaultProgram,
  type VaultFixture,
} from '../../../../test/store/vault/vault-fixture.support.ts'

const KEY = 'secret/data/rekey/KEY'

const read = async (session: VaultSession) =>
  (await session.request({ method: 'GET', path: KEY })).data?.['data']

describe.runIf(vaultProgram.found)('a session with Vault', () => {
  let fixture: VaultFixture
  beforeAll(async () => {
    fixture = await openVaultFixture()
  })
  afterAll(() => fixture[Symbol.asyncDispose]())
  beforeEach(() => {
    fixture.begin()
  })

  /** Revokes every token of the AppRole role, as an operator would. */
  const revokeAll = () =>
    fixture.vault.require('PUT', 'sys/leases/revoke-prefix/auth/approle/login')

  it('logs in once and reads', async () => {
    await using session = await fixture.open(await fixture.appRole())
    expect(await Promise.all([read(session), read(session)])).toEqual([
      { value: 'there' },
      { value: 'there' },
    ])
    expect(fixture.proxy.count(/login/)).toBe(1)
  })

  it('logs in once for all who find the token dead, and repeats each request once', async () => {
    await using session = await fixture.open(await fixture.appRole())
    await read(session)
    await revokeAll()
    const answers = await Promise.all(Array.from({ length: 30 }, () => read(session)))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(fixture.proxy.count(/login/)).toBe(2)
    expect(fixture.proxy.count(/KEY/)).toBeLessThanOrEqual(1 + 2 * 30)
    expect(fixture.count('token-gone')).toBe(1)
  })

  it('does not log in again for what it may not do', async () => {
    await using session = await fixture.open(await fixture.appRole())
    await read(session)
    const forbidden = session.request({ method: 'GET', path: 'sys/mounts' })
    await expect(forbidden).rejects.toMatchObject({ code: 'forbidden' })
    expect(fixture.proxy.count(/login/)).toBe(1)
    expect(fixture.proxy.count(/mounts/)).toBe(1)
  })

  it('finds out that the token is dead where the server says no more than that it refuses', async () => {
    await using session = await fixture.open(await fixture.appRole())
    await read(session)
    fixture.proxy.fault = ({ path }) =>
      fixture.proxy.count(/login/) < 2 && !path.includes('login') ? { status: 403 } : undefined
    await Promise.all(Array.from({ length: 10 }, () => read(session)))
    expect(fixture.proxy.count(/login/)).toBe(2)
    expect(fixture.proxy.count(/lookup-self/)).toBe(1)
  })

  it('logs in by itself when a renewal finds the token dead', async () => {
    await using session = await fixture.open(await fixture.appRole({ token_period: '2s' }))
    await revokeAll()
    await eventually(() => fixture.count('logged-in')).toBe(2)
    expect(fixture.count('token-gone')).toBe(1)
    expect(session.address).toBe(fixture.proxy.address)
  })

  it('S27 logs in at a random moment after its start', async () => {
    const clock = createFakeClock()
    const options = { clock, startJitterMs: 1_000, random: () => 0.5 }
    const opening = fixture.open(await fixture.appRole(), options)
    await clock.advance(499)
    expect(fixture.proxy.count(/login/)).toBe(0)
    await clock.advance(1)
    await using session = await opening
    expect(await read(session)).toEqual({ value: 'there' })
  })

  it('sends exactly the token that a request names', async () => {
    await using session = await fixture.open(await fixture.appRole())
    const token = Secret.of(fixture.vault.rootToken, 'ROOT')
    const { status } = await session.request({ method: 'GET', path: 'sys/mounts', token })
    expect(status).toBe(200)
    const without = session.request({ method: 'GET', path: KEY, token: 'none' })
    await expect(without).rejects.toMatchObject({ code: 'forbidden' })
    expect(fixture.proxy.count(/login/)).toBe(1)
  })

  it('renews its token, and logs in anew before its longest life ends', async () => {
    const auth = await fixture.appRole({ token_ttl: '6s', token_max_ttl: '12s' })
    await using session = await fixture.open(auth, { random: () => 0.99 })
    await eventually(() => fixture.proxy.count(/login/)).toBe(2)
    expect(fixture.count('token-renewed')).toBeGreaterThanOrEqual(2)
    expect(await read(session)).toEqual({ value: 'there' })
    expect(fixture.count('token-expired') + fixture.count('token-gone')).toBe(0)
  })

  it('revokes the token that it replaced', async () => {
    const auth = await fixture.appRole({ token_ttl: '4s', token_max_ttl: '60s' })
    await using session = await fixture.open(auth)
    fixture.proxy.fault = ({ path }) => (path.includes('renew-self') ? { status: 403 } : undefined)
    await eventually(() => fixture.proxy.count(/login/)).toBeGreaterThanOrEqual(2)
    await eventually(() => fixture.proxy.count(/revoke-self/)).toBeGreaterThanOrEqual(1)
    expect(await read(session)).toEqual({ value: 'there' })
  })

  it('replaces a batch token, which cannot be renewed', async () => {
    const auth = await fixture.appRole({ token_type: 'batch', token_ttl: '6s' })
    await using session = await fixture.open(auth)
    await eventually(() => fixture.proxy.count(/login/)).toBe(2)
    expect(fixture.proxy.count(/renew-self|revoke-self/)).toBe(0)
    expect(await read(session)).toEqual({ value: 'there' })
  })

  it('renews a periodic token beyond its period without a login', async () => {
    const auth = await fixture.appRole({ token_period: '5s' })
    await using session = await fixture.open(auth)
    await eventually(() => fixture.count('token-renewed')).toBeGreaterThanOrEqual(4)
    expect(await read(session)).toEqual({ value: 'there' })
    expect(fixture.proxy.count(/login/)).toBe(1)
  })

  it('counts the uses of a token that has few, and logs in when they are over', async () => {
    const auth = await fixture.appRole({ token_num_uses: 3 })
    await using session = await fixture.open(auth)
    expect(fixture.count('uses-limited')).toBe(1)
    for (let reads = 0; reads < 7; reads += 1) await read(session)
    expect(fixture.proxy.count(/KEY/)).toBe(7)
    expect(fixture.proxy.count(/login/)).toBe(3)
  })

  it('asks a token that root gave it for nothing but what it needs', async () => {
    const token = Secret.of(fixture.vault.rootToken, 'ROOT')
    {
      await using session = await fixture.open(tokenAuth({ token }))
      await read(session)
    }
    expect(fixture.proxy.passed.map(({ path }) => path)).toEqual(['auth/token/lookup-self', KEY])
  })

  it('takes another token from its file when the one in hand is gone', async () => {
    const [first, second] = [await fixture.token({ ttl: '1h' }), await fixture.token({ ttl: '1h' })]
    const file = await fixture.write('token', first)
    await using session = await fixture.open(tokenAuth({ file }))
    await read(session)
    await fixture.write('token', second)
    await fixture.vault.require('POST', 'auth/token/revoke', { token: first })
    expect(await read(session)).toEqual({ value: 'there' })
  })

  it('is there although Vault is not, and works when it is back', async () => {
    const auth = await fixture.appRole()
    fixture.proxy.fault = () => ({ status: 503 })
    await using session = await fixture.open(auth)
    await expect(read(session)).rejects.toMatchObject({
      code: 'unreachable',
      details: { retryAfterMs: expect.any(Number) as number },
    })
    fixture.proxy.fault = () => undefined
    await eventually(() => read(session).catch(() => undefined)).toEqual({ value: 'there' })
  })

  it('is not opened with credentials that Vault refuses', async () => {
    const auth = await fixture.appRole()
    await fixture.write('secret-id', 'not-one')
    await expect(fixture.open(auth)).rejects.toMatchObject({ code: 'rejected' })
    expect(fixture.proxy.count(/login/)).toBe(1)
  })

  it('waits 1 s to 5 min, longer each time, between logins that fail', async () => {
    const clock = createFakeClock()
    const auth = await fixture.appRole()
    fixture.proxy.fault = () => ({ status: 500 })
    await using session = await fixture.open(auth, { clock, random: () => 0 })
    const waits = () => fixture.events.map(({ retryInMs }) => retryInMs)
    for (let failures = 1; failures < 12; failures += 1) {
      await eventually(() => waits().length).toBe(failures)
      await clock.advance(waits().at(-1) ?? 0)
    }
    expect(session.address).toBe(fixture.proxy.address)
    expect(waits().slice(0, 4)).toEqual([750, 1_500, 3_000, 6_000])
    expect(Math.max(...waits().map(Number))).toBe(225_000)
  })

  it('revokes its own token when it is closed, and lets a given one live', async () => {
    const own = await fixture.open(await fixture.appRole())
    await own.close()
    expect(fixture.proxy.count(/revoke-self/)).toBe(1)
    await expect(read(own)).rejects.toMatchObject({ code: 'disposed' })
    fixture.begin()
    const given = await fixture.open(await fixture.tokenAuth())
    await given.close()
    expect(fixture.proxy.count(/revoke/)).toBe(0)
  })

  it('is closed in time although Vault hangs', async () => {
    const session = await fixture.open(await fixture.appRole(), { closeWithinMs: 300 })
    fixture.proxy.fault = () => ({ holdMs: 4_000 })
    const start = performance.now()
    await session.close()
    expect(performance.now() - start).toBeLessThan(3_000)
    expect(fixture.count('revoke-failed')).toBe(1)
  })
})

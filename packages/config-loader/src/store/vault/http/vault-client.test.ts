import { randomBytes } from 'node:crypto'
import { createFakeClock, Secret, systemClock } from '@rekey/secret'
import { findForTest, openVault, type Vault } from '@rekey/testbed'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createVaultClient, isVaultReason, type VaultRequest } from '../internal.ts'
import {
  type Fault,
  type FaultProxy,
  openFaultProxy,
} from '../../../../test/store/vault/vault-proxy.support.ts'

const { found, path: program } = await findForTest('vault')
const random = () => randomBytes(24).toString('base64url')

/** Waits of any length are over at once, and are noted. The time limit of a request, which is the longest, never comes. */
function hurriedClock() {
  const waitsMs: number[] = []
  const sleep = (delayMs: number, signal?: AbortSignal) => {
    if (delayMs === 60_000) return systemClock.sleep(delayMs, signal)
    waitsMs.push(delayMs)
    return Promise.resolve()
  }
  return { clock: { ...systemClock, sleep }, waitsMs }
}

describe.runIf(found)('a client of a real Vault', { timeout: 60_000 }, () => {
  let vault: Vault
  let proxy: FaultProxy
  beforeAll(async () => {
    vault = await openVault({ program, storage: 'file' })
    await vault.require('POST', 'secret/data/there', { data: { value: random() } })
    await vault.require('POST', 'secret/data/deleted', { data: { value: random() } })
    await vault.require('DELETE', 'secret/data/deleted')
    await vault.require('POST', 'secret/data/destroyed', { data: { value: random() } })
    await vault.require('PUT', 'secret/destroy/destroyed', { versions: [1] })
  }, 120_000)
  afterAll(() => vault.close())
  beforeEach(async () => {
    proxy = await openFaultProxy(vault.address)
  })
  afterEach(() => proxy[Symbol.asyncDispose]())

  const root = () => Secret.of(vault.rootToken, 'VAULT_TOKEN')
  const ask = (path: string, request: Partial<VaultRequest> = {}) => {
    const client = createVaultClient({ address: proxy.address, clock: hurriedClock().clock })
    return client.request({ method: 'GET', path, token: root(), ...request })
  }
  const tokenFor = async (body: object) => {
    const { auth } = await vault.require('POST', 'auth/token/create', body)
    return Secret.of(auth?.client_token ?? '', 'VAULT_TOKEN')
  }

  describe('S10 tells the answers of Vault apart:', () => {
    it.each([
      ['absent', 'missing', 'secret/data/nowhere'],
      ['deleted', 'missing', 'secret/data/deleted'],
      ['destroyed', 'missing', 'secret/data/destroyed'],
      ['wrong-path', 'malformed', 'secret/there'],
      ['wrong-path', 'malformed', 'nomount/data/there'],
    ])('404 that means %s, as %s (%s)', async (reason, code, path) => {
      await expect(ask(path)).rejects.toMatchObject({ code, details: { reason, status: 404 } })
    })

    it('403 of a token without the right, and of one that is dead', async () => {
      const token = await tokenFor({ policies: ['default'] })
      const read = () => ask('secret/data/there', { token })
      await expect(read()).rejects.toMatchObject({
        code: 'forbidden',
        details: { reason: 'forbidden', status: 403 },
      })
      await vault.require('POST', 'auth/token/revoke', { token: token.expose() })
      await expect(read()).rejects.toMatchObject({
        code: 'forbidden',
        details: { reason: 'dead-token', status: 403 },
      })
    })

    it('no token at all', async () => {
      await expect(ask('secret/data/there', { token: 'none' })).rejects.toMatchObject({
        code: 'forbidden',
        details: { reason: 'forbidden' },
      })
    })

    it('400 of a check-and-set, and of other bad requests', async () => {
      const write = (cas: number) => ({ options: { cas }, data: { value: random() } })
      const put = (body: Record<string, unknown>) =>
        ask('secret/data/there', { method: 'POST', body })
      await expect(put(write(7))).rejects.toMatchObject({
        code: 'conflict',
        details: { reason: 'cas-mismatch', status: 400 },
      })
      await expect(put({ data: 'not an object' })).rejects.toMatchObject({
        code: 'rejected',
        details: { reason: 'bad-request', status: 400 },
      })
    })

    it('400 of a lease that is gone, of a login, and of a token that was unwrapped before', async () => {
      await vault.require('POST', 'sys/auth/approle', { type: 'approle' })
      const login = { role_id: random(), secret_id: random() }
      const post = (path: string, body: Record<string, unknown>, token?: Secret) =>
        ask(path, { method: 'POST', body, ...(token && { token }) })
      await expect(post('auth/approle/login', login)).rejects.toMatchObject({
        code: 'rejected',
        details: { reason: 'bad-credentials' },
      })
      const lease_id = `database/creds/frontend/${random()}`
      await expect(post('sys/leases/renew', { lease_id })).rejects.toMatchObject({
        code: 'rejected',
        details: { reason: 'lease-gone' },
      })
      const { wrapInfo } = await ask('secret/data/there', { wrapTtlMs: 60_000 })
      const unwrap = () => post('sys/wrapping/unwrap', {}, wrapInfo?.token)
      expect((await unwrap()).data).toHaveProperty('data.value')
      await expect(unwrap()).rejects.toMatchObject({
        code: 'rejected',
        details: { reason: 'wrapping-token-gone' },
      })
    })

    it('429 of a rate limit, with its Retry-After', async () => {
      await vault.require('POST', 'sys/quotas/config', { enable_rate_limit_response_headers: true })
      await vault.require('POST', 'sys/quotas/rate-limit/tight', {
        rate: 1,
        interval: '1h',
        path: 'secret',
      })
      try {
        await ask('secret/data/there')
        await expect(ask('secret/data/there')).rejects.toMatchObject({
          code: 'unreachable',
          details: {
            reason: 'throttled',
            status: 429,
            retryAfterMs: expect.any(Number) as number,
            repeats: 0,
          },
        })
      } finally {
        await vault.require('DELETE', 'sys/quotas/rate-limit/tight')
      }
    })

    it('503 of a sealed Vault, and works again when it is unsealed', async () => {
      await vault.seal()
      try {
        await expect(ask('secret/data/there')).rejects.toMatchObject({
          code: 'unreachable',
          details: { reason: 'sealed', status: 503, repeats: 2 },
        })
      } finally {
        await vault.unseal()
      }
      expect(await ask('secret/data/there')).toMatchObject({ status: 200 })
    })

    it.each([
      [412, 'replica-behind', 2],
      [472, 'standby', 0],
      [500, 'server-error', 2],
      [501, 'server-error', 0],
      [502, 'server-error', 2],
      [503, 'server-error', 2],
    ])(
      '%i, which only a larger Vault or a proxy answers, as %s',
      async (status, reason, repeats) => {
        proxy.fault = () => ({ status })
        const error = await ask('secret/data/there').catch((failure: unknown) => failure)
        expect(error).toMatchObject({ code: 'unreachable', details: { reason, status, repeats } })
        expect(proxy.passed).toHaveLength(repeats + 1)
        expect(isVaultReason(error, 'absent', 'standby')).toBe(reason === 'standby')
      },
    )
  })

  describe('repeats', () => {
    const failFirst = (fault: Fault, times = 1) => {
      let left = times
      proxy.fault = () => (left-- > 0 ? fault : undefined)
    }

    it.each<[string, Fault]>([
      ['a 500', { status: 500 }],
      ['a 412', { status: 412 }],
      ['a cut connection', (outgoing) => outgoing.destroy()],
    ])('a reading after %s, within two waits of 1 to 1.5 seconds', async (_what, fault) => {
      failFirst(fault, 2)
      const { clock, waitsMs } = hurriedClock()
      const client = createVaultClient({ address: proxy.address, clock })
      const answer = await client.request({
        method: 'GET',
        path: 'secret/data/there',
        token: root(),
      })
      expect(answer.data).toHaveProperty('data.value')
      expect(waitsMs).toHaveLength(2)
      for (const waitMs of waitsMs) {
        expect(waitMs).toBeGreaterThanOrEqual(1_000)
        expect(waitMs).toBeLessThanOrEqual(1_500)
      }
    })

    it('as late as Retry-After says, and not at all if that is too late', async () => {
      const throttle =
        (seconds: number): Fault =>
        (outgoing) => {
          outgoing.writeHead(429, { 'Retry-After': String(seconds) }).end('{"errors":[]}')
        }
      const { clock, waitsMs } = hurriedClock()
      const client = createVaultClient({ address: proxy.address, clock })
      const read = () => client.request({ method: 'GET', path: 'secret/data/there', token: root() })
      failFirst(throttle(7))
      await read()
      expect(waitsMs).toEqual([7_000])
      failFirst(throttle(61))
      await expect(read()).rejects.toMatchObject({ details: { retryAfterMs: 61_000, repeats: 0 } })
    })

    it.each<[string, Fault, number]>([
      ['never after an answer that was lost', 'lose the answer', 1],
      ['never after a 500', { status: 500 }, 1],
      ['after a 412, which proves that nothing was done', { status: 412 }, 3],
    ])('what mints %s', async (_case, fault, requests) => {
      proxy.fault = () => fault
      const minting = ask('database/creds/frontend', { repeatable: false })
      await expect(minting).rejects.toMatchObject({ code: 'unreachable' })
      expect(proxy.passed).toHaveLength(requests)
    })

    it('what mints while no connection can be made', async () => {
      const { address } = proxy
      await proxy[Symbol.asyncDispose]()
      const { clock, waitsMs } = hurriedClock()
      const client = createVaultClient({ address, clock })
      const minting = client.request({ method: 'POST', path: 'auth/approle/login', body: {} })
      await expect(minting).rejects.toMatchObject({
        code: 'unreachable',
        details: { reason: 'not-connected', errno: 'ECONNREFUSED', repeats: 2 },
      })
      expect(waitsMs).toHaveLength(2)
    })
  })

  describe('sends', () => {
    it('the namespace as a header, without slashes at its ends', async () => {
      const client = createVaultClient({
        address: proxy.address,
        namespace: '/team/a/',
        retries: 0,
      })
      await client.request({ method: 'GET', path: 'sys/health' }).catch(() => undefined)
      expect(proxy.passed[0]).toMatchObject({
        path: 'sys/health',
        headers: { 'x-vault-namespace': 'team/a', 'x-vault-request': 'true' },
      })
    })

    it('no token, namespace or prefix of the environment, and trusts nobody because of it', async () => {
      vi.stubEnv('VAULT_TOKEN', random())
      vi.stubEnv('VAULT_NAMESPACE', random())
      vi.stubEnv('VAULT_PREFIX', '/elsewhere')
      try {
        await ask('sys/health', { token: 'none' })
      } finally {
        vi.unstubAllEnvs()
      }
      const [request] = proxy.passed
      expect(request?.path).toBe('sys/health')
      expect(request?.headers).not.toHaveProperty('x-vault-token')
      expect(request?.headers).not.toHaveProperty('x-vault-namespace')
    })

    it('a listing in a way that proxies let through', async () => {
      const { data } = await ask('secret/metadata/', { method: 'LIST' })
      expect(data?.['keys']).toEqual(['deleted', 'destroyed', 'there'])
    })

    it('what mints over a connection of its own, so that one that was not made proves that nothing was sent', async () => {
      await ask('secret/data/there')
      await ask('secret/data/there', { repeatable: false })
      expect(proxy.passed.map(({ headers }) => headers.connection)).toEqual(['keep-alive', 'close'])
    })

    it.each([`${random()}\n`, '', 'zwei Worte'])('no token that is no word', async (text) => {
      const token = Secret.of(text, 'VAULT_TOKEN')
      await expect(ask('secret/data/there', { token })).rejects.toMatchObject({ code: 'malformed' })
      expect(proxy.passed).toHaveLength(0)
    })
  })

  it('gives up when its time is over, over all attempts', async () => {
    await vault.pause()
    try {
      const clock = createFakeClock()
      const client = createVaultClient({ address: vault.address, timeoutMs: 5_000, clock })
      const reading = client.request({ method: 'GET', path: 'secret/data/there', token: root() })
      const outcome = reading.catch((error: unknown) => error)
      await clock.advance(5_000)
      expect(await outcome).toMatchObject({
        code: 'unreachable',
        details: { reason: 'timeout', limitMs: 5_000 },
      })
    } finally {
      vault.resume()
    }
  })

  it('stops with the reason of its signal', async () => {
    const stop = new AbortController()
    const reason = new Error('stopped')
    proxy.fault = () => ({ holdMs: 5_000 })
    const reading = ask('secret/data/there', { signal: stop.signal })
    await expect.poll(() => proxy.passed).toHaveLength(1)
    stop.abort(reason)
    await expect(reading).rejects.toBe(reason)
    await expect(ask('secret/data/there', { signal: stop.signal })).rejects.toBe(reason)
  })

  it.each([
    ['vault.example', 'malformed'],
    ['ftp://vault.example', 'malformed'],
    ['https://vault.example/v1', 'malformed'],
    ['https://a:b@vault', 'refused'],
  ])('is not made for the address %s', (address, code) => {
    const create = () => createVaultClient({ address })
    expect(create).toThrow(expect.objectContaining({ code }) as Error)
  })
})

import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { createFakeClock, Secret } from '@rekey/secret'
import { findForTest, openVault, type Vault } from '@rekey/testbed'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createVaultClient, type VaultConnection } from '../internal.ts'
import { openVaultStore } from '../index.ts'
import {
  type FaultProxy,
  openFaultProxy,
} from '../../../../test/store/vault/vault-proxy.support.ts'

const NAME = 'API_KEY_FRONTEND_SIGNING'
const { found, path: program } = await findForTest('vault')
const canary = randomBytes(24).toString('hex')
const MEBIBYTE = 1024 * 1024

const LARGE = `{"data":{"value":"${canary.repeat((10 * MEBIBYTE) / canary.length)}"}}`
const BOMB = gzipSync(Buffer.alloc(100 * MEBIBYTE, canary))

/** Answers that are none. Each has the canary in it, as a body may have a secret. */
const BROKEN: Readonly<Record<string, (outgoing: ServerResponse) => void>> = {
  cut: (outgoing) => {
    outgoing.writeHead(200, { 'Content-Length': '1000' })
    outgoing.write(`{"data":{"value":"${canary}`, () => outgoing.destroy())
  },
  'not-json': (outgoing) => {
    outgoing.writeHead(200, { 'Content-Type': 'text/html' })
    outgoing.end(`<html>${canary}</html>`)
  },
  'too-large': (outgoing) => {
    outgoing.writeHead(200)
    outgoing.end(LARGE)
  },
  encoded: (outgoing) => {
    outgoing.writeHead(200, { 'Content-Encoding': 'gzip' })
    outgoing.end(BOMB)
  },
}

describe.runIf(found)('between the client and a real Vault', { timeout: 60_000 }, () => {
  let vault: Vault
  let proxy: FaultProxy
  beforeAll(async () => {
    vault = await openVault({ program })
    await vault.require('POST', 'secret/data/there', { data: { value: canary } })
  }, 120_000)
  afterAll(() => vault.close())
  beforeEach(async () => {
    proxy = await openFaultProxy(vault.address)
  })
  afterEach(() => proxy[Symbol.asyncDispose]())

  const connect = (options: Partial<Parameters<typeof createVaultClient>[0]> = {}) => {
    const { address } = proxy
    const client = createVaultClient({ address, retries: 0, timeoutMs: 20_000, ...options })
    const token = Secret.of(vault.rootToken, 'VAULT_TOKEN')
    const request: VaultConnection['request'] = (asked) => client.request({ token, ...asked })
    return { address, request }
  }
  const read = (connection = connect()) =>
    connection.request({ method: 'GET', path: 'secret/data/there' })

  const failureOf = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason as Error,
    )
    const shown = [inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error)].join()
    for (const text of [canary, vault.rootToken, canary.slice(0, 8)]) {
      expect(shown).not.toContain(text)
    }
    return error
  }

  describe('S11', () => {
    it.each(Object.keys(BROKEN))('an answer that is %s is none, and not shown', async (reason) => {
      proxy.fault = () => BROKEN[reason]
      const memoryBefore = process.memoryUsage().rss
      expect(await failureOf(read())).toMatchObject({ code: 'unreachable', details: { reason } })
      expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(50 * MEBIBYTE)
    })

    it('an error page of a proxy is not an answer of Vault either', async () => {
      proxy.fault = () => (outgoing) => outgoing.writeHead(404).end(`<html>${canary}</html>`)
      expect(await failureOf(read())).toMatchObject({
        code: 'unreachable',
        details: { reason: 'not-json', status: 404 },
      })
    })

    it('an answer that drips is given up when the time is over', async () => {
      proxy.fault = () => (outgoing) => {
        outgoing.writeHead(200)
        const drip = setInterval(() => outgoing.write(' '), 20)
        outgoing.on('close', () => {
          clearInterval(drip)
        })
      }
      const clock = createFakeClock()
      const failure = failureOf(read(connect({ clock, timeoutMs: 60_000 })))
      await expect.poll(() => proxy.passed).toHaveLength(1)
      await clock.advance(60_000)
      expect(await failure).toMatchObject({ code: 'unreachable', details: { reason: 'timeout' } })
    })

    it('the last good value stays in a watch, and the next good one comes', async () => {
      await using store = await openVaultStore({
        connection: connect(),
        path: `secret/${randomBytes(6).toString('hex')}`,
        pollMs: 50,
      })
      const { revision } = await store.create(NAME, Secret.of(canary, NAME))
      await store.read(NAME)
      const stop = new AbortController()
      const changes = store.watch(NAME, stop.signal)[Symbol.asyncIterator]()
      const next = changes.next()
      for (const broken of Object.values(BROKEN)) {
        proxy.passed.length = 0
        proxy.fault = () => broken
        await expect.poll(() => proxy.passed.length, { timeout: 20_000 }).toBeGreaterThan(2)
      }
      proxy.fault = () => undefined
      const value = Secret.of(randomBytes(24).toString('hex'), NAME)
      const staged = await store.stage(NAME, value, revision)
      expect(await next).toMatchObject({ value: { revision: staged.revision } })
      stop.abort()
    })
  })

  describe('S12 a redirect', () => {
    let active: FaultProxy
    beforeEach(async () => {
      active = await openFaultProxy(vault.address)
    })
    afterEach(() => active[Symbol.asyncDispose]())
    const redirectTo =
      (origin: string, status = 307) =>
      (outgoing: ServerResponse) =>
        outgoing.writeHead(status, { Location: `${origin}/v1/secret/data/there` }).end(canary)

    it.each([301, 302, 307, 308])('%i is followed to an origin that is allowed', async (status) => {
      proxy.fault = () => redirectTo(active.address, status)
      const body = { data: { value: canary } }
      const connection = connect({ redirectOrigins: [active.address] })
      await connection.request({ method: 'POST', path: 'secret/data/there', body })
      expect(active.passed).toMatchObject([
        { method: 'POST', headers: { 'x-vault-token': vault.rootToken } },
      ])
    })

    it('to another origin is not followed, so that nobody gets the token', async () => {
      proxy.fault = () => redirectTo(active.address)
      expect(await failureOf(read())).toMatchObject({
        code: 'refused',
        details: { reason: 'redirected' },
      })
      expect(active.passed).toEqual([])
    })

    it('within the same origin is followed once', async () => {
      let redirects = 1
      proxy.fault = () => (redirects-- > 0 ? redirectTo(proxy.address) : undefined)
      expect((await read()).status).toBe(200)
      redirects = Infinity
      proxy.passed.length = 0
      expect(await failureOf(read())).toMatchObject({ details: { reason: 'redirected' } })
      expect(proxy.passed).toHaveLength(2)
    })

    it.each(['', 'http://', 'file:///etc/passwd'])('to %j is not followed', async (location) => {
      proxy.fault = () => (outgoing) => outgoing.writeHead(307, { Location: location }).end()
      expect(await failureOf(read())).toMatchObject({ details: { reason: 'redirected' } })
    })
  })
})

// @lane measured
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { defineService, loadService, type Service } from '@rekey/config-loader'
import { createFakeClock, Secret, type SecretSpec } from '@rekey/secret'
import { findForTest } from '@rekey/testbed'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openAwsPlace, openVaultPlace, type StorePlace } from './store-places.ts'

const READERS = 1_000
const REPLICAS = 500
const SPREAD_MS = 10_000
const NAME = 'KEY'

const MAX_STALE_MS = 60_000
const POLICY = { ttlMs: MAX_STALE_MS, maxStaleMs: MAX_STALE_MS }

const definition = defineService({
  name: 'app',
  settings: z.object({}),
  secrets: { key: plainText() },
})

const vault = await findForTest('vault')
const moto = await findForTest('moto')

describe.runIf(vault.found)('Vault', () => {
  describeCrowds(() => openVaultPlace(vault.path), { login: /\/login$/, read: /\/data\// })
})
describe.runIf(moto.found)('AWS Secrets Manager', () => {
  describeCrowds(() => openAwsPlace(moto.path), { login: undefined, read: /./ })
})

/** What of the requests to a store is a login, and what asks for a secret. */
interface Requests {
  readonly login: RegExp | undefined
  readonly read: RegExp
}

function describeCrowds(open: () => Promise<StorePlace<unknown>>, { login, read }: Requests): void {
  let place: StorePlace<unknown>
  beforeAll(async () => {
    place = await open()
    await place.store.create(NAME, Secret.of(randomBytes(32).toString('hex'), NAME))
  })
  afterAll(() => place[Symbol.asyncDispose]())
  beforeEach(() => {
    place.proxy.reset()
  })

  it('S24 1,000 readers of a secret that has expired cause one request', async () => {
    const clock = createFakeClock()
    await using service = await loadService(definition, { ...optionsOf(place), clock })
    await untilQuiet(place)
    clock.suspend(MAX_STALE_MS + 1)
    const reads = Array.from({ length: READERS }, () => readOnce(service))
    expect(new Set(reads)).toEqual(new Set(['unreachable']))
    await expect.poll(() => readOnce(service)).toBe('read')
    expect(place.proxy.count(read)).toBe(1)
  })

  it('S24 1,000 consumers whose secret was refused cause one request', async () => {
    await using service = await loadService(definition, optionsOf(place))
    await untilQuiet(place)
    const { key } = service.secrets
    await Promise.all(Array.from({ length: READERS }, () => key.rejected('unauthorized')))
    expect(place.proxy.count(read)).toBe(1)
  })

  it('S27 500 replicas that start together come spread over the time that they are given', async () => {
    const options = { ...optionsOf(place), startSpreadMs: SPREAD_MS }
    const services = await Promise.all(
      Array.from({ length: REPLICAS }, () => loadService(definition, options)),
    )
    const { proxy } = place
    const crowds = [login, read].flatMap((path) =>
      path === undefined ? [] : [[proxy.busiestSecond(path), proxy.count(path)] as const],
    )
    await Promise.all(services.map((service) => service.close()))
    for (const [most, all] of crowds) {
      expect(all).toBeGreaterThanOrEqual(REPLICAS)
      // Of ten seconds one gets a few more than its tenth by chance; without a spread it gets most of them.
      expect(most).toBeLessThan(all / 4)
    }
  }, 120_000)
}

function optionsOf({ variables: env }: StorePlace<unknown>) {
  return { env, policy: POLICY, probeTimeoutMs: 30_000 }
}

/** A watch that has just begun still looks whether anything has changed since the load. */
async function untilQuiet({ proxy }: StorePlace<unknown>): Promise<void> {
  do {
    proxy.reset()
    await delay(500)
  } while (proxy.count(/./) > 0)
}

function readOnce(service: Service<typeof definition>): string {
  try {
    service.secrets.key.current.value.expose()
    return 'read'
  } catch (error) {
    return String((error as { code?: unknown }).code)
  }
}

function plainText(): SecretSpec<string> {
  return {
    kind: 'text',
    rule: 'any text',
    access: { end: 'owner' },
    minLength: 1,
    nameFor: () => NAME,
    parse: (text) => ({ value: text, sensitive: [text], nonProduction: false }),
  }
}

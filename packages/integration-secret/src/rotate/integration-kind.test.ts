import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import {
  createFleet,
  createMemoryJournal,
  planRotation,
  rollBack,
  rotate,
} from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { Secret, SecretError } from '@rekey/secret'
import type { RotationParts } from '@rekey/secret/internal/kind'
import { createMemoryStore } from '@rekey/config-loader/store'
import { lateBy, throttled } from '@rekey/testbed'
import { issue } from '@rekey/testbed/certificates'
import { openTrustedFetch } from '@rekey/secret/trust'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { followIntegration, integrationSecret } from '../index.ts'
import { type Behaviour, newValue, openThirdParty } from '../../test/third-party.support.ts'
import { integrationKind } from './index.ts'

const NAME = 'INTEGRATION_SHOP_SMTP'

/** Where a credential is tried, if not at `/whoami`, and the root that is trusted, if not the right one. */
interface ShopOptions {
  readonly proofPath?: string
  readonly trust?: string
  /** How late it sees the store. Default: at once. */
  readonly lagMs?: number
  /** Gets each URL that the rotator was answered from, before it has the answer. */
  readonly onAnswer?: (url: string) => Promise<void>
}

/** A service that uses a credential all the time, and the rotation of that credential. */
async function openShop(behaviour: Behaviour, manual?: () => string, more: ShopOptions = {}) {
  const { proofPath, lagMs } = more
  const first = newValue()
  const party = await openThirdParty(behaviour, first)
  const store = createMemoryStore()
  await store.create(NAME, Secret.of(first, NAME))
  await store.create('ADAPTER_KEY', party.key)
  const secrets = { smtp: integrationSecret('smtp') }
  const definition = defineService({ name: 'shop', settings: z.object({}), secrets })
  const service = await loadService(definition, {
    env: { REKEY_ENVIRONMENT: 'test' },
    source: lagMs === undefined ? store : lateBy(store, lagMs),
  })
  const health = await openHealthListener(service, { port: 0 })
  const smtp = followIntegration(service.secrets.smtp)
  const calls = { made: 0, failed: 0 }
  const stop = new AbortController()
  const work = (async () => {
    while (!stop.signal.aborted) {
      await smtp.use((value) => logIn(party, value)).catch(() => (calls.failed += 1))
      calls.made += 1
    }
  })()
  onTestFinished(async () => {
    stop.abort()
    await work
    smtp.close()
    await health.close()
    await service.close()
  })
  const healthUrl = `http://127.0.0.1:${health.port}`
  const parts: RotationParts = {
    ...{ store, nonProduction: true, validationMs: 100, journal: 'store', pollMs: 20 },
    deadlineMs: 3_000,
    fleet: createFleet([{ service: 'shop', url: healthUrl, healthUrl }]),
    nameOf: () => '',
    sqlPool: () => {
      throw new Error('no database')
    },
    ask: () => Promise.resolve(Secret.of(manual?.() ?? '', 'pasted')),
    async fetchTrusting(roots) {
      const trusting = await openTrustedFetch(roots)
      onTestFinished(() => trusting[Symbol.asyncDispose]())
      return async (input, init) => {
        const answer = await trusting.fetch(input, init)
        await more.onAnswer?.(input instanceof Request ? input.url : String(input))
        return answer
      }
    },
  }
  const { trust = party.trust } = more
  const proofUrl = `${party.origin}${proofPath ?? '/whoami'}`
  const prove = { url: proofUrl, header: 'authorization', prefix: 'Bearer ' }
  const place = { url: party.url, keyName: 'ADAPTER_KEY', trust }
  const adapter = { kind: 'adapter', ...place, gapMs: 3_000 } as const
  const provider =
    manual === undefined
      ? { ...adapter, ...(proofPath !== undefined && { prove }) }
      : ({ kind: 'manual', prove, trust } as const)
  const kind = await integrationKind.rotationOf(
    { name: NAME, parties: ['shop', 'smtp'], entry: { provider } },
    parts,
  )
  const journal = createMemoryJournal()
  return { party, store, kind, journal, first, calls, run: () => rotate(kind, { store, journal }) }
}

async function logIn(
  { origin, fetch }: Awaited<ReturnType<typeof openThirdParty>>,
  value: Secret,
): Promise<void> {
  const headers = { authorization: `Bearer ${value.expose()}` }
  const { status } = await fetch(`${origin}/whoami`, { headers })
  if (status !== 200) throw new SecretError('rejected', 'the third party refuses the credential')
}

const valueOf = async ({ store }: Pick<Awaited<ReturnType<typeof openShop>>, 'store'>) => {
  const { current, pending, previous } = await store.read(NAME)
  expect([pending, previous]).toEqual([undefined, undefined])
  return current.value.expose()
}

it.each([
  ['holds two credentials and makes their values', { holds: 2, takesValues: false }],
  ['holds two credentials and takes ours', { holds: 2, takesValues: true }],
  [
    'goes on accepting the old one for a while',
    { holds: 2, takesValues: false, revocationMs: 400 },
  ],
] as const)(
  'no call fails while the credential is rotated at a third party that %s',
  async (_n, how) => {
    const shop = await openShop(how)
    await shop.run()
    const next = await valueOf(shop)
    expect(next).not.toBe(shop.first)
    expect(shop.party.accepted()).toEqual([next])
    expect(shop.calls.failed).toBe(0)
    expect(shop.calls.made).toBeGreaterThan(10)
  },
)

it('cuts over at a third party that holds one credential, with the value known everywhere before', async () => {
  const shop = await openShop({ holds: 1, takesValues: true })
  await shop.run()
  expect(shop.party.accepted()).toEqual([await valueOf(shop)])
  expect(shop.calls.failed).toBe(0)
})

it('R63 a store that throttles two of five calls ends no rotation at a third party that holds one credential', async () => {
  const shop = await openShop({ holds: 1, takesValues: true })
  const { store, kind, journal, party, calls } = shop
  const refusal = () => new SecretError('unreachable', 'too many requests')
  const { target, begin, refused } = throttled(store, refusal)
  await rotate(kind, { store: target, journal, onEvent: begin })
  expect([refused() > 0, calls.failed]).toEqual([true, 0])
  expect(party.accepted()).toEqual([await valueOf(shop)])
})

it('R66 a rotator that is displaced before it makes a credential makes none, and the plan states what a late call may do', async () => {
  let reach: () => void = () => undefined
  let resume: () => void = () => undefined
  const reached = new Promise<void>((resolve) => (reach = resolve))
  const resumed = new Promise<void>((resolve) => (resume = resolve))
  let answers = 0
  // The third party is asked for its ways before a value is made, for the step, and again before it is given one.
  const onAnswer = async () => {
    answers += 1
    if (answers !== 3) return
    reach()
    await resumed
  }
  const behaviour = { holds: 1, takesValues: true } as const
  const shop = await openShop(behaviour, undefined, { onAnswer })
  const { kind, store, journal } = shop
  const slow = expect(shop.run()).rejects.toMatchObject({ code: 'fenced' })
  await reached
  await rotate(kind, { store, journal, compromised: true })
  resume()
  await slow
  expect(shop.party.accepted()).toEqual([await valueOf(shop)])
  expect((await planRotation(kind, { store, journal })).lateCall).toContain('rotate once more')
})

it('makes one credential though the answers are lost', async () => {
  const shop = await openShop({ holds: 2, takesValues: false })
  shop.party.lose.push('POST', 'POST', 'DELETE', 'GET')
  await shop.run()
  expect(shop.party.accepted()).toEqual([await valueOf(shop)])
  expect(
    shop.party.seen.filter((request) => request === 'POST /smtp/credentials').length,
  ).toBeGreaterThan(1)
})

it('resumes after a crash between the answer of the third party and the store, and leaves nothing behind', async () => {
  const shop = await openShop({ holds: 2, takesValues: false })
  const { store, journal, kind } = shop
  const onEvent = ({ step, phase }: { step: string; phase: string }) => {
    if (`${step} ${phase}` === 'stage begin') throw new Error('killed')
  }
  await expect(rotate(kind, { store, journal, onEvent })).rejects.toThrow()
  expect(shop.party.accepted()).toHaveLength(2)
  await shop.run()
  expect(shop.party.accepted()).toEqual([await valueOf(shop)])
})

/** A third party that refuses the old credential from the moment that it makes the new one. */
const SINGLE = { holds: 1, takesValues: false } as const

/** A rotation that is killed at one point: `stage begin`. */
async function killAt(
  point: string,
  { kind, store, journal }: Awaited<ReturnType<typeof openShop>>,
) {
  const onEvent = ({ step, phase }: RotationEvent) => {
    if (`${step} ${phase}` === point) throw new Error('killed')
  }
  await expect(rotate(kind, { store, journal, onEvent })).rejects.toThrow('killed')
}

it('goes on with the one credential that a third party holds and makes, though answers are lost', async () => {
  const shop = await openShop(SINGLE)
  shop.party.lose.push('POST', 'POST', 'GET')
  await shop.run()
  const next = await valueOf(shop)
  expect(next).not.toBe(shop.first)
  expect(shop.party.accepted()).toEqual([next])
})

it.each(['stage begin', 'stage end', 'admit end', 'promote begin', 'promote end', 'revoke begin'])(
  'finishes with the one credential that the third party made before a kill at %s',
  async (point) => {
    const shop = await openShop(SINGLE)
    await killAt(point, shop)
    const made = shop.party.accepted()
    expect(made).not.toContain(shop.first)
    await shop.run()
    expect([await valueOf(shop)]).toEqual(made)
    expect(shop.party.accepted()).toEqual(made)
  },
)

it.each(['stage end', 'promote begin', 'promote end'])(
  'refuses to roll back to a credential that ended when the new one was made: after %s',
  async (point) => {
    const shop = await openShop(SINGLE)
    await killAt(point, shop)
    const made = shop.party.accepted()
    const before = await shop.store.read(NAME)
    const { store, journal, kind } = shop
    await expect(rollBack(kind, { store, journal })).rejects.toMatchObject({
      code: 'stopped',
      message: expect.stringMatching(
        /accepts only the new credential|do not roll back, run the rotation again/,
      ) as string,
    })
    expect(await shop.store.read(NAME)).toMatchObject({
      current: { version: before.current.version },
    })
    await shop.run()
    expect([await valueOf(shop)]).toEqual(made)
  },
  20_000,
)

it('rolls back to no credential that a third party was asked to end and accepts for a while: nothing is changed, no call fails', async () => {
  const shop = await openShop({ holds: 2, takesValues: false, revocationMs: 1_000 })
  const { kind, store, journal, party, calls } = shop
  const stop = new AbortController()
  const onEvent = ({ step, phase }: RotationEvent) => {
    if (`${step} ${phase}` === 'revoke waiting') stop.abort(new Error('stopped'))
  }
  const stopped = rotate(kind, { store, journal, onEvent, signal: stop.signal })
  await expect(stopped).rejects.toThrow('stopped')
  const before = await store.read(NAME)
  await expect(rollBack(kind, { store, journal })).rejects.toMatchObject({
    ...{ code: 'stopped', step: 'prove', reason: 'refused' },
    message: expect.stringContaining('do not roll back, run the rotation again') as string,
  })
  expect(await store.read(NAME)).toEqual(before)
  await shop.run()
  expect(party.accepted()).toEqual([await valueOf(shop)])
  expect(calls.failed).toBe(0)
})

it('puts the old credential back where a third party holds one, and has replaced it, though it accepts it for a while: no call fails', async () => {
  const revocationMs = 1_000
  const shop = await openShop({ holds: 1, takesValues: true, revocationMs })
  const { kind, store, journal, party, calls } = shop
  await killAt('prove end', shop)
  expect(party.accepted()).toHaveLength(2)
  await rollBack(kind, { store, journal })
  expect(await valueOf(shop)).toBe(shop.first)
  await new Promise((resolve) => setTimeout(resolve, revocationMs))
  expect(new Set(party.accepted())).toEqual(new Set([shop.first]))
  expect(calls.failed).toBe(0)
})

it.each([
  ['promote end', 'of its own', false, 'prove'],
  ['promote end', 'that it is given', true, 'prove'],
  ['stage end', 'of its own', false, 'abort'],
])(
  'rolls back after %s to no credential that a third party has replaced by one %s, though it accepts it for a while',
  async (point, _, takesValues, step) => {
    const shop = await openShop({ holds: 1, takesValues, revocationMs: 1_000 })
    const { kind, store, journal, party } = shop
    await killAt(point, shop)
    expect(party.accepted()).toHaveLength(2)
    const before = await store.read(NAME)
    await expect(rollBack(kind, { store, journal })).rejects.toMatchObject({
      ...{ code: 'stopped', step, reason: 'refused' },
    })
    expect(await store.read(NAME)).toEqual(before)
    await shop.run()
    await expect.poll(() => party.accepted()).toEqual([await valueOf(shop)])
  },
)

it('finds the one credential again that a third party made, also after a rollback that had nothing in the store', async () => {
  const shop = await openShop(SINGLE)
  await killAt('stage begin', shop)
  const made = shop.party.accepted()
  await rollBack(shop.kind, { store: shop.store, journal: shop.journal })
  await shop.run()
  expect([await valueOf(shop)]).toEqual(made)
})

it('R39 rolls back while the service sees the store late: the new credential is accepted until the service has left it, and no call fails', async () => {
  const lagMs = 400
  const shop = await openShop({ holds: 2, takesValues: true }, undefined, { lagMs })
  await killAt('confirm end', shop)
  const begun = performance.now()
  await rollBack(shop.kind, { store: shop.store, journal: shop.journal })
  expect(performance.now() - begun).toBeGreaterThan(0.9 * lagMs)
  expect(await valueOf(shop)).toBe(shop.first)
  expect(shop.party.accepted()).toEqual([shop.first])
  expect(shop.calls.failed).toBe(0)
})

it('takes a pasted credential into use once the third party accepts it, and waits until the old one is removed there', async () => {
  const next = newValue()
  const shop = await openShop({ holds: 2, takesValues: true }, () => next)
  shop.party.add(next)
  setTimeout(() => {
    shop.party.end(shop.first)
  }, 1_500)
  await shop.run()
  expect(await valueOf(shop)).toBe(next)
  expect(shop.calls.failed).toBe(0)
})

it('does not take a pasted credential into use that the third party refuses', async () => {
  const shop = await openShop({ holds: 2, takesValues: true }, newValue)
  await expect(shop.run()).rejects.toMatchObject({
    message: expect.stringContaining('refuses') as string,
  })
  expect(await valueOf(shop)).toBe(shop.first)
}, 20_000)

it('keeps the old credential as previous while the third party still accepts it', async () => {
  const next = newValue()
  const shop = await openShop({ holds: 2, takesValues: true }, () => next)
  shop.party.add(next)
  await expect(shop.run()).rejects.toThrow()
  expect((await shop.store.read(NAME)).previous?.value.expose()).toBe(shop.first)
  shop.party.end(shop.first)
  await shop.run()
  expect(await valueOf(shop)).toBe(next)
}, 20_000)

it('believes the third party, not the adapter, where it has a proof of its own', async () => {
  const shop = await openShop({ holds: 2, takesValues: true }, undefined, {
    proofPath: '/elsewhere',
  })
  await expect(shop.run()).rejects.toMatchObject({
    message: expect.stringContaining('the third party refuses the credential') as string,
  })
  expect(await valueOf(shop)).toBe(shop.first)
  expect(new Set(shop.party.accepted())).toEqual(new Set([shop.first]))
}, 20_000)

it('removes strays that the store does not know, and nothing else', async () => {
  const shop = await openShop({ holds: 2, takesValues: true })
  shop.party.add(newValue())
  const { store, kind } = shop
  const signal = AbortSignal.timeout(5_000)
  const removed = await kind.sweep?.(await store.read(NAME), { signal } as never)
  expect(removed).toHaveLength(1)
  expect(shop.party.accepted()).toEqual([shop.first])
})

it.each([
  ['an adapter', undefined],
  ['a third party that a pasted credential is tried at', newValue],
])('changes nothing at %s whose certificate is of another root', async (_what, manual) => {
  const { pem } = issue({ commonName: 'Another Root', ca: true })
  const shop = await openShop({ holds: 2, takesValues: true }, manual, { trust: pem })
  await expect(shop.run()).rejects.toThrow('name its root in trust of its provider in the family')
  expect(shop.party.accepted()).toEqual([shop.first])
  expect((await shop.store.read(NAME)).current.value.expose()).toBe(shop.first)
})

import { randomBytes } from 'node:crypto'
import { createMemoryStore } from '@rekey/config-loader/store'
import { type Secret, SecretError } from '@rekey/secret'
import { createFarSideRotation, type FarSide } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { createMemoryJournal } from '../../engine/index.ts'
import { rotate } from '../../engine/rotate.ts'
import { createFleet } from '../fleet.ts'
import { withWorkloads } from './restarted-fleet.ts'
import { withRestarts } from './restarting-kind.ts'
import type { Workload } from './workload.ts'

const NAME = 'REDIS_SHOP'

/** A far side that accepts both values, and a process that is refused by it as soon as the one that it read does not count. */
function openShop() {
  const first = randomBytes(16).toString('hex')
  const store = createMemoryStore({ [NAME]: first })
  const accepted = new Set([first])
  const change = (value: Secret, isAccepted: boolean) => {
    if (isAccepted) accepted.add(value.expose())
    else accepted.delete(value.expose())
    return Promise.resolve()
  }
  const farSide: FarSide = {
    ...{ name: 'the server', noun: 'password', slots: 'two-secrets' },
    plan: () => Promise.resolve({ generate: '', admit: 'the server takes it', revoke: '' }),
    add: ({ pending: { value } }) => change(value, true),
    accepts: (value) => Promise.resolve(accepted.has(value.expose())),
    remove: (value) => change(value, false),
    withdraw: ({ pending: { value } }) => change(value, false),
  }
  let mark: string | undefined
  const marks: string[] = []
  let held = first
  const workload: Workload = {
    name: 'unit shop',
    look: () => {
      const shown = { id: '1', url: 'unit://shop', mark, isEnding: false, startedAt: 1 }
      const instance = { ...shown, isReady: accepted.has(held) }
      return Promise.resolve({ desired: 1, instances: [instance] })
    },
    async restart(order) {
      if (order.isTrial || order.mark === mark) return
      marks.push((mark = order.mark))
      held = (await store.read(NAME)).current.value.expose()
    },
  }
  return { store, farSide, workload, accepted, marks, held: () => held }
}

type Shop = ReturnType<typeof openShop>

function rotateIn({ store, farSide, workload }: Shop, isCompromised = false) {
  const workloads = new Map([['shop', [workload]]])
  const times = { validationMs: 10, deadlineMs: 2_000, pollMs: 5 }
  const place = { kind: 'redis', name: NAME, service: 'shop', nonProduction: true }
  const fleet = withWorkloads(createFleet([]), workloads)
  const kind = withRestarts(createFarSideRotation({ ...place, ...times, farSide, fleet }), {
    ...{ workloads, store, deadlineMs: 2_000, without: [] },
  })
  const options = { store, journal: createMemoryJournal() }
  return { kind, done: () => rotate(kind, { ...options, compromised: isCompromised }) }
}

it('takes over a password after promote, which no process has loaded before', async () => {
  const shop = openShop()
  const { kind, done } = rotateIn(shop)
  const plan = await kind.plan(await shop.store.read(NAME), new AbortController().signal)
  expect(plan.admit).toBe('the server takes it; 1 of 1 replicas of shop answer')
  expect(plan.confirm).toMatch(/^restarts unit shop and waits/)
  await done()
  const { current } = await shop.store.read(NAME)
  expect(shop.held()).toBe(current.value.expose())
  expect([...shop.accepted]).toEqual([shop.held()])
  expect(shop.marks).toEqual([expect.stringMatching(`^${current.version} replaces `)])
})

it.each(['refused', 'forbidden', 'missing', 'unreachable'] as const)(
  'takes over nothing where a trial of the restart is %s',
  async (code) => {
    const shop = openShop()
    const before = shop.held()
    shop.workload.restart = () => Promise.reject(new SecretError(code, 'no restart'))
    await expect(rotateIn(shop).done()).rejects.toMatchObject({ step: 'admit', reason: code })
    expect((await shop.store.read(NAME)).current.value.expose()).toBe(before)
    expect([...shop.accepted]).toEqual([before])
  },
)

it('ends a password that has leaked where what restarts the process does not answer', async () => {
  const shop = openShop()
  const before = shop.held()
  shop.workload.restart = () => Promise.reject(new SecretError('unreachable', 'no answer'))
  await expect(rotateIn(shop, true).done()).rejects.toMatchObject({ step: 'confirm-revoked' })
  expect(shop.accepted.has(before)).toBe(false)
})

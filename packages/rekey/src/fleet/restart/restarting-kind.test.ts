import { SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { NAME, openFarSide, rotateIn } from '../../../test/fleet/restart/far-side.support.ts'
import type { Workload } from './workload.ts'

/** A process that is refused by the far side as soon as the value that it read does not count. */
function openShop() {
  const { store, farSide, accepted, first } = openFarSide()
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

it('names what keeps a restart from being made before it takes over a password, beside what the far side lacks', async () => {
  const shop = openShop()
  const { kind } = rotateIn(shop)
  const lacks = async () => kind.lacks?.(await shop.store.read(NAME), AbortSignal.timeout(5_000))
  expect(await lacks()).toEqual([])
  for (const code of ['refused', 'forbidden', 'missing'] as const) {
    shop.workload.restart = () => Promise.reject(new SecretError(code, `it is ${code}`))
    expect(await lacks()).toEqual([`it is ${code}`])
  }
  const failure = new SecretError('unreachable', 'no answer')
  shop.workload.restart = () => Promise.reject(failure)
  await expect(lacks()).rejects.toBe(failure)
  expect(shop.marks).toEqual([])
})

it('has the old password again where the process does not start with the new one', async () => {
  const shop = openShop()
  const before = shop.held()
  const look = shop.workload.look.bind(shop.workload)
  shop.workload.look = async (...question) => {
    const isNew = shop.held() !== before
    return { ...(await look(...question)), ...(isNew && { failure: 'exit-code' }) }
  }
  const rotation = rotateIn(shop).done()
  await expect(rotation).rejects.toMatchObject({ code: 'rolled-back', reason: 'rejected' })
  await expect(rotation).rejects.toThrow(
    'unit shop does not start with the new version: exit-code: see its log',
  )
  expect([...shop.accepted]).toEqual([before])
  expect(shop.marks).toHaveLength(2)
})

it('waits for a restart that is refused after promote, and leaves the old password as it is', async () => {
  const shop = openShop()
  const before = shop.held()
  const restart = shop.workload.restart.bind(shop.workload)
  shop.workload.restart = (order) =>
    order.isTrial
      ? restart(order)
      : Promise.reject(new SecretError('refused', 'unit shop is paused'))
  const rotation = rotateIn(shop).done()
  await expect(rotation).rejects.toMatchObject({ step: 'confirm', reason: 'unreachable' })
  await expect(rotation).rejects.toThrow('unit shop is paused')
  expect(shop.accepted.has(before)).toBe(true)
})

it('ends a password that has leaked only once the process was restarted, and restarts it no more than needed', async () => {
  const shop = openShop()
  const before = shop.held()
  await rotateIn(shop, true).done()
  const { current } = await shop.store.read(NAME)
  expect(shop.held()).toBe(current.value.expose())
  expect(shop.accepted.has(before)).toBe(false)
  expect(shop.marks).toHaveLength(1)
})

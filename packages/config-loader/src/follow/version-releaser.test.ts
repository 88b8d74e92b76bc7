import { SecretError } from '@rekey/secret'
import { createMemoryStore } from '../store/memory-store.ts'
import { expect, it } from 'vitest'
import {
  fresh,
  NAME,
  openFixture,
  replace,
  typesOf,
  unreliable,
} from '../../test/follow/fixture.support.ts'

async function open(failures = 0) {
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  const released: string[] = []
  let left = failures
  const source = Object.assign(unreliable(store), {
    released(_name: string, version: string) {
      released.push(version)
      left -= 1
      return left >= 0 ? Promise.reject(new SecretError('unreachable', 'down')) : Promise.resolve()
    },
  })
  return { store, released, ...(await openFixture(source)) }
}

it('tells the source that a version is out of use only when its last holder has let go of it', async () => {
  const { store, clock, live, released } = await open()
  const old = live.current.version
  live.usage.hold('pool', [old])
  await replace(store)
  await clock.advance(120_000)
  expect(live.current.version).not.toBe(old)
  expect(released).toEqual([])
  live.usage.hold('pool', [live.current.version])
  await clock.advance(5_000)
  expect(released).toEqual([old])
})

it('waits until the version has fallen silent where nobody says what is held', async () => {
  const { store, clock, live, released } = await open()
  const old = live.current.version
  await replace(store)
  await clock.advance(10_000)
  for (let n = 0; n < 10; n += 1) {
    live.usage.record(old)
    await clock.advance(1_900)
    expect(released).toEqual([])
  }
  await clock.advance(5_000)
  expect(released).toEqual([old])
})

it('does not report a version that has come back', async () => {
  const { store, clock, live, released } = await open()
  const old = live.current.version
  live.usage.hold('pool', [old])
  const staged = await store.stage(NAME, fresh(), (await store.read(NAME)).revision)
  const promoted = await store.promote(NAME, staged.revision)
  await clock.advance(10_000)
  const back = await store.rollback(NAME, promoted.revision)
  await store.abort(NAME, back.revision)
  await clock.advance(10_000)
  live.usage.hold('pool', [])
  await clock.advance(60_000)
  expect(live.current.version).toBe(old)
  expect(released).toEqual([promoted.current.version])
})

it.each([
  [4, []],
  [5, ['release-failed']],
])('tries again if the source fails %i times', async (failures, reported) => {
  const { store, clock, events, released } = await open(failures)
  await replace(store)
  await clock.advance(60_000)
  expect(released).toHaveLength(5)
  expect(typesOf(events).filter((type) => type === 'release-failed')).toEqual(reported)
})

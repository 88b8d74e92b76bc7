import { type Clock, createFakeClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import { dieAt, NAME, newText, setUp } from '../../test/engine/far-side.support.ts'
import { rollBack, rotate } from './index.ts'

type Fixture = Awaited<ReturnType<typeof setUp>>

const LEASE_MS = 600
/** A store may be behind for a tenth of a lease, in which it is asked three times more. */
const WAIT_MS = LEASE_MS / 10 / 3

/** A rotation that died at a point. */
const rotation =
  (point: string, { compromised = false } = {}) =>
  async ({ farSide, options }: Fixture) => {
    const dying = { ...options, compromised, onEvent: dieAt(point) }
    await expect(rotate(farSide.kind, dying)).rejects.toThrow('killed')
  }

/** A rollback, of a rotation that died after its promotion, that died at a point. */
const rollback = (point: string) => async (fixture: Fixture) => {
  const { farSide, options } = fixture
  await rotation('promote end')(fixture)
  const dying = rollBack(farSide.kind, { ...options, onEvent: dieAt(point) })
  await expect(dying).rejects.toThrow('killed')
}

/** A rollback whose write was made, and its answer lost. */
async function rolledBack(fixture: Fixture) {
  const { store } = fixture
  await rollback('roll-back begin')(fixture)
  await store.rollback(NAME, (await store.read(NAME)).revision)
}

/** A rotation that died after its promotion, and another writer that staged a version since. */
async function replaced(fixture: Fixture) {
  const { store } = fixture
  await rotation('promote end')(fixture)
  const bare = await store.revoke(NAME, (await store.read(NAME)).revision)
  await store.stage(NAME, newText(), bare.revision)
}

/** The waits of the next run for a store that may be behind, until it begins its first step. */
async function waitsAfter(die: (fixture: Fixture) => Promise<void>) {
  const fixture = await setUp()
  await die(fixture)
  const { farSide, options } = fixture
  const fake = createFakeClock()
  const waits: unknown[] = []
  const clock: Clock = {
    now: () => fake.now(),
    elapsed: () => fake.elapsed(),
    async sleep(ms, signal, how) {
      if (ms !== WAIT_MS) return fake.sleep(ms, signal)
      waits.push(how)
      await fake.advance(ms)
    },
  }
  const onEvent = () => {
    throw new Error('it goes on')
  }
  const next = rotate(farSide.kind, { ...options, clock, leaseMs: LEASE_MS, onEvent })
  await expect(next).rejects.toThrow('it goes on')
  return waits
}

const EMERGENCY = { compromised: true }

it.each<[string, (fixture: Fixture) => Promise<void>]>([
  ['a rotation died before its promotion', rotation('prove end')],
  ['a rotation died after its promotion', rotation('confirm begin')],
  ['a rotation died before it revoked', rotation('revoke begin')],
  ['an emergency died before it revoked', rotation('promote end', EMERGENCY)],
  ['a rollback died once the old version was current', rollback('roll-back end')],
  ['a rollback died before it aborted', rollback('abort begin')],
  ['another writer has staged a version since', replaced],
])('the store is believed at once where %s', async (_name, die) => {
  expect(await waitsAfter(die)).toEqual([])
})

it.each<[string, (fixture: Fixture) => Promise<void>, number]>([
  ['a rotation died as it promoted', rotation('promote begin'), 1],
  ['an emergency died as it revoked', rotation('revoke begin', EMERGENCY), 1],
  ['a rollback died as the old version became current', rolledBack, 2],
])(
  'each look at the store is repeated three times where %s, and the process lives as long',
  async (_name, die, looks) => {
    const waits = Array.from({ length: 3 * looks }, () => ({ keepAlive: true }))
    expect(await waitsAfter(die)).toEqual(waits)
  },
)

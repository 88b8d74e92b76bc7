import { createFakeClock, SecretError } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { RotationKind } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { FarSide, NAME, newText } from '../../test/engine/far-side.support.ts'
import { createMemoryJournal, rollBack, rotate, type RotationJournal } from '../engine/index.ts'

const LEASE_MS = 15_000
const never = () => new Promise<never>(() => undefined)

/** A secret whose `admit` waits until its signal aborts. */
async function setUp() {
  const clock = createFakeClock()
  const store = createMemoryStore({ [NAME]: newText().expose() })
  const farSide = new FarSide((await store.read(NAME)).current.version)
  let reached: () => void = () => undefined
  const waiting = new Promise<void>((resolve) => {
    reached = resolve
  })
  const kind: RotationKind = {
    ...farSide.kind,
    admit: async (_staged, { clock: time, signal }) => {
      reached()
      await time.sleep(3_600_000, signal)
    },
  }
  return { clock, store, farSide, kind, waiting }
}

it('R37: a journal that falls silent ends the work when the lease is over, by the timer of the rotator', async () => {
  const { clock, store, kind, waiting } = await setUp()
  const journal = createMemoryJournal(clock)
  const silent: RotationJournal = {
    ...journal,
    claim: async (...request) => ({ ...(await journal.claim(...request)), renew: never }),
  }
  const rotation = rotate(kind, { store, journal: silent, clock, leaseMs: LEASE_MS })
  const stopped = expect(rotation).rejects.toMatchObject({
    ...{ code: 'stopped', reason: 'unreachable' },
    message: expect.stringContaining('waiting for the renewal of the claim on NAME') as string,
  })
  await waiting
  await clock.advance(LEASE_MS + 1)
  await stopped
})

it('R8 a rotator that stood still in a step, and whose secret another has gone on with, ends as fenced', async () => {
  const { clock, store, farSide, kind, waiting } = await setUp()
  const journal = createMemoryJournal(clock)
  const slow: RotationJournal = {
    ...journal,
    claim: async (...request) => {
      const claim = await journal.claim(...request)
      return { ...claim, renew: () => clock.sleep(1).then(() => claim.renew()) }
    },
  }
  const rotation = rotate(kind, { store, journal: slow, clock, leaseMs: LEASE_MS })
  const stopped = expect(rotation).rejects.toMatchObject({ code: 'fenced' })
  await waiting
  clock.suspend(LEASE_MS + 1)
  await rollBack(farSide.kind, { store, journal, clock, holder: 'other' })
  await clock.advance(LEASE_MS / 3 + 1)
  await stopped
})

it('R37: a journal that is away, and falls silent once the lease is over, is not waited for', async () => {
  const { clock, store, kind, waiting } = await setUp()
  const journal = createMemoryJournal(clock)
  const end = clock.elapsed() + LEASE_MS
  const away = () =>
    clock.elapsed() < end ? Promise.reject(new SecretError('unreachable', 'away')) : never()
  const silent: RotationJournal = {
    ...journal,
    claim: async (...request) => ({ ...(await journal.claim(...request)), renew: away }),
  }
  let isOver = false
  const rotation = rotate(kind, { store, journal: silent, clock, leaseMs: LEASE_MS })
  rotation.catch(() => (isOver = true))
  await waiting
  await clock.advance(LEASE_MS * 1.1)
  await expect.poll(() => isOver, { timeout: 2_000 }).toBe(true)
})

it('a step that does not end is stopped at its deadline and named', async () => {
  const { clock, store, kind, waiting } = await setUp()
  const journal = createMemoryJournal(clock)
  const stuck = {
    ...kind,
    admit: (...step: Parameters<RotationKind['admit']>) => {
      void kind.admit(...step).catch(() => undefined)
      return never()
    },
  }
  const rotation = rotate(stuck, { store, journal, clock, stepLimitMs: 60_000 })
  const stopped = expect(rotation).rejects.toMatchObject({
    code: 'stopped',
    message: expect.stringContaining(
      'timed out after 60 s waiting for the end of admit of NAME',
    ) as string,
  })
  await waiting
  await clock.advance(60_001)
  await stopped
})

import { createFakeClock } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { expect, it } from 'vitest'
import { expectOneVersion, NAME, newText, setUp } from '../../test/engine/far-side.support.ts'
import { createMemoryJournal, type RotationJournal, rollBack, rotate } from '../engine/index.ts'

const LEASE_MS = 15_000

it('R8 a rotator that stood still while the journal confirmed its claim asks again, and changes nothing', async () => {
  const { farSide, options, store, first } = await setUp()
  const clock = createFakeClock()
  const journal = createMemoryJournal(clock)
  const slow: RotationJournal = {
    ...journal,
    claim: async (...request) => {
      const claim = await journal.claim(...request)
      return {
        ...claim,
        async record(event) {
          await claim.record(event)
          if (event.step !== 'revoke') return
          clock.suspend(LEASE_MS)
          await rollBack(farSide.kind, { store, journal, clock, holder: 'other' })
        },
      }
    },
  }
  const paused = rotate(farSide.kind, { ...options, journal: slow, clock, leaseMs: LEASE_MS })
  await expect(paused).rejects.toMatchObject({ code: 'fenced' })
  expect(farSide.calls).not.toContain('revoke')
  expect(await expectOneVersion(store, farSide)).toBe(first)
})

it('goes on if it was late and nobody has taken over', async () => {
  const clock = createFakeClock()
  const journal = createMemoryJournal(clock)
  const { farSide } = await setUp()
  const store = createMemoryStore({ [NAME]: newText().expose() })
  const late: RotationJournal = {
    ...journal,
    claim: async (...request) => {
      const claim = await journal.claim(...request)
      return {
        ...claim,
        async record(event) {
          await claim.record(event)
          if (event.step === 'revoke') clock.suspend(LEASE_MS)
        },
      }
    },
  }
  await rotate(farSide.kind, { store, journal: late, clock, leaseMs: LEASE_MS })
  expect((await store.read(NAME)).previous).toBeUndefined()
})

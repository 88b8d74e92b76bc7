import { expect, it } from 'vitest'
import { nextLookMs } from './aws-reader.ts'

const HOUR_MS = 3_600_000
const now = Date.UTC(2026, 0, 1)
const plan = { ttlMs: HOUR_MS, now, nextRotationAt: undefined }

it('waits between half of the TTL and all of it', () => {
  expect(nextLookMs({ ...plan, random: 0 })).toBe(HOUR_MS / 2)
  expect(nextLookMs({ ...plan, random: 1 })).toBe(HOUR_MS)
})

it('looks earlier, shortly after a rotation that is planned', () => {
  const nextRotationAt = now + 60_000
  expect(nextLookMs({ ...plan, nextRotationAt, random: 0 })).toBe(65_000)
  expect(nextLookMs({ ...plan, nextRotationAt, random: 1 })).toBe(70_000)
})

it('does not look later for a rotation that is planned for then, nor more often for one that is overdue', () => {
  for (const nextRotationAt of [now + 10 * HOUR_MS, now - HOUR_MS, now]) {
    expect(nextLookMs({ ...plan, nextRotationAt, random: 1 })).toBe(HOUR_MS)
  }
})

import { expect, it } from 'vitest'
import { backoffMs } from '../index.ts'
import { jitteredMs } from '../internal.ts'

const half = () => 0.5

it('waits double with each failure up to the longest one, also after a thousand failures', () => {
  const backoff = { firstMs: 100, longestMs: 1_000, jitter: 0 }
  const waits = [0, 1, 2, 3, 4, 1_000].map((attempt) => backoffMs(backoff, attempt))
  expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000])
})

it.each([
  [0, 1_000, 1_000],
  [0.25, 750, 1_000],
  [0.5, 500, 1_000],
  [1, 0, 1_000],
])(
  'of a wait with jitter %d at least %d ms and less than all of it pass',
  (jitter, least, most) => {
    expect(jitteredMs(1_000, jitter, () => 0)).toBe(least)
    expect(jitteredMs(1_000, jitter, half)).toBe((least + most) / 2)
    const drawn = Array.from({ length: 100 }, () => jitteredMs(1_000, jitter))
    for (const waitMs of drawn) {
      expect(waitMs).toBeGreaterThanOrEqual(least)
      expect(waitMs).toBeLessThanOrEqual(most)
    }
  },
)

it('without a share half of a wait is drawn by lot', () => {
  expect(backoffMs({ firstMs: 100, longestMs: 100 }, 0, half)).toBe(75)
})

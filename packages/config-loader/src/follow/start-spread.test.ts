import { createFakeClock, type SecretSource } from '@rekey/secret'
import { createMemoryStore } from '../store/memory-store.ts'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { defineService, loadService } from '../index.ts'
import { env, fresh, NAME, textSpec } from '../../test/follow/fixture.support.ts'

const REPLICAS = 500
const SPREAD_MS = 50_000
const SLICE_MS = 1_000

it('S27 500 replicas that start together ask the source spread over the time that they are given', async () => {
  const clock = createFakeClock()
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  const start = clock.elapsed()
  const reads: number[] = []
  const source: SecretSource = {
    locator: 'counted',
    read(name) {
      reads.push(clock.elapsed() - start)
      return store.read(name)
    },
  }
  const definition = defineService({
    name: 'app',
    settings: z.object({}),
    secrets: { a: textSpec() },
  })
  const options = { env, source, clock, policy: { ttlMs: 200_000 }, startSpreadMs: SPREAD_MS }
  const loading = Array.from({ length: REPLICAS }, () => loadService(definition, options))
  await clock.advance(0)
  await clock.advance(SPREAD_MS)
  const services = await Promise.all(loading)
  expect(reads).toHaveLength(REPLICAS)
  expect(fullestSlice(reads)).toBeLessThan(REPLICAS / 15)

  reads.length = 0
  await clock.advance(200_000)
  expect(reads.length).toBeGreaterThanOrEqual(REPLICAS)
  expect(fullestSlice(reads)).toBeLessThan(REPLICAS / 15)
  await Promise.all(services.map((service) => service.close()))
})

/** How many reads at most fell into one second. */
function fullestSlice(reads: readonly number[]): number {
  const slices = new Map<number, number>()
  for (const at of reads) {
    const slice = Math.floor(at / SLICE_MS)
    slices.set(slice, (slices.get(slice) ?? 0) + 1)
  }
  return Math.max(...slices.values())
}

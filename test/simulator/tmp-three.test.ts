// @lane servers
import { it, vi } from 'vitest'
import { writeFileSync } from 'node:fs'
import { simulateFamily } from './simulate-family.ts'
import { useVirtualTime } from './use-virtual-time.support.ts'
vi.mock('@rekey/secret/internal', async (load) => {
  const { withDrivers } = await import('./acting.ts')
  return withDrivers(await load())
})
useVirtualTime()
it('x', async () => {
  const w = await simulateFamily({
    rotateEveryMs: 300_000,
    pollMs: 30_000,
    callEveryMs: 15_000,
    lengthMs: 1_200_000,
    atATime: 20,
    seed: 2,
    maxLagMs: 1000,
  })
  writeFileSync('/tmp/h4-all.txt', w.parts.trace.lines.join('\n'))
}, 1_000_000)

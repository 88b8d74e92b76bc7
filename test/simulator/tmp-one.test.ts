// @lane servers
import process from 'node:process'
import { appendFileSync } from 'node:fs'
import { it, vi } from 'vitest'
import { findFault, swarmScenario } from './swarm.ts'
import { useVirtualTime } from './use-virtual-time.support.ts'
vi.mock('@rekey/secret/internal', async (load) => {
  const { withDrivers } = await import('./acting.ts')
  return withDrivers(await load())
})
useVirtualTime()
const [from, to] = (process.env['RANGE'] ?? '5-10').split('-').map(Number)
it.each(Array.from({ length: to! - from! + 1 }, (_, n) => from! + n))(
  '%i',
  async (seed) => {
    const fault = await findFault(swarmScenario(seed))
    const first = fault
      ?.split('\n')
      .filter((l) => !/^\s*\d/.test(l))
      .slice(0, 3)
      .join(' | ')
    appendFileSync(
      '/tmp/h4-seeds.txt',
      `${seed} ${fault === undefined ? 'ok' : 'FAULT ' + fault.slice(0, 300).replaceAll('\n', ' | ')}\n`,
    )
  },
  1_000_000,
)

// @lane servers
import process from 'node:process'
import { writeFileSync } from 'node:fs'
import { it, vi } from 'vitest'
import { findFault, swarmScenario } from './swarm.ts'
import type { Title } from './family-kinds.ts'
import { useVirtualTime } from './use-virtual-time.support.ts'
vi.mock('@rekey/secret/internal', async (load) => {
  const { withDrivers } = await import('./acting.ts')
  return withDrivers(await load())
})
useVirtualTime()
it('x', async () => {
  const seed = Number(process.env['SEED'])
  const kinds = process.env['ONLY'] ? { kinds: process.env['ONLY'].split(';') as Title[] } : {}
  writeFileSync(
    `/tmp/h4-trace-${seed}.txt`,
    String(await findFault({ ...swarmScenario(seed), ...kinds })),
  )
}, 1_000_000)

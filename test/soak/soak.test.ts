// @lane servers
import { expect, it } from 'vitest'
import { soak } from './soak.ts'

it('a family loses no call to a killed and a stopped service, and all that rekey prints is true', async () => {
  const lines: string[] = []
  const tally = await soak({
    ...{ store: 'dotenv', rounds: 2, seed: 1, people: 1 },
    faults: ['kill-service', 'stop-service'],
    onLine: (text) => lines.push(text),
  })
  const printed = [...lines, tally.format()].join('\n')
  expect(tally.total, printed).toMatchObject({ rounds: 2, lost: 0, hangs: 0, wrong: 0 })
  expect(tally.total.calls, printed).toBeGreaterThan(20)
  expect(tally.checked, printed).toBeGreaterThan(200)
}, 180_000)

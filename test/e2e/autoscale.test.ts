// @lane servers
import { isExhaustive } from '@rekey/testbed'
import { expect, it } from 'vitest'
import { leftIn, reportOf, start } from './start-stack.ts'

const SLOW_MS = 600_000

// The start with secrets in Kubernetes has it too, in its way, in every run of the tests.
it.runIf(isExhaustive)(
  'rotates every kind again and again for the minutes that are asked for, while replicas of every service come and go: no caller is refused',
  async () => {
    const run = await start([
      '--autoscale=2',
      '--minutes',
      '0.1',
      '--people',
      '3',
      '--validation-ms',
      '300',
      '--json',
    ])
    expect(await run.ended(), run.output()).toEqual({ code: 0, signal: null })
    const { losses, load, notices, rotations, visits = 0, durationMs } = reportOf(run)
    expect(losses).toEqual([])
    expect(load).toMatchObject({ failures: 0, failuresByReason: {} })
    expect(notices.refused).toBe(0)
    expect(new Set(Object.values(rotations))).toEqual(new Set([rotations['database frontend']]))
    expect(new Set(Object.keys(rotations).map((title) => title.split(' ')[0]))).toEqual(
      new Set(['api-key', 'database', 'oidc-client', 'tls', 'integration', 'rotator-login']),
    )
    expect(durationMs).toBeGreaterThan(6_000)
    expect(visits).toBeGreaterThanOrEqual(6)
    expect(load.frontends).toBeGreaterThan(1)
    expect(await leftIn(run.directory)).toEqual([])
  },
  SLOW_MS,
)

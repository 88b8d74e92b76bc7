import { expect, it } from 'vitest'
import type { HealthReport, SecretHealth } from '@rekey/secret'
import { metricsOf } from './metrics.ts'

const common = {
  ...{ name: 'NAME', kind: 'text', end: 'owner', source: 'dotenv:/a "b"\\c\n.env' },
  ...{ untilNextReadMs: 250, failuresInARow: 3, versions: [] },
  counts: { reads: 7, failures: 3, changes: 1, vetoes: 0, rejections: 2 },
  usage: { since: 0, versions: [], holding: {}, failures: 0 },
}

function reportOf(secret: SecretHealth): HealthReport {
  return { service: 'app', replica: 'host:1', secrets: [secret], waits: [] }
}

it('gives times in seconds, counts as counters, and escapes what a path may hold', () => {
  const stale = { state: 'stale', sinceGoodReadMs: 90_500, problem: 'unreachable' } as const
  const lines = metricsOf(reportOf({ ...common, ...stale })).split('\n')
  const labels = 'service="app",secret="NAME",source="dotenv:/a \\"b\\"\\\\c\\n.env"'
  expect(lines).toContain(`rekey_secret_since_good_read_seconds{${labels}} 90.5`)
  expect(lines).toContain(`rekey_secret_until_next_read_seconds{${labels}} 0.25`)
  expect(lines).toContain(`rekey_secret_problem{${labels},code="unreachable"} 1`)
  expect(lines).toContain('# TYPE rekey_secret_events_total counter')
  expect(lines).toContain(`rekey_secret_events_total{${labels},event="reads"} 7`)
})

it('leaves out the age of what is not there', () => {
  const text = metricsOf(reportOf({ ...common, state: 'absent' }))
  expect(text).toContain('state="absent"} 1')
  expect(text).not.toContain('rekey_secret_since_good_read_seconds{')
  expect(text).not.toContain('rekey_secret_problem{')
})

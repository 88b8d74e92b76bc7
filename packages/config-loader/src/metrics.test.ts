import { expect, it } from 'vitest'
import type { HealthReport, SecretHealth } from '@rekey/secret/internal'
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

it('counts uses and refusals of each version, and all attempts that failed', () => {
  const use = {
    version: 'v1',
    uses: 12,
    failures: 3,
    wrongSecrets: 2,
    lastUsedAt: 1_700_000_000_500,
  }
  const never = { version: 'v2', uses: 0, failures: 1, wrongSecrets: 0 }
  const usage = { since: 0, versions: [use, never], holding: {}, failures: 9 }
  const versions = [{ stage: 'current', version: 'v1', ageMs: 60_000 }]
  const text = metricsOf(reportOf({ ...common, source: 'env', state: 'fresh', usage, versions }))
  const labels = 'service="app",secret="NAME",source="env"'
  for (const line of [
    `rekey_secret_age_seconds{${labels},stage="current",version="v1"} 60`,
    `rekey_secret_uses_total{${labels},version="v1"} 12`,
    `rekey_secret_refusals_total{${labels},version="v1"} 3`,
    `rekey_secret_refusals_total{${labels},version="v2"} 1`,
    `rekey_secret_wrong_values_total{${labels},version="v1"} 2`,
    `rekey_secret_last_use_timestamp_seconds{${labels},version="v1"} 1700000000.5`,
    `rekey_secret_failures_total{${labels}} 9`,
  ]) {
    expect(text.split('\n')).toContain(line)
  }
  expect(text).not.toContain(`last_use_timestamp_seconds{${labels},version="v2"}`)
})

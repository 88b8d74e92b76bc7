import type { Acknowledgement } from '@rekey/secret/internal/kind'
import { expect, it } from 'vitest'
import { previewRevoke } from './index.ts'
import { holding, settled, silent, staged } from '../../test/console/readings.support.ts'

type Versions = Acknowledgement['versions']

/** Versions by their stage. */
function versionsOf(names: Readonly<Record<string, string>>): Versions {
  return Object.entries(names).map(([stage, version]) => ({ stage, version }))
}

/** A replica that holds these versions, of which it has used none. */
function replica(service: string, n: number, names: Readonly<Record<string, string>>) {
  return holding(service, n, {}, { versions: versionsOf(names) })
}

const BOTH = staged({ current: 'v2', previous: 'v1' })

it('names the callers that send the version and hold no other, and how many receivers refuse them', () => {
  const reading = settled({
    staged: BOTH,
    answers: [
      {
        service: 'shop',
        answers: [
          replica('shop', 1, { current: 'v1' }),
          replica('shop', 2, { current: 'v1', pending: 'v2' }),
          replica('shop', 3, { current: 'v2', previous: 'v1' }),
        ],
      },
      {
        service: 'till',
        answers: [
          replica('till', 4, { current: 'v2', previous: 'v1' }),
          replica('till', 5, { current: 'v1' }),
        ],
      },
    ],
  })
  expect(previewRevoke(reading, 'v1')).toEqual({
    ...{ verdict: 'breaks', holders: 5, silent: 0, retrying: 1, refusedInAll: 3 },
    refused: [
      { replica: 'http://10.0.0.1:9090', by: 2 },
      { replica: 'http://10.0.0.2:9090', by: 1 },
      { replica: 'http://10.0.0.3:9090', by: 1 },
    ],
    evidence: 'reports from all replicas (shop 3/3, till 2/2)',
  })
})

it('nothing breaks where each caller holds a version that each receiver accepts', () => {
  const held = { current: 'v2', previous: 'v1' }
  const reading = settled({
    staged: BOTH,
    answers: [
      { service: 'shop', answers: [replica('shop', 1, held)] },
      { service: 'till', answers: [replica('till', 2, held)] },
    ],
  })
  expect(previewRevoke(reading, 'v1')).toMatchObject({ verdict: 'nothing', refused: [] })
})

it.each([
  ['a replica does not answer', [replica('shop', 1, { current: 'v2' }), silent('shop', 2)]],
  ['no replica is listed', []],
])('is not known while %s', (_, answers) => {
  const till = { service: 'till', answers: [replica('till', 3, { current: 'v2' })] }
  const reading = settled({ staged: BOTH, answers: [{ service: 'shop', answers }, till] })
  expect(previewRevoke(reading, 'v1').verdict).toBe('unknown')
})

it('is not known of a secret of which no service was asked', () => {
  expect(previewRevoke(settled({ answers: [] }), 'v1').verdict).toBe('unknown')
})

it('of a secret with one end, names the replicas that use the version, also in a connection of a pool', () => {
  const usage = { since: 1, versions: [], holding: { pool: ['v1'] }, failures: 0 }
  const pooled = holding('shop', 1, {}, { versions: versionsOf({ current: 'v2' }), usage })
  const answers = [
    pooled,
    replica('shop', 2, { current: 'v1' }),
    replica('shop', 3, { current: 'v2' }),
  ]
  const reading = settled({
    ...{ title: 'database shop', kind: 'database', staged: BOTH },
    answers: [{ service: 'shop', answers }],
  })
  expect(previewRevoke(reading, 'v1').refused).toEqual([
    { replica: 'http://10.0.0.1:9090' },
    { replica: 'http://10.0.0.2:9090' },
  ])
})

it('names the last user, with the address of the caller where a receiver reports it', () => {
  const at = Date.UTC(2026, 0, 2)
  const sources = [{ source: '10.9.9.9', uses: 2, failures: 0, lastSeenAt: at }]
  const use = { version: 'v1', uses: 2, failures: 0, wrongSecrets: 0, lastUsedAt: at, sources }
  const usage = { since: 1, versions: [use], holding: {}, failures: 0 }
  const till = holding('till', 1, {}, { versions: versionsOf({ current: 'v1' }), usage })
  const reading = settled({ answers: [{ service: 'till', answers: [till] }] })
  expect(previewRevoke(reading, 'v1').lastUse).toEqual({
    ...{ who: '10.9.9.9, seen by till at http://10.0.0.1:9090', at: '2026-01-02T00:00:00.000Z' },
  })
})

it('refuses a version that is not live', () => {
  expect(() => previewRevoke(settled(), 'v9')).toThrow(expect.objectContaining({ code: 'missing' }))
})

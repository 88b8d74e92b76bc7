import { expect, it } from 'vitest'
import type { SecretReading } from './family-reading.ts'
import { RecentUses } from './recent-uses.ts'
import { holding, settled, silent } from '../../test/console/readings.support.ts'

const TITLE = settled().title

function reading(...answers: SecretReading['answers'][number]['answers']): SecretReading[] {
  return [settled({ answers: [{ service: 'till', answers }] })]
}

it('counts what happened between two readings, over all replicas of a service', () => {
  const recent = new RecentUses()
  recent.take(reading(holding('till', 1, { v1: 10 }), holding('till', 2, { v1: 5 })))
  recent.take(reading(holding('till', 1, { v1: 13 }), holding('till', 2, { v1: 9 })))
  expect(recent.of(TITLE)).toMatchObject([{ version: 'v1', uses: 22, recent: [0, 7] }])
})

it('a replica that is new, or was restarted, adds nothing until the next reading', () => {
  const recent = new RecentUses()
  recent.take(reading(holding('till', 1, { v1: 100 })))
  const usage = { since: 2, holding: {}, failures: 0 }
  const restarted = (uses: number) => {
    const versions = [{ version: 'v1', uses, failures: 0, wrongSecrets: 0 }]
    return holding('till', 1, { v1: uses }, { usage: { ...usage, versions } })
  }
  recent.take(reading(restarted(3), holding('till', 2, { v1: 50 })))
  expect(recent.of(TITLE)[0]?.recent).toEqual([0, 0])
  recent.take(reading(restarted(4), holding('till', 2, { v1: 51 })))
  expect(recent.of(TITLE)[0]?.recent).toEqual([0, 0, 2])
})

it('a replica that did not answer once adds nothing for the time in between', () => {
  const recent = new RecentUses()
  recent.take(reading(holding('till', 1, { v1: 1 }), holding('till', 2, { v1: 1 })))
  recent.take(reading(holding('till', 1, { v1: 2 }), silent('till', 2)))
  recent.take(reading(holding('till', 1, { v1: 3 }), holding('till', 2, { v1: 90 })))
  expect(recent.of(TITLE)[0]?.recent).toEqual([0, 1, 1])
})

it('remembers sixty readings, and nothing of a secret that is gone', () => {
  const recent = new RecentUses()
  for (let n = 0; n < 100; n++) recent.take(reading(holding('till', 1, { v1: n })))
  expect(recent.of(TITLE)[0]?.recent).toHaveLength(60)
  recent.take([])
  expect(recent.of(TITLE)).toEqual([])
})

import { expect, it } from 'vitest'
import { RecentUses } from './recent-uses.ts'
import {
  holding,
  rotating,
  settled,
  silent,
  staged,
  stuck,
} from '../../test/console/readings.support.ts'
import type { SecretReading } from './family-reading.ts'
import { viewSecret } from './view-secret.ts'

function viewOf(reading: SecretReading) {
  const recent = new RecentUses()
  recent.take([reading])
  return viewSecret(reading, recent)
}

it('counts the replicas that have loaded each version, and names those without the current one', () => {
  const { holders } = viewOf(
    settled({
      staged: staged({ current: 'v2', previous: 'v1' }),
      answers: [
        {
          service: 'till',
          answers: [
            holding('till', 1, { v1: 1, v2: 1 }),
            holding('till', 2, { v1: 1 }),
            silent('till', 3),
          ],
        },
      ],
    }),
  )
  expect(holders).toEqual([
    {
      service: 'till',
      replicas: 3,
      loaded: { v2: 1, v1: 2 },
      late: [
        { replica: 'http://10.0.0.2:9090', reason: 'has not loaded it yet' },
        { replica: 'http://10.0.0.3:9090', reason: 'does not answer' },
      ],
    },
  ])
})

it('names twenty late replicas of many, and counts all', () => {
  const answers = Array.from({ length: 2_000 }, (_, n) => silent('till', n))
  const { holders } = viewOf(settled({ answers: [{ service: 'till', answers }] }))
  expect(holders[0]).toMatchObject({ replicas: 2_000, loaded: { v1: 0 } })
  expect(holders[0]?.late).toHaveLength(20)
})

it('shows why a replica rejects a version', () => {
  const rejection = { stage: 'current', version: 'v2', by: 'probe', reason: 'rejected' } as const
  const answers = [holding('till', 1, { v1: 1 }, { rejections: [rejection] })]
  const reading = settled({
    staged: staged({ current: 'v2' }),
    answers: [{ service: 'till', answers }],
  })
  expect(viewOf(reading).holders[0]?.late[0]?.reason).toBe('rejects it: rejected (probe)')
})

it('shows the step of an open rotation and who works on it', () => {
  expect(viewOf(rotating()).rotation).toMatchObject({
    ...{ isOpen: true, mode: 'forward', step: 'admit', phase: 'begin', holder: 'rotator-1' },
  })
  expect(viewOf(rotating()).next).toEqual([])
})

it('offers the command that goes on without a replica that an open rotation waits for', () => {
  expect(viewOf(stuck()).next).toMatchObject([
    {
      urgency: 'act',
      command: 'rekey rotate api-key shop:till --without http://10.0.0.3:9090',
    },
  ])
})

it('offers to go on with a rotation that nothing works on', () => {
  const { entry, ...reading } = rotating()
  const { at = new Date() } = entry ?? {}
  const left = { secret: 'NAME', epoch: 1, step: 'admit', phase: 'begin', at } as const
  expect(viewOf({ ...reading, entry: left }).next).toMatchObject([
    { urgency: 'act', command: 'rekey rotate api-key shop:till' },
  ])
})

it('shows until when a rotation was postponed, and no command follows', () => {
  const { entry, ...reading } = rotating()
  const { at = new Date() } = entry ?? {}
  const left = { secret: 'NAME', epoch: 1, step: 'confirm', phase: 'begin', at } as const
  const dueAt = new Date(at.getTime() + 60_000)
  const due = { reason: 'open', isDue: false, isOverdue: false, dueAt } as const
  const turn = { secret: 'NAME', kind: 'api-key', ...due }
  const { rotation, next } = viewOf({ ...reading, entry: left, turn })
  expect(rotation?.resumesAt).toBe(dueAt.toISOString())
  expect(next).toEqual([])
})

it('shows where a rotation is held, with the command that lets it go on', () => {
  const since = new Date()
  const until = new Date(since.getTime() + 60_000)
  const held = { at: 'after-promote', version: 'v2', since, until } as const
  const { rotation, next } = viewOf(rotating({ held }))
  const times = { since: since.toISOString(), until: until.toISOString() }
  expect(rotation?.held).toEqual({ at: 'after promote', version: 'v2', ...times })
  expect(next).toMatchObject([
    { urgency: 'plan', command: 'rekey rotate api-key shop:till --go v2' },
  ])
})

it('shows the window that a secret waits for', () => {
  const outside = { opensAt: new Date(), window: '02:00–04:00 UTC' }
  const turn = { secret: 'NAME', kind: 'api-key', reason: 'age', isDue: true, isOverdue: false }
  const view = viewOf(settled({ turn: { ...turn, outside } as NonNullable<SecretReading['turn']> }))
  const opensAt = outside.opensAt.toISOString()
  expect(view.turn).toMatchObject({ isDue: true, outside: { window: outside.window, opensAt } })
})

it('a silent replica of a secret that is not being rotated is late, and no command follows', () => {
  const answers = [{ service: 'till', answers: [silent('till', 1)] }]
  expect(viewOf(settled({ answers })).next).toEqual([])
})

it('counts the leaks, names the twenty first places, and offers the rotation without grace', () => {
  const leaks = Array.from({ length: 25 }, (_, n) => {
    return { replica: `till-${n}`, version: 'v1', encoding: 'text', count: 2 }
  })
  const view = viewOf(settled({ leaks }))
  expect(view.leakedLines).toBe(50)
  expect(view.leaks).toEqual(leaks.slice(0, 20))
  expect(view.next[0]?.command).toBe('rekey rotate api-key shop:till --compromised')
})

it('sums the sessions of each version, and names the clients with the most first', () => {
  const clients = [
    { client: 'nightly', sessions: 1 },
    { client: 'shop', sessions: 4 },
  ]
  const sessions = [
    { version: 'v2', clients },
    { version: 'v1', clients: [] },
  ]
  expect(viewOf(settled({ sessions })).sessions).toEqual([
    { version: 'v2', sessions: 5, clients: clients.toReversed() },
    { version: 'v1', sessions: 0, clients: [] },
  ])
})

it('shows why sessions could not be counted, without the words of an error that is not ours', () => {
  const error = new Error('password authentication failed for shop')
  expect(viewOf(settled({ sessions: { error } })).sessions).toMatchObject({ code: 'failed' })
  expect(JSON.stringify(viewOf(settled({ sessions: { error } })))).not.toContain('password')
})

it('offers a secret that is older than its policy allows for rotation', () => {
  const turn = { secret: 'NAME', kind: 'api-key', reason: 'age', isDue: true, isOverdue: true }
  expect(viewOf(settled({ turn: turn as NonNullable<SecretReading['turn']> })).next).toMatchObject([
    { urgency: 'plan', command: 'rekey rotate api-key shop:till' },
  ])
})

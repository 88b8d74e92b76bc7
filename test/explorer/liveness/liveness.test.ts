// @lane servers
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { explore } from './fair-cycles.ts'
import { JournalModel } from './journal-model.ts'
import type { Setting } from './journal-state.ts'
import { openPostgresReplay } from './postgres-replay.ts'
import { type Moment, walksOf } from './quint.ts'
import { act, type OpenReplay } from './replay.ts'
import { openStoreReplay } from './store-replay.ts'

const EACH = { crash: 1, 'lost reply': 1, standstill: 1, join: 1 }

describe.each([
  ['PostgreSQL', true],
  ['a secret store', false],
])('with a journal in %s', (_where, isAtomic) => {
  it.each<[string, Setting]>([
    ['two rotators', { urgent: [false, false], faults: EACH }],
    ['a rotator and an emergency', { urgent: [false, true], faults: EACH }],
    ['two emergencies', { urgent: [true, true], faults: EACH }],
    ['two rotators and an emergency', { urgent: [false, false, true], faults: { crash: 1 } }],
  ])('%s come to an end, whatever happens', (_who, setting) => {
    const { stuck, endless } = explore(new JournalModel({ ...setting, isAtomic }))
    expect({ stuck, endless }).toEqual({})
  })
})

it.each<[NonNullable<Setting['without']>, Setting]>([
  ['finishing', { urgent: [false, true] }],
  ['leases', { urgent: [false, false], faults: { crash: 1 } }],
  ['waiting emergencies', { urgent: [true, true] }],
  ['an end of writes', { urgent: [false, true] }],
  ['an end of joins', { urgent: [false] }],
])('without %s a run can go on for ever', (without, setting) => {
  const { endless } = explore(new JournalModel({ ...setting, without }))
  expect(endless).not.toEqual(undefined)
})

const WALKS = 240

let server: Awaited<ReturnType<typeof openPostgres>>
let database: pg.Pool
beforeAll(async () => {
  server = await openPostgres()
  database = new pg.Pool({ connectionString: server.adminUrl.expose() })
  database.on('error', () => undefined)
})
afterAll(async () => {
  await database.end()
  await server.close()
})

describe.each<[string, string, OpenReplay]>([
  ['a secret store', 'inStore', openStoreReplay],
  ['PostgreSQL', 'inPostgres', (urgent) => openPostgresReplay(database, urgent)],
])('the specification in Quint, of a journal in %s', (_where, module, open) => {
  let walks: Moment[][]
  beforeAll(async () => {
    walks = await walksOf(module, WALKS)
  })

  it('allows no move that the model does not', () => {
    const isAtomic = module === 'inPostgres'
    for (const walk of walks) {
      const model = new JournalModel({
        urgent: walk[0]?.state.urgent ?? [],
        faults: EACH,
        isAtomic,
      })
      for (const [n, { what, who, state }] of walk.entries()) {
        const before = walk[n - 1]?.state
        const moves = before ? model.moves(before) : [{ what: 'begin', to: model.first }]
        const allowed = moves.filter((move) => move.what === what && (move.who ?? -1) === who)
        expect(allowed.map(({ to }) => to)).toContainEqual(state)
      }
    }
  })

  it('does what the real journal does', async () => {
    for (const walk of walks) {
      const real = await open(walk[0]?.state.urgent ?? [])
      for (const [n, { what, who, state }] of walk.entries()) {
        await act(real, what, who, [walk[n - 1]?.state ?? state, state])
        const told = walk.slice(0, n + 1).map((moment) => `${moment.what} ${moment.who}`)
        expect(await real.shows(), told.join(', ')).toEqual(real.shownOf(state))
      }
    }
  })
})

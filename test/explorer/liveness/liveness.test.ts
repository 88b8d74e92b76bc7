// @lane servers
import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { explore } from './fair-cycles.ts'
import { JournalModel, type Setting, type State } from './journal-model.ts'
import { openReplay, type Replay, shownOf } from './replay.ts'

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

/** Lets happen to the real journal what a move lets happen to the model. */
const ACTS = new Map<string, (real: Replay, who: number, to: State) => Promise<unknown>>([
  ['call', (real, who) => real.step(who, false)],
  ['lost reply', (real, who) => real.step(who, true)],
  ['crash', (real, who) => real.crash(who)],
  ['lease end', (real, _who, to) => real.endLeases(to)],
  ['standstill', (real, _who, to) => real.endLeases(to)],
])
const WALKS = 60
const pick = (seed: string) => Number.parseInt(hash('sha1', seed).slice(0, 8), 16)

it.each<[string, readonly boolean[]]>([
  ['two rotators', [false, false]],
  ['a rotator and an emergency', [false, true]],
  ['two emergencies', [true, true]],
  ['two rotators and an emergency', [false, false, true]],
])('the journal in a secret store does what the model of it does: %s', async (_who, urgent) => {
  const model = new JournalModel({ urgent, faults: EACH })
  for (let seed = 1; seed <= WALKS; seed += 1) {
    const real = await openReplay(urgent)
    let { first: state } = model
    const walk: string[] = []
    while (!model.isOver(state)) {
      const moves = model.moves(state)
      const move = moves[pick(`${seed} ${walk.length}`) % moves.length]
      if (move === undefined) throw new Error('nothing can happen, and it is not over')
      const { what, who = -1, to } = move
      walk.push(`${what} ${who}`)
      await ACTS.get(what)?.(real, who, to)
      state = to
      expect(await real.shows(), walk.join(', ')).toEqual(shownOf(state))
    }
  }
})

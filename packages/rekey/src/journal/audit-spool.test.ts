import type { AuditEvent, AuditSink } from '@rekey/audit-log/internal'
import { createFakeClock, SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { dieAt, expectOneVersion, NAME, setUp } from '../../test/engine/far-side.support.ts'
import { AuditSpool, settleUnaudited } from '../engine/internal.ts'
import { rotate, rollBack, sweepOrphans } from '../engine/index.ts'

const FULL = new SecretError('unwritable', 'the disk is full')

/** An audit log of which the test decides how it answers. */
function fakeLog(person?: string) {
  const recorded: AuditEvent[] = []
  const state: { answer: () => Promise<void> } = { answer: () => Promise.reject(FULL) }
  const audit: AuditSink = {
    person,
    record: (event) => state.answer().then(() => void recorded.push(event)),
  }
  const repair = () => {
    state.answer = () => Promise.resolve()
  }
  const spooled = () => recorded.filter(({ details }) => details?.['spooledAt'] !== undefined)
  return { audit, recorded, state, repair, spooled }
}

/** Actions without those of a log. */
const actionsOf = (events: readonly AuditEvent[]) => events.map(({ action }) => action)

const STEPS_DONE = [
  ...['rotation.generate', 'rotation.stage', 'rotation.admit', 'rotation.prove'],
  ...['rotation.promote', 'rotation.revoke', 'rotation.confirm-revoked'],
]

async function setUpFull(person?: string) {
  const log = fakeLog(person)
  const counts: number[] = []
  const { options, ...parts } = await setUp()
  const onUnaudited = (count: number) => void counts.push(count)
  const plain = { ...options, audit: log.audit, onUnaudited }
  const unaudited = async () => (await options.journal.entries([NAME]))[0]?.intent?.unaudited
  return { ...parts, ...log, counts, plain, leaked: { ...plain, compromised: true }, unaudited }
}

it('R58: revokes a leaked version though the audit log is full, and counts what it did not take', async () => {
  const { farSide, store, first, leaked, counts, unaudited } = await setUpFull()
  await rotate(farSide.kind, leaked)
  expect(await expectOneVersion(store, farSide)).not.toBe(first)
  expect(counts).toEqual([STEPS_DONE.length])
  expect(actionsOf((await unaudited())?.entries ?? [])).toEqual(STEPS_DONE)
})

it('R58: waits two seconds, once, for an audit log that has stopped', async () => {
  const { farSide, store, leaked, state, counts } = await setUpFull()
  const clock = createFakeClock()
  let asked = 0
  const isAsked = new Promise<void>((resolve) => {
    state.answer = () => {
      asked += 1
      resolve()
      return new Promise(() => undefined)
    }
  })
  const rotated = rotate(farSide.kind, { ...leaked, clock })
  await isAsked
  await clock.advance(1_999)
  expect(farSide.calls).toEqual([])
  await clock.advance(1)
  await rotated
  await expectOneVersion(store, farSide)
  expect([asked, counts]).toEqual([1, [STEPS_DONE.length]])
})

it('R58: the next plain rotation writes the entries first, in their order, each with its time and person', async () => {
  const { farSide, plain, leaked, repair, recorded, spooled, unaudited } =
    await setUpFull('unix:1000:alice')
  await rotate(farSide.kind, { ...leaked, holder: 'urgent' })
  repair()
  await rotate(farSide.kind, { ...plain, holder: 'next' })
  expect(actionsOf(recorded.slice(0, STEPS_DONE.length))).toEqual(STEPS_DONE)
  expect(spooled()).toHaveLength(STEPS_DONE.length)
  expect(spooled()[0]).toMatchObject({
    ...{ actor: 'urgent', person: 'unix:1000:alice' },
    details: { spooledAt: expect.stringMatching(/^\d{4}-.*Z$/) as string },
  })
  expect(await unaudited()).toBeUndefined()
})

it.each([
  ['rotation', rotate],
  ['rollback', rollBack],
  ['sweep', sweepOrphans],
])('R58: a plain %s waits while they cannot be written, and changes nothing', async (_, work) => {
  const { farSide, store, plain, leaked } = await setUpFull()
  await rotate(farSide.kind, leaked)
  const after = await store.read(NAME)
  farSide.calls.length = 0
  await expect(work(farSide.kind, plain)).rejects.toMatchObject({
    ...{ code: 'stopped', reason: 'unwritable', details: { unaudited: STEPS_DONE.length } },
    message: expect.stringContaining('Make it writable, then run again') as string,
  })
  expect(farSide.calls).toEqual([])
  expect(await store.read(NAME)).toEqual(after)
})

it('R58: entries that were written before the log failed again are not written twice', async () => {
  const { farSide, plain, leaked, state, repair, recorded } = await setUpFull()
  await rotate(farSide.kind, leaked)
  state.answer = () => (recorded.length < 2 ? Promise.resolve() : Promise.reject(FULL))
  await expect(rotate(farSide.kind, plain)).rejects.toMatchObject({ code: 'stopped' })
  repair()
  await rotate(farSide.kind, plain)
  expect(actionsOf(recorded.slice(0, STEPS_DONE.length + 1))).toEqual([
    ...STEPS_DONE,
    'rotation.generate',
  ])
})

it.each(['generate begin', 'promote begin', 'promote end', 'revoke begin'])(
  'R58: an emergency killed at %s keeps its entries, and an ordinary run finishes it without the log',
  async (point) => {
    const { farSide, store, first, plain, leaked, counts, unaudited } = await setUpFull()
    const dying = rotate(farSide.kind, { ...leaked, onEvent: dieAt(point) })
    await expect(dying).rejects.toThrow('killed')
    const kept = (await unaudited())?.entries.length ?? 0
    await rotate(farSide.kind, plain)
    expect(await expectOneVersion(store, farSide)).not.toBe(first)
    expect(counts.at(-1)).toBeGreaterThan(kept)
    expect(actionsOf((await unaudited())?.entries ?? [])).toEqual(
      expect.arrayContaining(STEPS_DONE),
    )
  },
)

it('R58: the failure of an emergency is kept too', async () => {
  const { farSide, leaked, counts, unaudited } = await setUpFull()
  farSide.refuse.set('revoke', new SecretError('unreachable', 'no answer'))
  await expect(rotate(farSide.kind, leaked)).rejects.toMatchObject({ code: 'stopped' })
  const entries = (await unaudited())?.entries ?? []
  expect(entries.at(-1)).toMatchObject({ action: 'rotation.revoke', outcome: 'failed' })
  expect(counts).toEqual([entries.length])
})

it('R58: a journal keeps 64 entries and the number of those beyond', async () => {
  const { farSide, plain, leaked, counts, unaudited, repair, recorded } = await setUpFull()
  for (let run = 1; run <= 10; run += 1) await rotate(farSide.kind, leaked)
  expect(await unaudited()).toMatchObject({ entries: { length: 64 }, dropped: 6 })
  expect(counts.at(-1)).toBe(70)
  repair()
  await rotate(farSide.kind, plain)
  expect(recorded[64]).toMatchObject({ action: 'audit.dropped', details: { count: 6 } })
})

it('R58: a journal keeps 16 KiB of entries and the number of those beyond', async () => {
  const { farSide, leaked, counts, unaudited } = await setUpFull()
  await rotate(farSide.kind, { ...leaked, holder: 'x'.repeat(5_000) })
  expect(await unaudited()).toMatchObject({ entries: { length: 3 }, dropped: 4 })
  expect(counts).toEqual([STEPS_DONE.length])
})

it('R58: one call writes what is left of all secrets of a journal', async () => {
  const { farSide, plain, leaked, repair, spooled, unaudited } = await setUpFull()
  await rotate(farSide.kind, leaked)
  const { journal, audit } = plain
  await expect(settleUnaudited({ journal, audit })).rejects.toMatchObject({ code: 'stopped' })
  repair()
  await settleUnaudited({ journal, audit })
  expect([spooled().length, await unaudited()]).toEqual([STEPS_DONE.length, undefined])
})

it('R58: an event that the log finds malformed is counted, and holds up no later rotation', async () => {
  const { farSide, plain, leaked, repair, recorded } = await setUpFull()
  await rotate(farSide.kind, { ...leaked, holder: '' })
  repair()
  const strict = (event: AuditEvent) =>
    event.actor === ''
      ? Promise.reject(new SecretError('malformed', 'no actor'))
      : plain.audit.record(event)
  await rotate(farSide.kind, { ...plain, audit: { record: strict } })
  expect(recorded[0]).toMatchObject({
    action: 'audit.dropped',
    details: { count: STEPS_DONE.length },
  })
})

it('R58: a spool tries its log anew after 30 seconds once nothing waits, and reports what it lost', async () => {
  const clock = createFakeClock()
  const { audit, recorded, repair } = fakeLog()
  const spool = new AuditSpool(audit, clock)
  const event = { actor: 'a', action: 'leak', subject: NAME, outcome: 'refused' } as const
  await spool.record(event)
  repair()
  await clock.advance(29_999)
  spool.kept(spool.waiting)
  await spool.record(event)
  await clock.advance(1)
  await spool.record(event)
  expect(spool.waiting).toHaveLength(2)
  expect(() => {
    spool.requireKept()
  }).toThrow(FULL)
  await spool.record(event)
  spool.requireKept()
  expect(recorded).toHaveLength(1)
})

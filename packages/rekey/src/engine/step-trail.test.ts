import type { AuditEvent } from '@rekey/audit-log/internal'
import { SecretError } from '@rekey/secret'
import { type LateUse, STEPS } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { dieAt, keepAudit, NAME, setUp } from '../../test/engine/far-side.support.ts'
import { createMemoryJournal, rollBack, rotate, sweepOrphans } from './index.ts'

const BY = { actor: 'me', subject: NAME }

/** A rotation whose audit log keeps what it gets. */
async function audited() {
  const { options, ...found } = await setUp()
  const { audited: kept, audit } = keepAudit()
  return { ...found, kept, options: { ...options, audit, holder: 'me', leaseMs: 600 } }
}

it('reports the begin and the end of each step that has a name, and of nothing else', async () => {
  const { farSide, options, events } = await audited()
  await rotate(farSide.kind, options)
  const steps = [...STEPS, 'confirm-revoked']
  expect(events).toEqual(
    steps.flatMap((step) => [
      { secret: NAME, step, phase: 'begin' },
      { secret: NAME, step, phase: 'end' },
    ]),
  )
})

it.each([
  ['abort', 'prove end'],
  ['roll-back', 'promote end'],
])(
  'what was changed at %s, and could not be audited then, is in the audit log once the secret is rolled back again',
  async (step, point) => {
    const { farSide, options, kept } = await audited()
    await expect(rotate(farSide.kind, { ...options, onEvent: dieAt(point) })).rejects.toThrow()
    kept.length = 0
    const record = (event: AuditEvent) =>
      event.action === `rotation.${step}`
        ? Promise.reject(new SecretError('unreachable', 'the disk is full'))
        : options.audit.record(event)
    await expect(rollBack(farSide.kind, { ...options, audit: { record } })).rejects.toThrow('full')
    expect(kept.map(({ action }) => action)).not.toContain(`rotation.${step}`)
    await rollBack(farSide.kind, options)
    expect(kept.find(({ action }) => action === `rotation.${step}`)).toEqual({
      ...{ ...BY, action: `rotation.${step}`, outcome: 'failed' },
      details: { epoch: 3, reason: 'end-not-recorded' },
    })
  },
)

it('a step that changes nothing in the store is taken again, with no entry for the run that died in it', async () => {
  const { farSide, options, kept } = await audited()
  const dying = { ...options, onEvent: dieAt('admit begin') }
  await expect(rotate(farSide.kind, dying)).rejects.toThrow('killed')
  kept.length = 0
  await rotate(farSide.kind, options)
  expect(kept[0]).toEqual({
    ...{ ...BY, action: 'rotation.admit', outcome: 'succeeded' },
    details: { epoch: 2 },
  })
})

it('the audit log and the receipt name each replica that an operator has a rotation go on without', async () => {
  const { farSide, options, kept } = await audited()
  const without = ['http://10.0.0.1:9090', 'http://10.0.0.2:9090'].map((healthUrl) => ({
    ...{ service: 'shop', url: 'http://10.0.0.9:8080' },
    healthUrl,
  }))
  await rotate(farSide.kind, { ...options, without })
  expect(kept.slice(0, 2)).toEqual(
    without.map(({ healthUrl }) => ({
      ...{ ...BY, action: 'rotation.without', outcome: 'succeeded' },
      details: { epoch: 1, service: 'shop', replica: healthUrl },
    })),
  )
  const [entry] = await options.journal.entries([NAME])
  expect(entry?.intent?.receipts?.[0]?.evidence).toBe(
    `the text kind has revoked it, without shop at ${without[0]?.healthUrl}, without shop at ${without[1]?.healthUrl}`,
  )
})

it('a secret is left to its journal, until an operator has it leave that one: the audit log names both', async () => {
  const { farSide, options, store, kept } = await audited()
  await rotate(farSide.kind, options)
  expect((await store.read(NAME)).current.journal).toBe('memory')
  const elsewhere = { ...options, journal: { ...createMemoryJournal(), name: 'other' } }
  await expect(rotate(farSide.kind, elsewhere)).rejects.toMatchObject({ code: 'other-journal' })
  kept.length = 0
  const leaving = { ...elsewhere, fromJournal: 'memory' }
  expect(await sweepOrphans(farSide.kind, leaving)).toEqual([])
  expect(kept[0]).toEqual({
    ...{ ...BY, action: 'rotation.from-journal', outcome: 'succeeded' },
    details: { epoch: 2, left: 'memory', journal: 'other' },
  })
  await rotate(farSide.kind, leaving)
  expect((await store.read(NAME)).current.journal).toBe('other')
  kept.length = 0
  await rotate(farSide.kind, leaving)
  expect(kept[0]?.action).toBe('rotation.generate')
})

/** A kind that sees these uses of its old version. */
function usedLate(kind: RotationKind, uses: readonly LateUse[]): RotationKind {
  return {
    ...kind,
    async confirmRevoked(_, context) {
      for (const use of uses) await context.alarm(use)
    },
  }
}

const USE: LateUse = { type: 'stale-or-stolen', id: 'key_1', source: '10.0.0.9', count: 1 }

it('a use after its time is audited as refused, and reported at once', async () => {
  const { farSide, options, kept, events } = await audited()
  const uses = [USE, { ...USE, count: 2, lastAt: 1_000 }]
  await rotate(usedLate(farSide.kind, uses), options)
  const alarms = kept.filter(({ action }) => action === 'rotation.stale-or-stolen')
  const { id, source } = USE
  expect(alarms).toStrictEqual([
    {
      ...BY,
      action: 'rotation.stale-or-stolen',
      outcome: 'refused',
      details: { id, source, count: 1 },
    },
    {
      ...{ ...BY, action: 'rotation.stale-or-stolen', outcome: 'refused' },
      details: { id, source, count: 2, lastAt: 1_000 },
    },
  ])
  expect(events.find(({ phase }) => phase === 'alarm')).toEqual({
    ...{ secret: NAME, step: 'confirm-revoked', phase: 'alarm', lateUse: USE },
    message: 'stale-or-stolen: key_1 was shown 1 times by 10.0.0.9',
  })
})

it('the result has the last report of each version and place that used it after its time', async () => {
  const { farSide, options } = await audited()
  const uses = [USE, { ...USE, count: 5 }, { ...USE, source: '10.0.0.8' }, { ...USE, id: 'key_2' }]
  const { store, journal } = options
  const { lateUses } = await rotate(usedLate(farSide.kind, uses), { store, journal })
  expect(lateUses).toEqual(uses.slice(1))
})

it('reports what is waited for, and for which replicas where it is some', async () => {
  const { farSide, options, events } = await audited()
  const late = ['http://10.0.0.1:9090']
  const confirm: RotationKind['confirm'] = (_, context) => {
    context.waiting('waiting for sessions to end')
    context.waiting('waiting for one replica', late)
    return Promise.resolve()
  }
  await rotate({ ...farSide.kind, confirm }, options)
  const event = { secret: NAME, step: 'confirm', phase: 'waiting' }
  expect(events.filter(({ phase }) => phase === 'waiting')).toStrictEqual([
    { ...event, message: 'waiting for sessions to end' },
    { ...event, message: 'waiting for one replica', replicas: late },
  ])
})

it.each<[string, Error, object]>([
  ['a fault of a kind', new TypeError('a fault'), { reason: 'interrupted' }],
  ['no answer', new SecretError('unreachable', 'no answer'), { reason: 'unreachable' }],
])(
  'a step that ends with %s is audited as failed, with its reason and no message',
  async (_name, error, details) => {
    const { farSide, options, kept } = await audited()
    const prove = () => Promise.reject(error)
    await expect(rotate({ ...farSide.kind, prove }, options)).rejects.toThrow(error.message)
    expect(kept.at(-1)).toStrictEqual({
      ...{ ...BY, action: 'rotation.prove', outcome: 'failed' },
      details: { epoch: 1, ...details },
    })
  },
)

it('a rotation that was begun without an audit log leaves out a replica, and leaves a journal, all the same', async () => {
  const { farSide, options, first } = await audited()
  const { store, journal } = options
  await rotate(farSide.kind, { store, journal })
  const without = [{ service: 'shop', url: 'http://10.0.0.9:8080', healthUrl: 'http://10.0.0.1' }]
  const other = { ...createMemoryJournal(), name: 'other' }
  const parts = { store, journal: other, fromJournal: journal.name, without }
  const { revoked } = await rotate(farSide.kind, parts)
  expect(revoked).not.toBe(first)
})

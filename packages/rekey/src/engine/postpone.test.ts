import type { AuditEvent } from '@rekey/audit-log/internal'
import { createFakeClock, type StagedSecret } from '@rekey/secret'
import type { StepContext } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { expectOneVersion, NAME, setUp } from '../../test/engine/far-side.support.ts'
import { rollBack, rotate } from './index.ts'
import { scheduleRotations } from './schedule/index.ts'

const DAY_MS = 86_400_000
const WHY = 'what the old key signed is accepted until then'

/** A kind whose old version lives on for a day after the promotion. */
async function open() {
  const clock = createFakeClock()
  const found = await setUp()
  const { farSide, store } = found
  const audited: AuditEvent[] = []
  const record = (event: AuditEvent) => Promise.resolve(void audited.push(event))
  const options = { ...found.options, clock, audit: { record }, leaseMs: 60_000 }
  const calls = { confirm: 0 }
  const confirm = async (_staged: StagedSecret, context: StepContext) => {
    calls.confirm += 1
    const leftMs = DAY_MS - (context.sincePromoteMs?.() ?? 0)
    if (leftMs > 0) await context.postpone(leftMs, WHY)
  }
  const kind = { ...farSide.kind, confirm }
  const begun = clock.now()
  await expect(rotate(kind, options)).rejects.toMatchObject({
    ...{ code: 'postponed', step: 'confirm', details: { until: begun + DAY_MS } },
    message: `${NAME} goes on at ${new Date(begun + DAY_MS).toISOString()}: ${WHY}`,
  })
  const entry = async () => (await options.journal.entries([NAME]))[0]
  return { ...found, clock, kind, options, audited, calls, begun, entry, store }
}

it('a step that has nothing to do for a day ends the run, holds no claim, and is no failure in the audit log', async () => {
  const { entry, audited, begun } = await open()
  const { holder, intent } = (await entry()) ?? {}
  expect(holder).toBeUndefined()
  expect(intent).toMatchObject({ mode: 'forward', resumesAt: begun + DAY_MS })
  expect(audited.filter(({ outcome }) => outcome !== 'succeeded')).toEqual([])
})

it('the first run after that time goes on with the same step, and leaves one version', async () => {
  const { kind, options, clock, calls, entry, store, farSide, first } = await open()
  await clock.advance(DAY_MS)
  expect(await rotate(kind, options)).toMatchObject({ revoked: first })
  expect(calls.confirm).toBe(2)
  expect((await entry())?.intent?.resumesAt).toBeUndefined()
  expect(await expectOneVersion(store, farSide)).not.toBe(first)
})

it('a run before that time changes nothing, and an emergency and a roll-back do not wait for it', async () => {
  const { kind, options, begun, entry, store, first } = await open()
  const again = { code: 'postponed', details: { until: begun + DAY_MS } }
  await expect(rotate(kind, options)).rejects.toMatchObject(again)
  expect((await store.read(NAME)).previous?.version).toBe(first)
  expect(await rollBack(kind, options)).toMatchObject({ version: first })
  expect((await entry())?.intent?.resumesAt).toBeUndefined()
  await expect(rotate(kind, options)).rejects.toMatchObject({ code: 'postponed' })
  expect(await rotate(kind, { ...options, compromised: true })).not.toHaveProperty('unproven')
  expect((await store.read(NAME)).previous).toBeUndefined()
})

it('the turn of a rotation that was postponed is at that time, and not before', () => {
  const now = new Date(10 * DAY_MS)
  const turnAt = (resumesAt: Date) => {
    const secret = { name: 'A', kind: 'text', services: ['shop'], open: true, resumesAt }
    const policies = [{ kind: 'text', staggerMs: DAY_MS }]
    return scheduleRotations({ secrets: [secret], policies, lastRotations: [], now })[0]
  }
  const later = new Date(11 * DAY_MS)
  expect(turnAt(later)).toMatchObject({ reason: 'open', isDue: false, dueAt: later })
  expect(turnAt(now)).toMatchObject({ reason: 'open', isDue: true })
})

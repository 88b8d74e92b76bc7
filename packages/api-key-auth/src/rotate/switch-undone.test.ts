import { expect, it } from 'vitest'
import { endOf, newVersion } from '../../test/rotate/reporting-fleet.support.ts'
import { switched } from '../../test/rotate/switched-fleet.support.ts'

it('a switch that is rolled back waits for the silence of the new key for ten seconds, not for receivers that are down', async () => {
  const { clock, rotation, context, current, reports, waits } = switched()
  const pending = newVersion('pending')
  reports.beta.set('c', undefined)
  const staged = { name: current.name, revision: '2', current, pending }
  const step = rotation.abort(staged, context)
  expect(await endOf(clock, step)).toEqual({ tookMs: 10_000, error: undefined })
  expect(waits.at(-1)).toBe('new key silent for 9000 of 10000 ms')
})

it('a roll back stops at its deadline while the new key is used, since it has no end of an overlap', async () => {
  const { clock, rotation, context, current, reports } = switched()
  const pending = newVersion('pending')
  const keepUsing = async () => {
    for (let uses = 1; ; uses += 1) {
      reports.alpha.set('a', { current, uses: [[pending, { uses }]] })
      await clock.sleep(1_000)
    }
  }
  void keepUsing()
  const staged = { name: current.name, revision: '2', current, pending }
  const step = rotation.abort(staged, { ...context, sincePromoteMs: () => 86_400_000 })
  const end = await endOf(clock, step)
  expect(end).toMatchObject({ tookMs: 15_000, error: { code: 'unreachable', details: {} } })
  expect((end?.error as Error).message).toContain('new key silent for 0 of 10000 ms: used by alpha')
})

it('a roll back of a key that leaked waits for the senders alone', async () => {
  const { clock, rotation, context, current, previous, reports, waits } = switched()
  const staged = { name: current.name, revision: '2', current, pending: newVersion('pending') }
  reports.alpha.set('c', { current: previous })
  const step = rotation.abort(staged, { ...context, compromised: true })
  expect(await endOf(clock, step)).toEqual({ tookMs: 5_000, error: undefined })
  expect(waits.at(-1)).toBe('went on without http://c')
})

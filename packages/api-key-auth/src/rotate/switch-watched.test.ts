import type { SecretVersion } from '@rekey/secret'
import { expect, it } from 'vitest'
import { openReportingFleet } from '../../test/rotate/reporting-fleet.support.ts'
import { switched } from '../../test/rotate/switched-fleet.support.ts'

type Switched = ReturnType<typeof switched>

const failing = (calls: number, failures: number, key: SecretVersion) =>
  [key, { uses: calls, failures }] as const

it('a switch ends when the old key was silent for the whole validation period', async () => {
  const { confirm, waits, alarms } = switched()
  expect(await confirm()).toEqual({ tookMs: 20_000, error: undefined })
  expect(waits).toEqual(
    Array.from({ length: 20 }, (_, second) => `old key silent for ${second * 1_000} of 20000 ms`),
  )
  expect(alarms).toEqual([])
})

it.each([
  ['that has just expired, at once', 0, 0],
  ['that expires in between, then', 3_000, 3_000],
  ['that expires later, for its silence', 30_000, 20_000],
])('a switch waits for an old key %s', async (_, inMs, tookMs) => {
  const expiresAt = new Date(openReportingFleet().clock.now() + inMs)
  expect(await switched({ expiresAt }).confirm()).toEqual({ tookMs, error: undefined })
})

it.each<[string, (of: Switched) => void, string, Record<string, string>]>([
  [
    'a sender that sends the old key',
    ({ reports, previous }) => reports.alpha.set('c', { current: previous }),
    'old key silent for 25000 of 20000 ms: alpha at http://c does not send the current key yet',
    {},
  ],
  [
    'a sender that does not answer',
    ({ reports }) => reports.alpha.set('c', undefined),
    'old key silent for 25000 of 20000 ms: alpha at http://c does not send the current key yet',
    { absent: 'http://c' },
  ],
  [
    'two senders that do not answer',
    ({ reports }) => reports.alpha.set('c', undefined).set('d', undefined),
    'old key silent for 25000 of 20000 ms: alpha at http://c, alpha at http://d does not send the current key yet',
    { absent: 'http://c http://d' },
  ],
  [
    'a receiver that has not loaded the new key',
    ({ reports, previous }) => reports.beta.set('c', { loaded: [previous] }),
    'old key silent for 25000 of 20000 ms: beta at http://c does not accept the current key yet',
    {},
  ],
  [
    'a sender and a receiver that are both late',
    ({ reports, previous }) => {
      reports.alpha.set('c', { current: previous })
      reports.beta.set('d', { loaded: [previous] })
    },
    'old key silent for 25000 of 20000 ms: alpha at http://c does not send the current key yet; beta at http://d does not accept the current key yet',
    {},
  ],
  [
    'a receiver that does not answer, which may see the old key',
    ({ reports }) => reports.beta.set('c', undefined),
    'old key silent for 0 of 20000 ms: beta at http://c does not answer',
    { absent: 'http://c' },
  ],
])('a switch stops at its deadline for %s', async (_, spoil, what, details) => {
  // The end of the overlap never comes: `promote` is not recorded.
  const fleet = switched({ options: { maxOverlapMs: 60_000 } })
  spoil(fleet)
  const end = await fleet.confirm()
  const message = `API_KEY_ALPHA_BETA: ${what}: see to it, and run again`
  expect(end?.error).toMatchObject({ code: 'unreachable', message })
  expect(end?.error).toHaveProperty('details', details)
  expect([end?.tookMs, fleet.waits.length]).toEqual([25_000, 25])
})

it.each<[string, (of: Switched) => void]>([
  [
    'a sender that sends the old key',
    ({ reports, previous }) => reports.alpha.set('c', { current: previous }),
  ],
  [
    'a receiver that accepts only the old key',
    ({ reports, previous }) => reports.beta.set('c', { loaded: [previous] }),
  ],
])('a switch without a validation period waits for %s', async (_, spoil) => {
  const open = () => switched({ options: { validationMs: 0 } })
  const sincePromoteMs = () => 1
  expect(await open().confirm({ sincePromoteMs })).toEqual({ tookMs: 0, error: undefined })
  const [late, mended] = [open(), open()]
  for (const fleet of [late, mended]) spoil(fleet)
  const { clock, reports, current } = mended
  void clock.sleep(3_000).then(() => {
    for (const replicas of Object.values(reports)) {
      if (replicas.has('c')) replicas.set('c', { current, loaded: [current] })
    }
  })
  expect(await mended.confirm({ sincePromoteMs })).toEqual({ tookMs: 3_000, error: undefined })
  expect(await late.confirm({ sincePromoteMs })).toMatchObject({ error: { code: 'unreachable' } })
})

it('a use of the old key begins the silence anew, and its user is named', async () => {
  const { clock, reports, current, previous, confirm, waits } = switched()
  const lastUsedAt = clock.now()
  void clock.sleep(5_000).then(() => {
    reports.alpha.set('a', { current, uses: [[previous, { uses: 1, lastUsedAt }]] })
  })
  expect(await confirm()).toEqual({ tookMs: 25_000, error: undefined })
  const user = 'alpha at http://a (1 times, last at 2026-01-01T00:00:00.000Z)'
  expect(waits.slice(4, 7)).toEqual([
    'old key silent for 4000 of 20000 ms',
    `old key silent for 0 of 20000 ms: used by ${user}`,
    `old key silent for 1000 of 20000 ms: used by ${user}`,
  ])
})

it.each([
  ['a call may have been sent before the switch', 0, 10_000],
  ['its overlap lasts', 15_000, 15_000],
])(
  'an old key in use ends not as long as %s, and raises an alarm for each user',
  async (_, maxOverlapMs, tookMs) => {
    const { clock, reports, current, previous, confirm, alarms } = switched({
      options: { maxOverlapMs },
    })
    const begun = clock.elapsed()
    const lastSeenAt = clock.now()
    const source = { uses: 1, failures: 0, lastSeenAt }
    let uses = 0
    const keepUsing = async () => {
      for (;;) {
        uses += 1
        const sources = [{ ...source, source: '10.0.0.7', uses }]
        reports.beta.set('b', {
          current,
          loaded: [previous],
          uses: [[previous, { uses, sources }]],
        })
        await clock.sleep(1_000)
      }
    }
    void keepUsing()
    const sincePromoteMs = () => clock.elapsed() - begun
    expect(await confirm({ sincePromoteMs })).toEqual({ tookMs, error: undefined })
    expect(alarms).toEqual([
      {
        ...{ type: 'stale-or-stolen', id: previous.value.expose().split('_')[2] },
        ...{ source: '10.0.0.7, seen by beta at http://b', count: uses, lastAt: lastSeenAt },
      },
    ])
  },
)

it.each([
  ['as many as with the old key', 100, 10, 100, 10],
  ['twice as many', 100, 20, 100, 10],
  ['four', 4, 4, 100, 0],
])('a switch bears refused calls with the new key: %s', async (_, uses, failures, old, oldFail) => {
  const { reports, current, previous, confirm, waits, clock } = switched()
  const measured = [previous, { uses: old, failures: oldFail }] as const
  reports.alpha.set('a', { current, uses: [measured] })
  void clock.sleep(1_000).then(() => {
    reports.alpha.set('a', { current, uses: [measured, failing(uses, failures, current)] })
  })
  expect(await confirm()).toMatchObject({ error: undefined })
  expect(waits.join()).not.toContain('paused')
})

it('a switch pauses while too many calls with the new key fail, and is rejected after its grace', async () => {
  const { reports, current, confirm, waits, clock } = switched()
  const begun = clock.elapsed()
  const keepFailing = async () => {
    for (;;) {
      const seconds = (clock.elapsed() - begun) / 1_000
      const uses = [failing(100 * seconds, 10 * seconds, current)]
      reports.alpha.set('a', { current, uses })
      await clock.sleep(1_000)
    }
  }
  void keepFailing()
  const end = await confirm()
  const where = '110 of 1100 calls with the new key were refused (alpha at http://a)'
  expect(end).toMatchObject({ tookMs: 11_000, error: { code: 'rejected', details: { where } } })
  expect(end?.error).toHaveProperty(
    'message',
    `API_KEY_ALPHA_BETA: ${where}, more than with the old key: find out why there before the next rotation`,
  )
  expect(waits[1]).toBe(
    'old key silent for 0 of 20000 ms: paused, because 10 of 100 calls with the new key were refused (alpha at http://a)',
  )
})

it('without a grace the second look at failing calls is a rejection, since the first may see an accident', async () => {
  const { reports, current, confirm, waits, clock } = switched({ options: { failureGraceMs: 0 } })
  for (const second of [1, 2]) {
    const uses = [failing(100 * second, 10 * second, current)]
    void clock.sleep(second * 1_000).then(() => reports.alpha.set('a', { current, uses }))
  }
  expect(await confirm()).toMatchObject({ tookMs: 2_000, error: { code: 'rejected' } })
  expect(waits.filter((wait) => wait.includes('paused'))).toHaveLength(1)
})

it('a switch goes on when calls have gone well for the grace, and the silence begins then', async () => {
  const { reports, current, confirm, waits, clock } = switched()
  const show = (calls: number) =>
    reports.alpha.set('a', { current, uses: [failing(calls, Math.min(calls, 10), current)] })
  void clock.sleep(1_000).then(() => show(10))
  void clock.sleep(2_000).then(() => show(500))
  // It went well for ten seconds at the eleventh, and the silence lasts twenty.
  expect(await confirm()).toEqual({ tookMs: 30_000, error: undefined })
  expect(waits.filter((wait) => wait.includes('paused'))).toHaveLength(10)
})

it('without calls nothing shows that calls go well, so a paused switch stops after the deadline and the grace', async () => {
  const { reports, current, confirm, clock } = switched()
  void clock
    .sleep(1_000)
    .then(() => reports.alpha.set('a', { current, uses: [failing(10, 10, current)] }))
  const end = await confirm({ sincePromoteMs: () => 0 })
  expect(end).toMatchObject({ tookMs: 35_000, error: { code: 'unreachable', details: {} } })
})

it('a restart of a replica counts its calls anew', async () => {
  const { reports, current, confirm, waits, clock } = switched()
  reports.alpha.set('a', { current, uses: [failing(1_000, 4, current)] })
  void clock
    .sleep(1_000)
    .then(() => reports.alpha.set('a', { current, since: 2, uses: [failing(5, 5, current)] }))
  const end = await confirm()
  expect(waits[1]).toContain('paused, because 5 of 5 calls with the new key were refused')
  expect(end).toMatchObject({ tookMs: 35_000, error: { code: 'unreachable' } })
})

it('calls that failed before the watch began do not count', async () => {
  const { reports, current, confirm, waits } = switched()
  reports.alpha.set('a', { current, uses: [failing(1_000, 500, current)] })
  expect(await confirm()).toEqual({ tookMs: 20_000, error: undefined })
  expect(waits.join()).not.toContain('paused')
})

it('a replica whose calls go on failing after its restart is a rejection when the grace is over', async () => {
  const { reports, current, confirm, clock } = switched()
  for (let second = 1; second <= 20; second += 1) {
    const uses = [failing(10 * second, 10 * second, current)]
    void clock.sleep(second * 1_000).then(() => reports.alpha.set('a', { current, since: 2, uses }))
  }
  expect(await confirm()).toMatchObject({ tookMs: 11_000, error: { code: 'rejected' } })
})

it('a switch is rejected where a receiver rejects the new key', async () => {
  const { reports, current, previous, confirm } = switched()
  reports.beta.set('b', { loaded: [previous], rejects: current })
  const end = await confirm()
  expect(end).toMatchObject({ tookMs: 0, error: { code: 'rejected' } })
})

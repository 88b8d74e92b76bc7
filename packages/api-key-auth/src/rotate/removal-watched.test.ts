import type { SecretVersion } from '@rekey/secret'
import { expect, it } from 'vitest'
import {
  endOf,
  newVersion,
  openReportingFleet,
  type Report,
} from '../../test/rotate/reporting-fleet.support.ts'

/** A key that the store has dropped and both ends have left, after one use of it at each. */
function dropped() {
  const fleet = openReportingFleet()
  const { clock, reports, rotation, context, saved } = fleet
  const current = newVersion('current')
  const old = newVersion('previous')
  const id = old.value.expose().split('_')[2]
  const source = { source: '10.0.0.7', uses: 1, failures: 1, lastSeenAt: clock.now() }
  const before = [old, { uses: 1, failures: 1, sources: [source] }] as const
  reports.alpha.set('a', { current, uses: [before] })
  reports.beta.set('b', { current, uses: [before] })
  /** What a replica reports once `counts` are added to what it had. */
  const counting = (counts: UseCounts): Report => ({ current, uses: [[old, counts]] })
  const staged = { name: current.name, revision: '1', current, previous: old }
  const noteUses = async () => {
    await rotation.revoke(staged, context)
    return saved.at(-1)
  }
  const watch = (revoked: Partial<SecretVersion> = old, also: Partial<typeof context> = {}) => {
    const of = revoked as SecretVersion
    return endOf(
      clock,
      rotation.confirmRevoked?.(of, { ...context, progress: saved.at(-1), ...also }) ??
        Promise.reject(new Error('no such step')),
    )
  }
  /** Sets a report when a time has passed. */
  const after = (ms: number, service: 'alpha' | 'beta', name: string, report?: Report) =>
    void clock.sleep(ms).then(() => reports[service].set(name, report))
  return { ...fleet, current, old, id, source, counting, staged, noteUses, watch, after }
}

type UseCounts = NonNullable<Report['uses']>[number][1]

it('notes what both ends have counted of a key before the store drops it', async () => {
  const { reports, id, noteUses } = dropped()
  reports.beta.set('c', undefined)
  const b = { since: 1, attempts: 2, failures: 1, sources: { '10.0.0.7': 1 } }
  expect(await noteUses()).toEqual({
    dropped: {
      keyId: id,
      replicas: { 'alpha at http://a': { ...b, attempts: 1 }, 'beta at http://b': b },
    },
  })
})

it('notes nothing of a key that leaked', async () => {
  const { rotation, staged, context, saved } = dropped()
  await rotation.revoke(staged, { ...context, compromised: true })
  expect(saved).toEqual([])
})

it('a removal ends when no sender has sent the old key for the late-use window, and has a receipt', async () => {
  const { clock, noteUses, watch, old, waits, alarms, saved, attested } = dropped()
  const noted = (await noteUses()) as { dropped: object }
  const droppedAt = clock.now()
  expect(await watch()).toEqual({ tookMs: 20_000, error: undefined })
  expect(waits[0]).toBe('no sender has sent the old key for 0 of 20000 ms')
  expect([waits.length, waits.at(-1)]).toEqual([
    20,
    'no sender has sent the old key for 19000 of 20000 ms',
  ])
  expect(saved).toEqual([noted, { dropped: { ...noted.dropped, droppedAt } }])
  expect(attested).toEqual([{ version: old.version, evidence: 'refused by beta at http://b' }])
  expect(alarms).toEqual([])
})

it('a removal goes on where another run had left it', async () => {
  const { clock, noteUses, watch, saved } = dropped()
  const noted = (await noteUses()) as { dropped: object }
  saved.push({ dropped: { ...noted.dropped, droppedAt: clock.now() - 15_000 } })
  expect(await watch()).toEqual({ tookMs: 5_000, error: undefined })
  expect(saved).toHaveLength(2)
})

it('a removal that was noted by no earlier run counts from its first look', async () => {
  const { watch, alarms, clock, saved } = dropped()
  const droppedAt = clock.now()
  expect(await watch()).toEqual({ tookMs: 20_000, error: undefined })
  expect([alarms, saved]).toEqual([[], [{ dropped: { replicas: {}, droppedAt } }]])
})

it.each<[string, (of: ReturnType<typeof dropped>) => void, string]>([
  [
    'that still has the old key',
    ({ reports, current, old }) => reports.beta.set('c', { current, loaded: [old] }),
    'beta at http://c still accepts the old key',
  ],
  [
    'that does not answer',
    ({ reports }) => reports.beta.set('c', undefined).set('d', undefined),
    'beta at http://c, beta at http://d still accepts the old key',
  ],
])('a removal waits for a receiver %s, until its deadline', async (_, spoil, what) => {
  const fleet = dropped()
  await fleet.noteUses()
  spoil(fleet)
  const message = `API_KEY_ALPHA_BETA: ${what}`
  expect(await fleet.watch()).toMatchObject({
    ...{ tookMs: 25_000, error: { code: 'unreachable', message } },
  })
  expect(new Set(fleet.waits)).toEqual(new Set([what]))
  expect(fleet.attested).toEqual([])
})

it('the late-use window begins when the last receiver has dropped the key', async () => {
  const { noteUses, watch, after, reports, current, old } = dropped()
  await noteUses()
  reports.beta.set('c', { current, loaded: [old] })
  after(3_000, 'beta', 'c', { current })
  expect(await watch()).toEqual({ tookMs: 23_000, error: undefined })
})

it('a sender that reports that it still sends the old key rolls back while its value is known', async () => {
  const { noteUses, watch, after, counting, attested } = dropped()
  await noteUses()
  after(2_000, 'alpha', 'a', counting({ uses: 2 }))
  const end = await watch()
  const who = 'alpha at http://a'
  const remedy = 'check that it reads its secrets, then rotate again'
  const message = `API_KEY_ALPHA_BETA: ${who} reported that it still sends the old key: ${remedy}`
  expect(end).toMatchObject({ tookMs: 2_000, error: { code: 'refused', message } })
  expect(end?.error).toHaveProperty('details', { who })
  expect(attested).toEqual([])
})

it('every sender that still sends the old key is named', async () => {
  const { noteUses, watch, reports, counting } = dropped()
  reports.alpha.set('c', counting({ uses: 0 }))
  await noteUses()
  reports.alpha.set('a', counting({ uses: 2 })).set('c', counting({ uses: 1 }))
  const who = 'alpha at http://a, alpha at http://c'
  expect(await watch()).toMatchObject({ tookMs: 0, error: { details: { who } } })
})

it('a sender that still sends a key whose value is gone is an alarm by the id that was noted', async () => {
  const { clock, noteUses, watch, reports, counting, old, id, alarms } = dropped()
  await noteUses()
  const lastUsedAt = clock.now()
  reports.alpha.set('a', counting({ uses: 4, lastUsedAt }))
  expect(await watch({ version: old.version })).toMatchObject({ error: undefined })
  const use = { type: 'stale-or-stolen', id, source: 'alpha at http://a', count: 3 }
  expect(alarms).toEqual([{ ...use, lastAt: lastUsedAt }])
})

it('a late use of a key of which neither value nor id is known goes by its version', async () => {
  const { watch, after, counting, old, alarms } = dropped()
  after(1_000, 'alpha', 'a', counting({ uses: 2 }))
  await watch({ version: old.version })
  const use = { type: 'stale-or-stolen', id: old.version, source: 'alpha at http://a', count: 1 }
  expect(alarms).toEqual([use])
})

it.each<[string, (of: ReturnType<typeof dropped>) => UseCounts, object]>([
  [
    'by the address of its caller, less what was counted before',
    ({ source }) => ({ uses: 1, failures: 4, sources: [{ ...source, failures: 4 }] }),
    { source: '10.0.0.7, seen by beta at http://b', count: 3 },
  ],
  [
    'by each address that has grown',
    ({ source }) => ({
      ...{ uses: 1, failures: 3 },
      sources: [source, { ...source, source: '10.0.0.8', failures: 2 }],
    }),
    { source: '10.0.0.8, seen by beta at http://b', count: 2 },
  ],
  [
    'as that of an unknown address where it has none',
    ({ source }) => ({ uses: 1, failures: 6, lastFailedAt: source.lastSeenAt }),
    { source: 'an unknown address, seen by beta at http://b', count: 5 },
  ],
  [
    'as that of an unknown address where no known one has grown',
    ({ source }) => ({
      ...{ uses: 1, failures: 2, lastFailedAt: source.lastSeenAt },
      sources: [source],
    }),
    { source: 'an unknown address, seen by beta at http://b', count: 1 },
  ],
])('a refused use after the removal is an alarm %s', async (_, uses, expected) => {
  const fleet = dropped()
  const { noteUses, watch, after, counting, id, source, alarms } = fleet
  await noteUses()
  after(1_000, 'beta', 'b', counting(uses(fleet)))
  expect(await watch()).toEqual({ tookMs: 20_000, error: undefined })
  expect(alarms).toEqual([{ type: 'stale-or-stolen', id, lastAt: source.lastSeenAt, ...expected }])
})

it('a receiver that was restarted counts from zero, so all of its refusals are late', async () => {
  const { noteUses, watch, after, counting, source, alarms } = dropped()
  await noteUses()
  const sources = [{ ...source, failures: 1 }]
  after(1_000, 'beta', 'b', { ...counting({ failures: 1, sources }), since: 2 })
  await watch()
  expect(alarms).toMatchObject([{ source: '10.0.0.7, seen by beta at http://b', count: 1 }])
})

it('a replica that is seen first during the watch counts from then on', async () => {
  const { noteUses, watch, after, counting, alarms } = dropped()
  await noteUses()
  after(1_000, 'beta', 'c', counting({ failures: 5 }))
  after(3_000, 'beta', 'c', counting({ failures: 7 }))
  await watch()
  expect(alarms).toMatchObject([
    { source: 'an unknown address, seen by beta at http://c', count: 2 },
  ])
})

it('an alarm is raised at the first use, whenever uses have doubled, and for the rest at the end', async () => {
  const { noteUses, watch, after, counting, alarms } = dropped()
  await noteUses()
  for (let late = 1; late <= 7; late += 1) {
    after(late * 1_000, 'beta', 'b', counting({ uses: 1, failures: 1 + late }))
  }
  await watch()
  expect(alarms.map(({ count }) => count)).toEqual([1, 2, 4, 7])
})

it('an alarm that has not grown is not raised again at the end', async () => {
  const { noteUses, watch, after, counting, alarms } = dropped()
  await noteUses()
  after(1_000, 'beta', 'b', counting({ uses: 1, failures: 5 }))
  await watch()
  expect(alarms.map(({ count }) => count)).toEqual([4])
})

it('what has grown is raised before a removal is rolled back', async () => {
  const { noteUses, watch, after, counting, alarms } = dropped()
  await noteUses()
  for (let late = 1; late <= 3; late += 1) {
    after(late * 1_000, 'beta', 'b', counting({ uses: 1, failures: 1 + late }))
  }
  after(3_000, 'alpha', 'a', counting({ uses: 2 }))
  expect(await watch()).toMatchObject({ error: { code: 'refused' } })
  expect(alarms.map(({ count }) => count)).toEqual([1, 2, 3])
})

it.each([
  ['that leaked', {}, { compromised: true }],
  ['that has expired', { expiresAt: new Date(0) }, {}],
])('a key %s is not watched: receivers alone are waited for', async (_, facts, also) => {
  const { watch, reports, counting, old, attested, alarms } = dropped()
  reports.alpha.set('a', counting({ uses: 9 }))
  expect(await watch({ ...old, ...facts }, also)).toEqual({ tookMs: 0, error: undefined })
  expect([alarms, attested.map(({ version }) => version)]).toEqual([[], [old.version]])
})

it('a key that leaked ends when the last receiver refuses it', async () => {
  const { watch, reports, current, old, after, attested } = dropped()
  reports.beta.set('c', { current, loaded: [old] })
  after(2_000, 'beta', 'c', { current })
  expect(await watch(old, { compromised: true })).toEqual({ tookMs: 2_000, error: undefined })
  expect(attested.map(({ version }) => version)).toEqual([old.version])
})

it('a key that expires later is watched', async () => {
  const { watch, noteUses, old, clock } = dropped()
  await noteUses()
  const expiresAt = new Date(clock.now() + 60_000)
  expect(await watch({ ...old, expiresAt })).toEqual({ tookMs: 20_000, error: undefined })
})

it('a lost version is closed when every receiver refuses it, and has a receipt', async () => {
  const { rotation, staged, context, clock, reports, current, old, after, attested } = dropped()
  reports.beta.set('c', { current, loaded: [old] })
  after(2_000, 'beta', 'c', { current })
  const closed = rotation.closeLost?.([{ version: old.version }], staged, context)
  expect(await endOf(clock, closed ?? Promise.resolve())).toMatchObject({ error: undefined })
  expect(await closed).toEqual([])
  const evidence = 'refused by beta at http://b, beta at http://c'
  expect(attested).toEqual([{ version: old.version, evidence }])
})

it.each([
  ['is', []],
  ['and another one that none keeps are', [{ version: newVersion('previous').version }]],
])('a lost version that a receiver keeps %s not closed', async (_, others) => {
  const { rotation, staged, context, clock, reports, current, old, attested } = dropped()
  reports.beta.set('c', { current, loaded: [old] })
  const closed = rotation.closeLost?.([...others, { version: old.version }], staged, context)
  const end = await endOf(clock, closed ?? Promise.resolve())
  const message = 'http://c did not refuse the old key within 5 s'
  expect(end).toMatchObject({ tookMs: 5_000, error: { code: 'unreachable', message } })
  expect(attested).toEqual([])
})

import type { RotationJournal } from '../journal/journal.ts'
import { SecretError, type SecretVersion, systemClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import { HOUR_MS, POLICY, setUp } from '../../test/commands/due-family.support.ts'
import { runDue } from './run-due.ts'
import type { DueRun } from './take-turns.ts'

it('R7 another run begins while one works: they share the work, and nothing is rotated twice', async () => {
  let isAlone = true
  const fixture = setUp(['A', 'B', 'C'], async () => {
    if (!isAlone) return
    isAlone = false
    await runDue(fixture.run)
  })
  expect(await runDue(fixture.run)).toEqual([0])
  expect(fixture.staged().sort()).toEqual(['A', 'B', 'C'])
  expect(fixture.outcomes().filter((one) => one.endsWith('busy'))).toHaveLength(1)
})

/** A journal in which somebody is quicker once: `before` runs between a look at what is due and the first claim. */
function overtaken(journal: RotationJournal, before: () => Promise<unknown>): RotationJournal {
  let isFirst = true
  return {
    name: journal.name,
    entries: (secrets) => journal.entries(secrets),
    async claim(...asked) {
      if (isFirst) {
        isFirst = false
        await before()
      }
      return journal.claim(...asked)
    },
  }
}

it('R7 another run rotates between the look and the claim: the result is taken over', async () => {
  const { run, journal, staged, outcomes } = setUp(['A'])
  const slow = overtaken(journal, () => runDue(run))
  expect(await runDue({ ...run, rotator: { ...run.rotator, journal: slow } })).toEqual([0])
  expect(staged()).toEqual(['A'])
  expect(outcomes()).toEqual(['A rotated', 'A rotated'])
})

it('R7 another run finishes an open rotation between the look and the claim: no new one is begun', async () => {
  let isDown = true
  const fixture = setUp(['A'], () =>
    isDown ? Promise.reject(new SecretError('unreachable', 'down')) : Promise.resolve(),
  )
  expect(await runDue(fixture.run)).toEqual([4])
  isDown = false
  const slow = overtaken(fixture.journal, () => runDue(fixture.run))
  const { rotator } = fixture.run
  expect(await runDue({ ...fixture.run, rotator: { ...rotator, journal: slow } })).toEqual([0])
  expect(fixture.staged()).toEqual(['A'])
})

it('goes on when one is refused, and tries that one last the next time', async () => {
  const fixture = setUp(['A', 'B'], (name) =>
    name === 'A' ? Promise.reject(new SecretError('refused', 'no')) : Promise.resolve(),
  )
  expect((await runDue(fixture.run)).toSorted()).toEqual([0, 5])
  expect(fixture.outcomes().sort()).toEqual(['A failed', 'B rotated'])
  fixture.clock.jump(2 * HOUR_MS)
  await runDue(fixture.run)
  expect(fixture.outcomes().slice(2)).toEqual(['B rotated', 'A failed'])
})

it('goes on when one cannot be read', async () => {
  const { run, outcomes } = setUp(['A', 'B'])
  const store = {
    ...run.rotator.store,
    read: (name: string) =>
      name === 'A'
        ? Promise.reject(new SecretError('forbidden', 'not yours'))
        : run.rotator.store.read(name),
  }
  expect(await runDue({ ...run, rotator: { ...run.rotator, store } })).toEqual([0, 1])
  expect(outcomes()).toEqual(['B rotated', 'A failed'])
})

it('R40 rotates a login whose lifetime ends before its age makes it due, and asks for its end once', async () => {
  const { run, clock, outcomes } = setUp(['A', 'B'])
  const policies = [{ ...POLICY, rotateAfterMs: 100 * HOUR_MS, maxAgeMs: 100 * HOUR_MS }]
  const end = new Date(clock.now() + 0.5 * HOUR_MS)
  const asked: string[] = []
  const acceptedUntil = ({ name, version }: SecretVersion) => {
    asked.push(`${name} ${version}`)
    return Promise.resolve(name === 'A' ? end : undefined)
  }
  const kinds = new Map([...run.rotator.kinds].map(([t, kind]) => [t, { ...kind, acceptedUntil }]))
  expect(await runDue({ ...run, policies, rotator: { ...run.rotator, kinds } })).toEqual([0])
  expect(outcomes()).toEqual(['A rotated'])
  expect(asked).toEqual([...new Set(asked)])
  expect(asked).toHaveLength(3)
})

it('R40 names the far side that gives no end, and goes by what is known', async () => {
  const { run, outcomes } = setUp(['A'])
  const acceptedUntil = () => Promise.reject(new SecretError('unreachable', 'down'))
  const kinds = new Map([...run.rotator.kinds].map(([t, kind]) => [t, { ...kind, acceptedUntil }]))
  expect(await runDue({ ...run, rotator: { ...run.rotator, kinds } })).toEqual([0, 4])
  expect(outcomes()).toEqual(['A rotated', 'A failed'])
})

/** Counts what a run asks of the store and of the journal. */
function counted({ rotator, ...run }: DueRun) {
  const { store, journal } = rotator
  const reads: string[] = []
  const asked: (readonly string[] | undefined)[] = []
  const read = (name: string) => {
    reads.push(name)
    return store.read(name)
  }
  const entries = (names?: readonly string[]) => {
    asked.push(names)
    return journal.entries(names)
  }
  const claim: RotationJournal['claim'] = (...of) => journal.claim(...of)
  const parts = { store: { ...store, read }, journal: { ...journal, claim, entries } }
  return { run: { ...run, rotator: { ...rotator, ...parts } }, reads, asked }
}

it.each([100, 1_000])(
  'R49 %i secrets are due at once: reads are linear, different services go side by side, and one that fails holds up no other',
  async (count) => {
    const names = Array.from({ length: count }, (_, i) => `S${i}`)
    let atWork = 0
    let most = 0
    const fixture = setUp(names, async (name) => {
      atWork += 1
      most = Math.max(most, atWork)
      await new Promise(setImmediate)
      atWork -= 1
      if (name === 'S1') throw new SecretError('refused', 'no')
    })
    const { run, reads, asked } = counted(fixture.run)
    const codes = await runDue({ ...run, atOnce: 8 })
    expect(codes.toSorted()).toEqual([...names.slice(1).map(() => 0), 5])
    expect(fixture.outcomes().filter((one) => one.endsWith('rotated'))).toHaveLength(count - 1)
    expect(most).toBe(8)
    // Three by the run, the rest by the rotation itself.
    expect(reads.length).toBeLessThanOrEqual(10 * count)
    expect(asked).toHaveLength(1 + 2 * count)
    expect(asked.slice(1).every((of) => of?.length === 1)).toBe(true)
  },
)

it('never rotates two secrets of one service side by side', async () => {
  const atWork = new Set<string>()
  const seen: string[] = []
  const fixture = setUp(['A', 'B', 'C'], async (name) => {
    atWork.add(name)
    await new Promise(setImmediate)
    seen.push([...atWork].toSorted().join(''))
    atWork.delete(name)
  })
  const [a, b, c] = [...fixture.run.rotator.kinds.values()]
  if (a === undefined || b === undefined || c === undefined) throw new Error('three kinds')
  const kinds = new Map([
    ['text one:two', a],
    ['text two:three', b],
    ['text four', c],
  ])
  const rotator = { ...fixture.run.rotator, kinds }
  expect(await runDue({ ...fixture.run, rotator, atOnce: 3 })).toEqual([0, 0, 0])
  expect(seen.every((names) => !names.includes('AB'))).toBe(true)
  expect(seen.some((names) => names.length === 2)).toBe(true)
})

it('waits for those that it began when one cannot be examined any more', async () => {
  const fixture = setUp(['A', 'B'])
  const { run, asked } = counted(fixture.run)
  const { journal } = run.rotator
  const entries = (names?: readonly string[]) =>
    asked.length > 1
      ? Promise.reject(new SecretError('unreachable', 'down'))
      : journal.entries(names)
  const rotator = { ...run.rotator, journal: { ...journal, entries } }
  await expect(runDue({ ...run, rotator, atOnce: 2 })).rejects.toThrow('down')
  expect(fixture.outcomes()).toEqual([expect.stringMatching(/^[AB] rotated$/)])
})

it('begins nothing more once it is stopped, and calls nothing failed', async () => {
  const stop = new AbortController()
  const { run, staged, outcomes } = setUp(['A', 'B'], () => {
    stop.abort(new Error('stopped'))
    return Promise.reject(new Error('cut off'))
  })
  await expect(runDue({ ...run, signal: stop.signal })).rejects.toThrow('stopped')
  expect(staged()).toHaveLength(1)
  expect(outcomes()).toEqual([])
})

it('asks the clock it is given', async () => {
  const { run, lines } = setUp(['A'])
  const { signal } = run
  await runDue({ ...run, clock: { ...systemClock, now: () => 0 }, signal })
  expect(lines()).toEqual([])
})

it('a rotation that has nothing to do for an hour is postponed, the others go on, and it has its turn again then', async () => {
  let isWaiting = true
  const fixture = setUp(['A', 'B'], async (name, context) => {
    if (name === 'A' && isWaiting) await context.postpone(HOUR_MS, 'it is too early')
  })
  const { run, outcomes, lines, clock } = fixture
  expect(await runDue(run)).toEqual([0, 0])
  expect(outcomes().sort()).toEqual(['A postponed', 'B rotated'])
  const until = new Date(clock.now() + HOUR_MS).toISOString()
  expect(lines().find(({ type }) => type === 'postponed')).toMatchObject({ secret: 'A', until })
  expect(await runDue(run)).toEqual([])
  isWaiting = false
  clock.jump(HOUR_MS)
  await runDue(run)
  expect(outcomes()).toContain('A rotated')
})

/** A window of an hour that opens so many hours after the time of the clock. */
function windowIn(hours: number, now: number) {
  const time = (ms: number) => new Date(ms).toISOString().slice(11, 16)
  const opensAt = now + hours * HOUR_MS
  return { from: time(opensAt), to: time(opensAt + HOUR_MS), zone: 'UTC' }
}

it('begins no rotation outside its window and names what waits, finishes one that its window closed upon, and begins the others within', async () => {
  let isDown = true
  const fixture = setUp(['A', 'B'], (name) =>
    isDown && name === 'A'
      ? Promise.reject(new SecretError('unreachable', 'down'))
      : Promise.resolve(),
  )
  const { clock, outcomes, lines, staged } = fixture
  const window = windowIn(2, clock.now())
  const run = { ...fixture.run, policies: [{ ...POLICY, maxAgeMs: 50 * HOUR_MS, window }] }
  expect(await runDue(run)).toEqual([])
  expect(outcomes().toSorted()).toEqual(['A put off', 'B put off'])
  const text = `${window.from}–${window.to} UTC`
  const putOff = lines().filter(({ type }) => type === 'put-off')
  const opensAt = Math.ceil(clock.now() / 60_000) * 60_000 + 2 * HOUR_MS
  expect(putOff.every((line) => line['window'] === text)).toBe(true)
  expect(Date.parse(String(putOff[0]?.['until']))).toBeLessThanOrEqual(opensAt)
  clock.jump(2 * HOUR_MS)
  expect((await runDue(run)).toSorted()).toEqual([0, 4])
  expect(staged().toSorted()).toEqual(['A', 'B'])
  clock.jump(3 * HOUR_MS)
  isDown = false
  expect(await runDue(run)).toContain(0)
  expect(outcomes()).toContain('A rotated')
})

it('a rotation that failed before it made a version waits for the next window', async () => {
  const fixture = setUp(['A'])
  const { clock, outcomes, staged } = fixture
  let isDown = true
  const [a] = fixture.run.rotator.kinds.values()
  if (a === undefined) throw new Error('one kind')
  const generate: typeof a.generate = (...asked) =>
    isDown ? Promise.reject(new SecretError('unreachable', 'down')) : a.generate(...asked)
  const rotator = { ...fixture.run.rotator, kinds: new Map([['text A', { ...a, generate }]]) }
  const policy = { ...POLICY, maxAgeMs: 50 * HOUR_MS, window: windowIn(0, clock.now()) }
  const run = { ...fixture.run, rotator, policies: [policy] }
  expect(await runDue(run)).toEqual([4])
  isDown = false
  clock.jump(2 * HOUR_MS)
  expect(await runDue(run)).toEqual([])
  expect(outcomes()).toEqual(['A failed', 'A put off'])
  expect(staged()).toEqual([])
  clock.jump(22 * HOUR_MS)
  expect(await runDue(run)).toEqual([0])
})

it('a secret that is older than its policy allows waits for its window too, and the code shows that', async () => {
  const { run, clock } = setUp(['A'])
  const policies = [{ ...POLICY, maxAgeMs: HOUR_MS, window: windowIn(2, clock.now()) }]
  expect(await runDue({ ...run, policies })).toEqual([7])
})

/** The same, with a family that has the rotations held. */
function held(names: readonly string[]) {
  const fixture = setUp(names)
  const family = { policy: { minLength: {}, schedule: {}, holds: { text: 'after-promote' } } }
  const rotator = { ...fixture.run.rotator, family } as unknown as DueRun['rotator']
  return { ...fixture, run: { ...fixture.run, rotator, policies: [{ ...POLICY, staggerMs: 1 }] } }
}

it('a rotation that is held keeps no other waiting, has no turn, and has one again once it may go on', async () => {
  const { run, outcomes, lines, clock, journal } = held(['A', 'B'])
  expect(await runDue(run)).toEqual([0, 0])
  expect(outcomes().toSorted()).toEqual(['A held', 'B held'])
  const since = new Date(clock.now()).toISOString()
  expect(lines().find(({ type }) => type === 'held')).toMatchObject({ at: 'after-promote', since })
  clock.jump(2 * HOUR_MS)
  expect(await runDue(run)).toEqual([])
  // A rotator that was killed right after an operator let the rotation go on.
  const claim = await journal.claim('A', 'another', 1_000)
  const { intent } = claim
  if (intent?.hold === undefined) throw new Error('it is held')
  await claim.setIntent({ ...intent, hold: { ...intent.hold, isOver: true } })
  await claim.release()
  expect(await runDue(run)).toEqual([0])
  expect(outcomes().slice(2)).toEqual(['A rotated'])
})

it('of two runs at once each secret is held by one', async () => {
  const { run, outcomes, staged } = held(['A', 'B', 'C'])
  await Promise.all([runDue(run), runDue(run)])
  expect(staged().toSorted()).toEqual(['A', 'B', 'C'])
  expect(new Set(outcomes().filter((one) => !one.endsWith('busy')))).toEqual(
    new Set(['A held', 'B held', 'C held']),
  )
})

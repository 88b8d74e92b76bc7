import type { AuditEvent } from '@rekey/audit-log/internal'
import { createFakeClock, SecretError } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import { STEPS } from '@rekey/secret/internal/kind'
import { expect, it } from 'vitest'
import { intercepted } from '../../test/journal/failing-store.support.ts'
import { dieAt, expectOneVersion, NAME, setUp } from '../../test/engine/far-side.support.ts'
import { createMemoryJournal, rollBack, rotate, sweepOrphans } from './index.ts'
import type { RotationEvent } from './internal.ts'

it.each(['revoke', 'confirm-revoked'])(
  'does not bring a leaked value back when it is refused at %s, and goes on when run again',
  async (step) => {
    const { store, farSide, options, first } = await setUp()
    farSide.refuse.set(step, new SecretError('rejected', 'one replica does not know it yet'))
    const leaked = { ...options, compromised: true }
    const failure = { code: 'stopped', step, reason: 'rejected' }
    await expect(rotate(farSide.kind, leaked)).rejects.toMatchObject(failure)
    farSide.refuse.clear()
    await rotate(farSide.kind, options)
    expect(farSide.calls).not.toContain('confirm')
    expect(await expectOneVersion(store, farSide)).not.toBe(first)
  },
)

/** Two rotators of one secret with an audit log: `slow` is at work when `urgent` begins. */
async function setUpTwo() {
  const { options, ...parts } = await setUp()
  const recorded: AuditEvent[] = []
  const audit = { record: (event: AuditEvent) => Promise.resolve(void recorded.push(event)) }
  const slow = { ...options, audit, holder: 'slow' }
  const urgent = { ...options, audit, holder: 'urgent', compromised: true }
  return { ...parts, recorded, slow, urgent }
}

/** A point that one waits at until it is opened, and that another can wait for. */
function gate() {
  let reach = (): void => undefined
  let open = (): void => undefined
  const reached = new Promise<void>((resolve) => (reach = resolve))
  const opened = new Promise<void>((resolve) => (open = resolve))
  const pass = () => {
    reach()
    return opened
  }
  return { reached, open, pass }
}

/** Stops at one point of a rotation, as a process that is suspended there. */
const suspendAt = (point: string, pass: () => Promise<void>) => (event: RotationEvent) =>
  `${event.step} ${event.phase}` === point ? pass() : undefined

const DISPLACED = {
  ...{ code: 'fenced', details: { emergency: 'urgent' } },
  message: expect.stringContaining('NAME has leaked, and urgent took it over') as string,
}

it.each(STEPS.flatMap((step) => [`${step} begin`, `${step} end`]))(
  'R53 takes over from a live rotator that is suspended at %s, which changes nothing in the store once it goes on',
  async (point) => {
    const { store, farSide, slow, urgent } = await setUpTwo()
    const suspended = gate()
    const onEvent = suspendAt(point, suspended.pass)
    const displaced = expect(rotate(farSide.kind, { ...slow, onEvent })).rejects
    await suspended.reached
    const leaked = liveVersions(await store.read(NAME)).map(({ version }) => version)
    farSide.calls.length = 0
    const { version, unproven } = await rotate(farSide.kind, urgent)
    expect([leaked.includes(version), unproven]).toEqual([false, undefined])
    expect(farSide.calls).not.toContain('confirm')
    suspended.open()
    await displaced.toMatchObject(DISPLACED)
    // A far side that the journal cannot fence takes what was asked of it before.
    const orphans = await sweepOrphans(farSide.kind, slow)
    expect(orphans).toHaveLength(point === 'admit begin' ? 1 : 0)
    expect(await expectOneVersion(store, farSide)).toBe(version)
  },
)

it.each([
  ['stage', 'generate begin'],
  ['promote', 'abort begin'],
  ['revoke', 'revoke begin'],
])(
  'R54 the last write of the rotator that was taken over, %s, comes after the look of the emergency and before its first write: it ends in one attempt, and that is gone too',
  async (verb, point) => {
    const { store, farSide, slow, urgent } = await setUpTwo()
    const [sent, landed] = [gate(), gate()]
    const late = intercepted(store, async (called, work) => {
      if (called !== verb) return work()
      await sent.pass()
      const result = await work()
      landed.open()
      return result
    })
    const displaced = expect(rotate(farSide.kind, { ...slow, store: late })).rejects
    await sent.reached
    const leaked = liveVersions(await store.read(NAME)).map(({ version }) => version)
    let isLate = true
    const onEvent = suspendAt(point, async () => {
      sent.open()
      await landed.pass()
      const { pending } = await store.read(NAME)
      if (isLate && pending !== undefined) leaked.push(pending.version)
      isLate = false
    })
    const { version, unproven } = await rotate(farSide.kind, { ...urgent, onEvent })
    await displaced.toMatchObject(DISPLACED)
    expect([leaked.includes(version), unproven]).toEqual([false, undefined])
    expect(await expectOneVersion(store, farSide)).toBe(version)
    expect(farSide.calls.filter((call) => call === 'admit').length).toBeLessThanOrEqual(2)
  },
)

it('R54 a change in the store that no displaced rotator can have made stops an emergency as before', async () => {
  const { store, farSide, urgent } = await setUpTwo()
  let isSet = false
  const setByHand = async ({ step, phase }: RotationEvent) => {
    if (isSet || `${step} ${phase}` !== 'promote begin') return
    isSet = true
    const { revision } = await store.read(NAME)
    await store.abort(NAME, revision)
  }
  const stopped = { code: 'stopped', step: 'promote', reason: 'conflict' }
  const emergency = rotate(farSide.kind, { ...urgent, onEvent: setByHand })
  await expect(emergency).rejects.toMatchObject(stopped)
})

it('R53 the audit log names the rotator that an emergency took over from, and that one ends with the fence as its reason', async () => {
  const { farSide, slow, urgent, recorded } = await setUpTwo()
  const suspended = gate()
  const onEvent = suspendAt('stage begin', suspended.pass)
  const displaced = expect(rotate(farSide.kind, { ...slow, onEvent })).rejects
  await suspended.reached
  const from: object[] = []
  await rotate(farSide.kind, { ...urgent, onTakeOver: (one) => void from.push(one) })
  suspended.open()
  await displaced.toMatchObject(DISPLACED)
  expect(from).toEqual([{ holder: 'slow', epoch: 1 }])
  const takeOver = recorded.find(({ action }) => action === 'rotation.take-over')
  expect(takeOver).toEqual({
    ...{ actor: 'urgent', action: 'rotation.take-over', subject: NAME, outcome: 'succeeded' },
    details: { epoch: 2, from: 'slow', fromEpoch: 1 },
  })
  expect(recorded.filter(({ actor }) => actor === 'slow').at(-1)).toMatchObject({
    ...{ action: 'rotation.stage', outcome: 'failed' },
    details: { epoch: 1, reason: 'fenced', emergency: 'urgent' },
  })
})

it('R53 a rotator that waits learns at its next renewal that an emergency has taken over, and rolls nothing back', async () => {
  const clock = createFakeClock()
  const { store, farSide, slow, urgent } = await setUpTwo()
  const times = { clock, journal: createMemoryJournal(clock), leaseMs: 15_000 }
  const waits = gate()
  const confirm: typeof farSide.kind.confirm = async (_staged, { signal }) => {
    void waits.pass()
    await clock.sleep(3_600_000, signal)
  }
  const waiting = rotate(
    { ...farSide.kind, confirm },
    { ...slow, ...times, stepLimitMs: 7_200_000 },
  )
  const displaced = expect(waiting).rejects.toMatchObject(DISPLACED)
  await waits.reached
  const { version } = await rotate(farSide.kind, { ...urgent, ...times })
  await clock.advance(5_000)
  await displaced
  expect(await expectOneVersion(store, farSide)).toBe(version)
})

it('R53 takes over from a rotator that rolls back, and from one that sweeps', async () => {
  const { store, farSide, slow, urgent } = await setUpTwo()
  const dying = rotate(farSide.kind, { ...slow, onEvent: dieAt('promote end') })
  await expect(dying).rejects.toThrow('killed')
  for (const [work, point] of [
    [rollBack, 'roll-back end'],
    [sweepOrphans, 'sweep end'],
  ] as const) {
    const suspended = gate()
    const displaced = expect(
      work(farSide.kind, { ...slow, onEvent: suspendAt(point, suspended.pass) }),
    )
    await suspended.reached
    const leaked = liveVersions(await store.read(NAME)).map(({ version }) => version)
    await rotate(farSide.kind, urgent)
    suspended.open()
    // All that a sweep does was done by then.
    await (work === rollBack ? displaced.rejects.toMatchObject(DISPLACED) : displaced.resolves)
    expect(leaked).not.toContain(await expectOneVersion(store, farSide))
  }
})

it('R55 an emergency is refused while another one is at work, and by an ordinary run that finishes one', async () => {
  const { store, farSide, slow, urgent } = await setUpTwo()
  for (const first of [urgent, slow]) {
    const dying = rotate(farSide.kind, { ...urgent, onEvent: dieAt('stage end') })
    await expect(dying).rejects.toThrow('killed')
    const suspended = gate()
    const working = rotate(farSide.kind, {
      ...first,
      onEvent: suspendAt('prove begin', suspended.pass),
    })
    await suspended.reached
    const message = expect.stringContaining(`without grace by ${first.holder} already`) as string
    await expect(rotate(farSide.kind, { ...urgent, holder: 'second' })).rejects.toMatchObject({
      code: 'busy',
      message,
    })
    suspended.open()
    expect((await working).version).toBe(await expectOneVersion(store, farSide))
  }
})

it('R29 an emergency asked for with the key of an ordinary rotation is no repetition of it, and gives its own result again', async () => {
  const { store, farSide, slow, urgent } = await setUpTwo()
  const request = 'november'
  const { version } = await rotate(farSide.kind, { ...slow, request })
  const answered = await rotate(farSide.kind, { ...urgent, request })
  expect([answered.revoked, await expectOneVersion(store, farSide)]).toEqual([
    version,
    answered.version,
  ])
  expect(await rotate(farSide.kind, { ...urgent, request })).toEqual(answered)
})

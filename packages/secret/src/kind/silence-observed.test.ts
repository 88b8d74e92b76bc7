import { expect, it, vi } from 'vitest'
import { createFakeClock, Secret, SecretError } from '../index.ts'
import type { FakeClock, VersionUse } from '../internal.ts'
import type { StepContext } from './index.ts'
import {
  type Answer,
  attemptsOf,
  callsSince,
  describeUser,
  type FleetLook,
  VersionSilence,
  waitForSilence,
} from './internal.ts'
import { through } from '../../test/kind/through.support.ts'

const OLD = '1'

interface Reported {
  readonly uses?: readonly Partial<VersionUse>[]
  readonly since?: number
  readonly current?: string
  readonly end?: string
}

/** The answer of a replica that reports these uses; each is of the old version unless it says otherwise. */
function replicaThat(
  { uses = [], since = 1, current = '2', end = 'receiver' }: Reported = {},
  n = 1,
) {
  const versions = uses.map((use) => ({ version: OLD, uses: 0, failures: 0, ...use }))
  const stages = current === '' ? [] : [{ stage: 'current', version: current }]
  const replica = { service: 'alpha', url: '', healthUrl: `http://10.0.0.${n}:9090` }
  const ack = { end, usage: { since, versions, holding: {} }, versions: stages }
  return { replica, ack } as unknown as Answer
}

/** What observes the old version in a rotation with this progress. */
function newSilence(progress?: unknown, saveProgress = vi.fn(() => Promise.resolve())) {
  const clock = createFakeClock()
  const context = { clock, progress, saveProgress } as Partial<StepContext> as StepContext
  return { clock, silence: new VersionSilence(OLD, context), saveProgress }
}

function lookOf(
  clock: FakeClock,
  receivers: readonly Answer[],
  senders: readonly Answer[] = [],
): FleetLook {
  return { senders, receivers, askedAt: clock.elapsed(), heardAt: clock.elapsed() }
}

it('names the callers whose uses have grown within a time', async () => {
  const { clock, silence } = newSilence()
  const seen = (uses: number, since = 1) => {
    const source = { source: '10.0.0.7', uses, failures: 0, lastSeenAt: 5 }
    const of = [
      { uses, sources: [source] },
      { version: '2', uses: 9 },
    ]
    return lookOf(clock, [replicaThat({ uses: of, since })])
  }
  silence.look(seen(1))
  expect(silence.users(seen(1), 60_000)).toEqual([])
  await clock.advance(1_000)
  silence.look(seen(2))
  const who = '10.0.0.7, seen by alpha at http://10.0.0.1:9090'
  expect(silence.users(seen(2), 60_000)).toMatchObject([{ who, since: 1, uses: 2, lastAt: 5 }])
  expect(silence.silentMs(seen(2))).toBe(0)
  await clock.advance(1_000)
  silence.look(seen(2))
  expect(silence.silentMs(seen(2))).toBe(1_000)
  expect([1_000, 1_001].map((ms) => silence.users(seen(2), ms).length)).toEqual([0, 1])
  silence.look(seen(2, 2))
  expect(silence.users(seen(2, 2), 1).map(({ since }) => since)).toEqual([2])
})

it('names a caller that the receiver does not know, and senders by themselves', () => {
  const { clock, silence } = newSilence()
  const seen = (uses: number) =>
    lookOf(
      clock,
      [replicaThat({ uses: [{ uses, lastUsedAt: 7 }] })],
      [
        replicaThat({ uses: [{ uses, lastUsedAt: 8 }], end: 'sender' }, 2),
        { ...replicaThat({}, 3), ack: undefined },
      ],
    )
  silence.look(seen(1))
  silence.look(seen(2))
  expect(silence.users(seen(2), 1)).toMatchObject([
    { who: 'alpha at http://10.0.0.2:9090', since: 1, uses: 2, lastAt: 8 },
    {
      who: 'an unknown caller, seen by alpha at http://10.0.0.1:9090',
      since: 1,
      uses: 2,
      lastAt: 7,
    },
  ])
})

it('has heard no silence before the first look', () => {
  const { clock, silence } = newSilence()
  expect(silence.silentMs(lookOf(clock, []))).toBe(0)
})

it.each<[string, Answer, Answer | undefined, boolean]>([
  [
    'only failed to use it',
    replicaThat({ uses: [{ uses: 3, failures: 3 }], end: 'sender' }),
    replicaThat({ uses: [{ uses: 4, failures: 4 }], end: 'sender' }),
    true,
  ],
  [
    'used it with success',
    replicaThat({ uses: [{ uses: 3, failures: 3 }], end: 'sender' }),
    replicaThat({ uses: [{ uses: 4, failures: 3 }], end: 'sender' }),
    false,
  ],
  [
    'used another version',
    replicaThat({ uses: [{ version: '2', uses: 3 }] }),
    replicaThat({ uses: [{ version: '2', uses: 4 }] }),
    true,
  ],
  ['comes, and has used it', replicaThat({ uses: [{ uses: 1 }] }), undefined, false],
  ['comes, and has the old version as its own', replicaThat({ current: OLD }), undefined, false],
  ['comes, and has no version yet', replicaThat({ current: '' }), undefined, true],
  ['does not answer', { ...replicaThat(), ack: undefined }, undefined, true],
])('the silence lasts where a replica %s: %4$s', async (_, first, second, isSilent) => {
  const { clock, silence } = newSilence()
  // One that comes is not there at the first look.
  silence.look(lookOf(clock, second === undefined ? [] : [first]))
  await clock.advance(1_000)
  silence.look(lookOf(clock, [second ?? first]))
  expect(silence.silentMs(lookOf(clock, []))).toBe(isSilent ? 1_000 : 0)
})

it('resumes the silence that an earlier run has recorded of this version, and of no other', () => {
  const recordOf = (version: string) => {
    const silentSince = createFakeClock().now() - 5_000
    return { silence: { version, silentSince, counts: {} } }
  }
  const silentMs = (progress: unknown) => {
    const { clock, silence } = newSilence(progress)
    silence.look(lookOf(clock, []))
    return silence.silentMs(lookOf(clock, []))
  }
  expect([recordOf(OLD), recordOf('0'), undefined].map(silentMs)).toEqual([5_000, 0, 0])
})

it('writes down what it observed, beside the version that the far side was asked to end', async () => {
  const { clock, silence, saveProgress } = newSilence({ ending: '0' })
  await silence.save()
  const silent = { version: OLD, silentSince: 0, counts: {} }
  expect(saveProgress).toHaveBeenLastCalledWith({ silence: silent, ending: '0' })
  await clock.advance(5_000)
  silence.look(lookOf(clock, [replicaThat()]))
  await silence.save()
  const counts = { 'alpha at http://10.0.0.1:9090': '1 0' }
  expect(saveProgress).toHaveBeenLastCalledWith({
    silence: { version: OLD, silentSince: clock.now(), counts },
    ending: '0',
  })
})

it('writes a change down no more often than each five seconds, and nothing where there is none', async () => {
  const { clock, silence, saveProgress } = newSilence()
  const lookAt = (uses: number) => {
    silence.look(lookOf(clock, [replicaThat({ uses: [{ uses }] })]))
    return silence.save()
  }
  await lookAt(1)
  await clock.advance(4_999)
  await lookAt(2)
  expect(saveProgress).toHaveBeenCalledTimes(1)
  await clock.advance(1)
  await lookAt(3)
  expect(saveProgress).toHaveBeenCalledTimes(2)
  await clock.advance(60_000)
  await lookAt(3)
  expect(saveProgress).toHaveBeenCalledTimes(2)
})

it('writes it down later where the journal does not answer, and goes on with no other failure', async () => {
  const lost = new SecretError('conflict', 'the claim is lost')
  const save = vi.fn(() => Promise.resolve())
  save.mockRejectedValueOnce(new SecretError('unreachable', 'the journal is down'))
  const { clock, silence } = newSilence(undefined, save)
  await silence.save()
  await clock.advance(5_000)
  await silence.save()
  expect(save).toHaveBeenCalledTimes(2)
  await expect(newSilence(undefined, save.mockRejectedValue(lost)).silence.save()).rejects.toBe(
    lost,
  )
})

it('names who uses the old version, and who does not answer, when the time is over', async () => {
  const clock = createFakeClock()
  const sleep = vi.spyOn(clock, 'sleep')
  const begun = clock.elapsed()
  let looks = 0
  const used = () => replicaThat({ uses: [{ uses: (looks += 1) }], end: 'sender' })
  const silent = [2, 3].map((n) => ({ ...replicaThat({}, n), ack: undefined }))
  const fleet = {
    replicas: () => Promise.resolve([]),
    acknowledgements: () => Promise.resolve([used(), ...silent]),
  }
  const said = new Set<string>()
  const context = {
    ...{ clock, signal: new AbortController().signal, progress: undefined },
    ...{ waiting: (text: string) => void said.add(text), saveProgress: () => Promise.resolve() },
  } as Partial<StepContext> as StepContext
  const value = Secret.of('a text', 'KEY')
  const old = { name: 'KEY', version: OLD, stage: 'previous', value, sensitive: [] } as const
  const options = { fleet, service: 'alpha', secret: 'KEY', validationMs: 1_000 }
  const waited = waitForSilence(old, { ...options, deadlineMs: 500, pollMs: 100 }, context)
  await expect(through(waited, clock)).rejects.toMatchObject({
    code: 'unreachable',
    message:
      'KEY: the old key is still in use: alpha at http://10.0.0.1:9090 (16 times); no answer from http://10.0.0.2:9090; no answer from http://10.0.0.3:9090',
    details: { absent: 'http://10.0.0.2:9090 http://10.0.0.3:9090' },
  })
  expect(clock.elapsed() - begun).toBe(1_500)
  expect([...said]).toEqual(['old key silent for 0 of 1000 ms'])
  expect(sleep.mock.calls.every(([, , kept]) => kept?.keepAlive)).toBe(true)
})

it('describes a user with the time of the last use, if it is known', () => {
  const user = { who: '10.0.0.7', uses: 3, lastAt: Date.UTC(2026, 0, 1) }
  expect(describeUser(user)).toBe('10.0.0.7 (3 times, last at 2026-01-01T00:00:00.000Z)')
  expect(describeUser({ ...user, lastAt: undefined })).toBe('10.0.0.7 (3 times)')
})

it.each([
  ['sender', { since: 1, attempts: 5, failures: 2 }],
  ['receiver', { since: 1, attempts: 7, failures: 2 }],
])('counts the attempts of a %s', (end, calls) => {
  const { ack } = replicaThat({
    uses: [
      { version: '2', uses: 9 },
      { uses: 5, failures: 2 },
    ],
    end,
  })
  expect(ack && attemptsOf(ack, OLD)).toEqual(calls)
  expect(ack && attemptsOf(ack, '0')).toEqual({ since: 1, attempts: 0, failures: 0 })
})

it('counts the calls added since, and all of a process that was restarted', () => {
  const before = { since: 1, attempts: 5, failures: 2 }
  expect(callsSince(before, { since: 1, attempts: 9, failures: 3 })).toEqual({
    ...{ since: 1, attempts: 4, failures: 1 },
  })
  const restarted = { since: 2, attempts: 1, failures: 0 }
  expect(callsSince(before, restarted)).toEqual(restarted)
})

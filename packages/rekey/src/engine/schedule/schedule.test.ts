import { createFakeClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import {
  dueRotations,
  type RotationPolicy,
  type SecretAge,
  type ScheduleInput,
  scheduleRotations,
} from './index.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const KIND = 'text'
const POLICY: RotationPolicy = {
  ...{ kind: KIND, rotateAfterMs: 30 * DAY, maxAgeMs: 90 * DAY, staggerMs: HOUR },
}
const clock = createFakeClock()
const now = new Date(clock.now())
const ago = (ms: number) => new Date(clock.now() - ms)

/** A secret of a service of its own. */
function secret(name: string, known: Partial<SecretAge> = {}): SecretAge {
  return { name, kind: KIND, services: [`service of ${name}`], ...known }
}

function input(secrets: SecretAge[], known: Partial<ScheduleInput> = {}): ScheduleInput {
  return { secrets, policies: [POLICY], lastRotations: [], now, ...known }
}

const turnOf = (one: SecretAge, known: Partial<ScheduleInput> = {}) =>
  scheduleRotations(input([one], known))[0]

it.each([
  [0, false, false],
  [26.9, false, false],
  [30, true, false],
  [89.9, true, false],
  [90, true, true],
])('a secret that is %d days old: due %s, overdue %s', (days, isDue, isOverdue) => {
  const turn = turnOf(secret('A', { createdAt: ago(days * DAY) }))
  expect(turn).toMatchObject({ reason: 'age', isDue, isOverdue })
})

it.each([
  [59, false, false],
  [66.7, true, false],
  [83.4, true, true],
  [101, true, true],
])('a certificate at %d percent of its life: due %s, overdue %s', (percent, isDue, isOverdue) => {
  const createdAt = ago(percent * DAY)
  const expiresAt = new Date(createdAt.getTime() + 100 * DAY)
  const policies = [{ kind: KIND, staggerMs: 0 }]
  const turn = turnOf(secret('A', { createdAt, expiresAt }), { policies })
  expect(turn).toMatchObject({ reason: 'expiry', isDue, isOverdue })
})

it('a turn has the times at which its secret is due and overdue, and none that its policy does not name', () => {
  const createdAt = ago(DAY)
  const bounded = { policies: [{ kind: KIND, maxAgeMs: 7 * DAY, staggerMs: 0 }] }
  const overdueAt = new Date(createdAt.getTime() + 7 * DAY)
  expect(turnOf(secret('A', { createdAt }), bounded)).toStrictEqual({
    ...{ secret: 'A', kind: KIND, reason: 'age', isDue: false, isOverdue: false },
    overdueAt,
  })
  const unbounded = { policies: [{ kind: KIND, rotateAfterMs: 7 * DAY, staggerMs: 0 }] }
  expect(turnOf(secret('A', { createdAt }), unbounded)).toStrictEqual({
    ...{ secret: 'A', kind: KIND, reason: 'age', isDue: false, isOverdue: false },
    dueAt: expect.any(Date) as Date,
  })
})

const ROTATED = { secret: 'A', at: ago(31 * DAY), finished: true }

it.each<[string, Partial<ScheduleInput>, object]>([
  ['is left alone', {}, { isDue: false, reason: 'age unknown' }],
  [
    'is due if its policy says so',
    { policies: [{ ...POLICY, dueIfAgeUnknown: true }] },
    { isDue: true, reason: 'age unknown' },
  ],
  ['is as old as its last rotation', { lastRotations: [ROTATED] }, { isDue: true, reason: 'age' }],
  [
    'is not made younger by a rotation that was rolled back',
    { lastRotations: [{ ...ROTATED, at: ago(DAY), finished: false }] },
    { isDue: false, reason: 'age unknown' },
  ],
])('a secret of unknown age %s', (_what, known, expected) => {
  expect(turnOf(secret('A'), known)).toMatchObject(expected)
})

it.each([0, 1])(
  'a secret of unknown age is overdue when it has expired, %i ms ago',
  (expiredMs) => {
    const turn = turnOf(secret('A', { expiresAt: ago(expiredMs) }))
    expect(turn).toMatchObject({ isDue: true, isOverdue: true, reason: 'expiry' })
  },
)

it.each<[string, RotationPolicy[]]>([
  ['whose kind has no policy', []],
  ['whose policy names no age', [{ kind: KIND, staggerMs: 0 }]],
])('a secret %s is never due', (_what, policies) => {
  const turn = turnOf(secret('A', { createdAt: ago(1_000 * DAY) }), { policies })
  expect(turn).toMatchObject({ isDue: false, isOverdue: false, reason: 'never' })
  expect(turn?.dueAt).toBeUndefined()
})

it('takes open rotations first, then what is overdue, then what has been due longest, then what was rolled back', () => {
  const secrets = [
    secret('YOUNG', { createdAt: ago(DAY) }),
    secret('DUE', { createdAt: ago(40 * DAY) }),
    secret('TAKEN_BACK', { createdAt: ago(99 * DAY) }),
    secret('OLDER', { createdAt: ago(50 * DAY) }),
    secret('OVERDUE', { createdAt: ago(8 * DAY), kind: 'strict' }),
    secret('OPEN', { createdAt: ago(DAY), open: true }),
  ]
  const lastRotations = [{ secret: 'TAKEN_BACK', at: ago(DAY), finished: false }]
  const strict = { kind: 'strict', maxAgeMs: 7 * DAY, staggerMs: 0 }
  const due = dueRotations(input(secrets, { lastRotations, policies: [POLICY, strict] }))
  const names = ['OPEN', 'OVERDUE', 'OLDER', 'DUE', 'TAKEN_BACK']
  expect(due.map((turn) => turn.secret)).toEqual(names)
  expect(due.every(({ putOff }) => putOff === undefined)).toBe(true)
  const all = scheduleRotations(input(secrets, { lastRotations, policies: [POLICY, strict] }))
  expect(all.map((turn) => turn.secret)).toEqual([...names, 'YOUNG'])
})

it('of secrets that are not due, the one whose time comes first is first, whatever its policy names', () => {
  const secrets = [
    secret('IN_MONTHS', { createdAt: ago(0) }),
    secret('IN_DAYS', { createdAt: ago(0), kind: 'strict' }),
  ]
  const strict = { kind: 'strict', maxAgeMs: 7 * DAY, staggerMs: 0 }
  const turns = scheduleRotations(input(secrets, { policies: [POLICY, strict] }))
  expect(turns.map((turn) => turn.secret)).toEqual(['IN_DAYS', 'IN_MONTHS'])
})

it.each<[string, Partial<SecretAge>, Partial<SecretAge>]>([
  ['are open', { open: true, createdAt: ago(DAY) }, { open: true, createdAt: ago(99 * DAY) }],
  ['are never due', {}, {}],
])('secrets that %s come by their names, however they are listed', (_name, first, second) => {
  const secrets = [secret('A', first), secret('B', second), secret('C', first)]
  for (const listed of [secrets, secrets.toReversed()]) {
    const turns = scheduleRotations(input(listed))
    expect(turns.map((turn) => turn.secret)).toEqual(['A', 'B', 'C'])
  }
})

const old = { createdAt: ago(40 * DAY) }

it('puts off the second of two secrets that touch one service, and names the first', () => {
  const secrets = [
    secret('KEY', { ...old, services: ['frontend', 'signing'] }),
    secret('LOGIN', { createdAt: ago(39 * DAY), services: ['frontend'] }),
    secret('OTHER', { ...old, services: ['certtransparency'] }),
  ]
  const putOff = dueRotations(input(secrets)).filter((turn) => turn.putOff !== undefined)
  const until = new Date(clock.now() + HOUR)
  expect(putOff).toMatchObject([{ secret: 'LOGIN', putOff: { after: 'KEY', until } }])
})

it.each([
  ['one minute before', { secret: 'KEY', at: ago(60_000), finished: true }, 'KEY'],
  ['and rolled back', { secret: 'KEY', at: ago(60_000), finished: false }, 'KEY'],
  ['long before', { secret: 'KEY', at: ago(HOUR), finished: true }, undefined],
  ['itself', { secret: 'LOGIN', at: ago(60_000), finished: false }, undefined],
])('waits for a neighbour that was rotated %s', (_when, last, after) => {
  const services = ['frontend']
  const secrets = [
    secret('KEY', { createdAt: ago(DAY), services }),
    secret('LOGIN', { ...old, services }),
  ]
  const [due] = dueRotations(input(secrets, { lastRotations: [last] }))
  expect(due).toMatchObject({ secret: 'LOGIN' })
  expect(due?.putOff?.after).toBe(after)
})

it('counts the longer stagger of two kinds', () => {
  const policies = [POLICY, { ...POLICY, kind: 'careful', staggerMs: 3 * HOUR }]
  const services = ['frontend']
  const secrets = [
    secret('KEY', { createdAt: ago(DAY), services, kind: 'careful' }),
    secret('LOGIN', { ...old, services }),
  ]
  const lastRotations = [{ secret: 'KEY', at: ago(2 * HOUR), finished: true }]
  const [due] = dueRotations(input(secrets, { policies, lastRotations }))
  expect(due?.putOff).toEqual({ after: 'KEY', until: new Date(clock.now() + HOUR) })
})

it.each([
  ['two hours before, though others are kept apart for longer', 2 * HOUR],
  ['as long before as both are kept apart', HOUR],
])('waits for no neighbour that was rotated %s', (_when, ms) => {
  const policies = [POLICY, { ...POLICY, kind: 'careful', staggerMs: 3 * HOUR }]
  const services = ['frontend']
  const secrets = [
    secret('KEY', { createdAt: ago(DAY), services }),
    secret('LOGIN', { ...old, services }),
  ]
  const lastRotations = [{ secret: 'KEY', at: ago(ms), finished: true }]
  const [due] = dueRotations(input(secrets, { policies, lastRotations }))
  expect(due).toMatchObject({ secret: 'LOGIN' })
  expect(due).not.toHaveProperty('putOff')
})

it('waits for the neighbour that keeps it waiting longest, and for no secret that is gone', () => {
  const services = ['frontend']
  const names = ['KEY', 'OTHER_KEY']
  const secrets = [
    ...names.map((name) => secret(name, { createdAt: ago(DAY), services })),
    secret('LOGIN', { ...old, services }),
  ]
  const rotated = [
    { secret: 'KEY', at: ago(HOUR / 2), finished: true },
    { secret: 'OTHER_KEY', at: ago(HOUR / 4), finished: true },
    { secret: 'GONE', at: ago(0), finished: true },
  ]
  for (const lastRotations of [rotated, rotated.toReversed()]) {
    const [due] = dueRotations(input(secrets, { lastRotations }))
    const until = new Date(clock.now() + (3 * HOUR) / 4)
    expect(due?.putOff).toEqual({ after: 'OTHER_KEY', until })
  }
})

it('does not keep an open rotation waiting, but everyone near it', () => {
  const services = ['frontend']
  const secrets = [secret('KEY', { services, open: true }), secret('LOGIN', { ...old, services })]
  const lastRotations = [{ secret: 'LOGIN', at: ago(1), finished: false }]
  const [key, login] = dueRotations(input(secrets, { lastRotations }))
  expect(key).toMatchObject({ secret: 'KEY', reason: 'open' })
  expect(key?.putOff).toBeUndefined()
  expect(login?.putOff).toMatchObject({ after: 'KEY' })
})

it('spreads secrets that were made at once over the last tenth of their time, the same each time', () => {
  const secrets = Array.from({ length: 300 }, (_none, n) =>
    secret(`SECRET_${n}`, { createdAt: now }),
  )
  const times = scheduleRotations(input(secrets)).map(({ dueAt }) => dueAt?.getTime() ?? 0)
  expect(Math.min(...times)).toBeGreaterThanOrEqual(clock.now() + 27 * DAY)
  expect(Math.max(...times)).toBeLessThanOrEqual(clock.now() + 30 * DAY)
  const perDay = [27, 28, 29].map((day) => {
    const begin = clock.now() + day * DAY
    return times.filter((time) => time >= begin && time < begin + DAY).length
  })
  expect(Math.min(...perDay)).toBeGreaterThan(70)
  const again = scheduleRotations(input(secrets.toReversed()))
  expect(again.map(({ dueAt }) => dueAt?.getTime())).toEqual(times)
})

it('keeps a family in time by four runs a day through a year: nothing overdue, no two neighbours in one run', () => {
  const days = { 'api-key': 30, database: 7, 'oidc-client': 90 }
  const kinds = Object.keys(days)
  const policies = Object.entries(days).map(([kind, age]) => {
    return { kind, rotateAfterMs: age * DAY, maxAgeMs: 2 * age * DAY, staggerMs: HOUR / 4 }
  })
  const servicesOf = (kind: string, n: number) =>
    kind === 'api-key' ? [`${n}`, `${(n + 1) % 4}`] : [`${n}`]
  let secrets = [0, 1, 2, 3].flatMap((n) =>
    kinds.map((kind) =>
      secret(`${kind} ${n}`, { kind, createdAt: now, services: servicesOf(kind, n) }),
    ),
  )
  let overdue = 0
  let together = 0
  const rotated = new Map(kinds.map((kind) => [kind, 0]))
  for (let hour = 0; hour < 365 * 24; hour += 6) {
    const time = new Date(clock.now() + hour * HOUR)
    const family = { secrets, policies, now: time }
    const lastRotations = secrets.map(({ name, createdAt = now }) => {
      return { secret: name, at: createdAt, finished: true }
    })
    const due = dueRotations({ ...family, lastRotations })
    overdue += due.filter(({ isOverdue }) => isOverdue).length
    const turns = due.filter(({ putOff }) => putOff === undefined).map((turn) => turn.secret)
    const taken = secrets.filter(({ name }) => turns.includes(name))
    const touched = taken.flatMap(({ services }) => services)
    together += touched.length - new Set(touched).size
    for (const { kind } of taken) rotated.set(kind, (rotated.get(kind) ?? 0) + 1)
    secrets = secrets.map((one) => (taken.includes(one) ? { ...one, createdAt: time } : one))
  }
  expect({ overdue, together }).toEqual({ overdue: 0, together: 0 })
  const perSecret = [...rotated.values()].map((count) => Math.round(count / 4))
  expect(perSecret).toEqual([12, 53, 4])
})

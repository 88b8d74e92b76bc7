import type { AuditEvent } from '@rekey/audit-log/internal'
import { createMemoryJournal, rotate } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { createFakeClock, type SecretVersion, systemClock } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { expect, it } from 'vitest'
import {
  kind,
  NAME,
  newKey,
  openReceiver,
  openSender,
  repeat,
  setUp,
  showKey,
} from '../../test/rotate/api-key-kind.support.ts'

/** Alpha calls beta, and so does a caller that is no part of the fleet, now and then, with the first key. */
async function open(store = createMemoryStore({ [NAME]: newKey() })) {
  const { options, events } = setUp()
  const { current } = await store.read(NAME)
  const beta = await openReceiver({ source: store })
  const alpha = await openSender(store, [beta])
  const callLate = () => showKey(beta.url, current.value.expose())
  const fleet = [beta, alpha.replica]
  return {
    store,
    options: { ...options, store },
    events,
    first: current,
    beta,
    alpha,
    callLate,
    fleet,
  }
}

/** Does something at a point that a rotation passes: `revoke end`. */
function at(point: string, work: () => Promise<unknown>) {
  return async ({ step, phase }: RotationEvent) => {
    if (`${step} ${phase}` === point) await work()
  }
}

function auditing() {
  const audited: AuditEvent[] = []
  const audit = { record: (event: AuditEvent) => Promise.resolve(void audited.push(event)) }
  return { audit, audited }
}

const keyIdOf = ({ value }: SecretVersion) => value.expose().split('_')[2]

it('R26 a use of the old key right after its removal changes nothing, and is reported as stale or stolen', async () => {
  const { store, options, events, first, beta, alpha, callLate, fleet } = await open()
  const { audit, audited } = auditing()
  const statuses: number[] = []
  const onEvent = async (event: RotationEvent) => {
    events.push(event)
    await at('revoke end', async () => void statuses.push(await callLate()))(event)
  }
  const rotated = await rotate(kind(fleet), { ...options, audit, onEvent })
  const lateUse = {
    type: 'stale-or-stolen',
    id: keyIdOf(first),
    source: `127.0.0.1, seen by beta at ${beta.healthUrl}`,
    count: 1,
    lastAt: expect.any(Number) as number,
  }
  expect(rotated).toMatchObject({ revoked: first.version, lateUses: [lateUse] })
  expect(events.filter(({ phase }) => phase === 'alarm')).toMatchObject([
    { step: 'confirm-revoked', lateUse },
  ])
  const { source, count } = lateUse
  expect(audited.filter(({ action }) => action.endsWith('stolen'))).toMatchObject([
    { action: 'rotation.stale-or-stolen', outcome: 'refused', details: { source, count } },
  ])
  expect(statuses).toEqual([401])
  expect([await callLate(), ...(await alpha.call())]).toEqual([401, 200])
  expect((await store.read(NAME)).current.version).toBe(rotated.version)
})

it('R26 a sender that reports that it still sends the old key rolls the rotation back, and the key stays as old as it is', async () => {
  const clock = createFakeClock()
  const made = new Date(clock.now())
  const { store, options, first, alpha, callLate, fleet } = await open(
    createMemoryStore({ [NAME]: newKey() }, { clock }),
  )
  expect(first.createdAt).toEqual(made)
  await clock.advance(86_400_000)
  let isDone = false
  const onEvent = at('revoke end', async () => {
    if (!isDone) await alpha.callWith(first)
    isDone = true
  })
  const rotation = rotate(kind(fleet), { ...options, onEvent })
  const failure = { code: 'rolled-back', step: 'confirm-revoked', reason: 'refused' }
  await expect(rotation).rejects.toMatchObject(failure)
  const { healthUrl } = alpha.replica
  await expect(rotation).rejects.toThrow(`alpha at ${healthUrl} reported that it still sends`)
  expect([await callLate(), ...(await alpha.call())]).toEqual([200, 200])
  const { current, pending, previous } = await store.read(NAME)
  expect([current.version, pending, previous]).toEqual([first.version, undefined, undefined])
  expect(current.createdAt).toEqual(made)
  await rotate(kind(fleet), options)
  expect(await callLate()).toBe(401)
})

it('R26 after the late-use window a sender that still sends the old key rolls nothing back', async () => {
  const { store, options, first, alpha, fleet } = await open()
  const { version } = await rotate(kind(fleet, { lateUseWindowMs: 0 }), options)
  expect(await alpha.callWith(first)).toEqual([401])
  const rotated = await rotate(kind(fleet), options)
  expect(rotated).toMatchObject({ revoked: version })
  expect((await store.read(NAME)).current.version).toBe(rotated.version)
})

it('R26 after a restart of the rotator a sender that still sends the old key is an alarm, because its value is gone', async () => {
  const { options, first, alpha, fleet } = await open()
  const killed = at('confirm-revoked begin', () => Promise.reject(new Error('killed')))
  await expect(rotate(kind(fleet), { ...options, onEvent: killed })).rejects.toThrow('killed')
  await alpha.callWith(first)
  const rotated = await rotate(kind(fleet), options)
  const source = `alpha at ${alpha.replica.healthUrl}`
  expect(rotated).toMatchObject({ revoked: first.version })
  expect(rotated.lateUses).toContainEqual(
    expect.objectContaining({ id: keyIdOf(first), source, count: 1 }),
  )
})

it.each([
  ['every few milliseconds', 5],
  ['less often than the validation period', 150],
])(
  'R31 a thief calls with the old key %s: it ends at the end of the overlap',
  async (_, everyMs) => {
    const { options, first, beta, alpha, callLate, fleet } = await open()
    const accepted: number[] = []
    const stop = repeat(async () => {
      await systemClock.sleep(everyMs)
      if ((await callLate()) === 200) accepted.push(systemClock.elapsed())
    })
    let promotedAt = 0
    const onEvent = at('promote end', () => {
      promotedAt = systemClock.elapsed()
      return Promise.resolve()
    })
    const times = { validationMs: 200, maxOverlapMs: 600 }
    const rotated = await rotate(kind(fleet, times), { ...options, onEvent })
    const tookMs = systemClock.elapsed() - promotedAt
    expect(tookMs).toBeGreaterThanOrEqual(600)
    expect(rotated.revoked).toBe(first.version)
    expect(rotated.lateUses).toMatchObject([
      { id: keyIdOf(first), source: `127.0.0.1, seen by beta at ${beta.healthUrl}` },
    ])
    const [use] = rotated.lateUses ?? []
    expect(use?.count).toBeGreaterThanOrEqual(1)
    expect(await callLate()).toBe(401)
    const next = await rotate(kind(fleet, times), options)
    expect(next.revoked).toBe(rotated.version)
    await stop()
    expect(accepted.length).toBeGreaterThan(0)
    expect(await callLate()).not.toBe(200)
    expect(await alpha.call()).toEqual([200])
  },
)

it('R31 the end of the overlap is kept over runs of the rotator', async () => {
  const { options, first, callLate, fleet } = await open()
  const clock = createFakeClock()
  const real = { ...systemClock, now: () => systemClock.now() + clock.elapsed() }
  repeat(callLate)
  const times = { validationMs: 60_000, maxOverlapMs: 180_000 }
  const dying = at('confirm waiting', () => Promise.reject(new Error('killed')))
  const cancel = new AbortController()
  const onEvent = async (event: RotationEvent) => {
    await dying(event).catch((error: unknown) => {
      cancel.abort(error)
    })
  }
  const run = { ...options, clock: real }
  const killed = rotate(kind(fleet, times), { ...run, onEvent, signal: cancel.signal })
  await expect(killed).rejects.toThrow('killed')
  await clock.advance(180_000)
  const short = kind(fleet, { ...times, validationMs: 50 })
  expect(await rotate(short, run)).toMatchObject({ revoked: first.version })
  expect(await callLate()).toBe(401)
})

it('R32 one call right after the removal, then silence, then two more rotations: all succeed and nothing returns', async () => {
  const { store, options, first, alpha, callLate, fleet } = await open()
  const onEvent = at('revoke end', callLate)
  const results = [
    await rotate(kind(fleet), { ...options, onEvent }),
    await rotate(kind(fleet), options),
    await rotate(kind(fleet), options),
  ]
  expect(results.map(({ revoked }) => revoked)).toEqual([
    first.version,
    results[0]?.version,
    results[1]?.version,
  ])
  expect(results.map(({ lateUses }) => lateUses?.length)).toEqual([1, undefined, undefined])
  expect([await callLate(), ...(await alpha.call())]).toEqual([401, 200])
  expect((await store.read(NAME)).current.version).toBe(results[2]?.version)
})

it('R32 what was counted of a key before a rotation was rolled back does not count in the next one', async () => {
  const { options, first, alpha, fleet } = await open()
  let calls = 0
  const onEvent = at('revoke end', async () => {
    if (calls === 0) await alpha.callWith(first)
    calls += 1
  })
  const rotation = rotate(kind(fleet), { ...options, onEvent })
  await expect(rotation).rejects.toMatchObject({ code: 'rolled-back' })
  const rotated = await rotate(kind(fleet), options)
  expect(rotated).toMatchObject({ revoked: first.version })
  expect(rotated).not.toHaveProperty('lateUses')
})

it('R36 runs that are shorter than the validation period finish a rotation together', async () => {
  const { options, first, callLate, fleet } = await open()
  const journal = createMemoryJournal()
  const patient = kind(fleet, { validationMs: 600, maxOverlapMs: 60_000 })
  let runs = 0
  const run = async () => {
    runs += 1
    const cancel = new AbortController()
    const ended = systemClock.sleep(250).then(() => {
      cancel.abort(new Error('the run is over'))
    })
    const rotation = rotate(patient, { ...options, journal, signal: cancel.signal })
    const [result] = await Promise.allSettled([rotation, ended])
    return result
  }
  let result = await run()
  while (result.status === 'rejected' && runs < 10) result = await run()
  expect(result).toMatchObject({ value: { revoked: first.version } })
  expect(runs).toBeGreaterThan(2)
  expect(await callLate()).toBe(401)
})

it('does not return a key that leaked, whatever still uses it', async () => {
  const { options, first, alpha, callLate, fleet } = await open()
  const onEvent = at('revoke end', () => {
    repeat(() => alpha.callWith(first))
    return callLate()
  })
  const live = kind(fleet, { lateUseWindowMs: 1_000 })
  await rotate(live, { ...options, compromised: true, onEvent })
  expect(await callLate()).toBe(401)
})

it('attests the end of a key with a receipt only if every receiver reports that it refuses it', async () => {
  const { store, options, first, beta, alpha } = await open()
  const down = await openReceiver({ source: store })
  const fleet = [beta, down, alpha.replica]
  const onEvent = at('promote end', () => down.close())
  const rotation = { ...options, compromised: true, onEvent }
  const rotated = await rotate(kind(fleet, { deadlineMs: 200 }), rotation)
  expect(rotated).toMatchObject({ unproven: [first.version] })
  expect(rotated).not.toHaveProperty('revoked')
  const receipts = async () => (await options.journal.entries())[0]?.intent?.receipts ?? []
  expect(await receipts()).toEqual([])
  const next = await rotate(kind([beta, alpha.replica]), options)
  expect(next).toMatchObject({ revoked: rotated.version })
  expect(next).not.toHaveProperty('unproven')
  expect((await receipts()).map(({ version }) => version)).toEqual([rotated.version, first.version])
})

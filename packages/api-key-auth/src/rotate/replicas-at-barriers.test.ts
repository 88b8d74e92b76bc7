import type { AuditEvent, AuditSink } from '@rekey/audit-log/internal'
import { createFleet, rotate, RotationError } from '@rekey/rekey/engine'
import { findAbsent, type RotationEvent, withoutAbsent } from '@rekey/rekey/internal/engine'
import type { HealthReport } from '@rekey/secret/internal'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { Replica } from '@rekey/secret/internal/kind'
import { expect, it } from 'vitest'
import { apiKeyFrom, apiKeyTo } from '../index.ts'
import {
  acceptingOnly,
  createView,
  kind,
  NAME,
  openReceiver,
  openSender,
  repeat,
  setUp,
  showKey,
} from '../../test/rotate/api-key-kind.support.ts'

/** Longer than a test may last: what ends by this deadline fails. */
const NEVER_MS = 600_000

/** One receiver, and ways to open replicas whose rule knows the first key alone. */
async function openOlder() {
  const fixture = setUp()
  const { store } = fixture
  const { current: first } = await store.read(NAME)
  const key = first.value.expose()
  const beta = await openReceiver({ source: store })
  const openOldReceiver = () =>
    openReceiver({ source: store, spec: acceptingOnly(key, apiKeyFrom('alpha')) })
  const openOldSender = () => openSender(store, [beta], acceptingOnly(key, apiKeyTo('beta')))
  return { ...fixture, first, key, beta, openOldReceiver, openOldSender }
}

async function failureOf(rotation: Promise<unknown>): Promise<RotationError> {
  const failure = await rotation.then(String, (error: unknown) => error)
  if (failure instanceof RotationError) return failure
  throw new TypeError(`the rotation did not fail as one: ${String(failure)}`)
}

it('R47 one receiver rejects the new key: the rotation is rolled back at once, naming the replica and its reason', async () => {
  const { store, options, events, key, beta, first, openOldReceiver } = await openOlder()
  const old = await openOldReceiver()
  const alpha = await openSender(store, [beta, old])
  const patient = kind([beta, old, alpha.replica], { deadlineMs: NEVER_MS })
  const failure = await failureOf(rotate(patient, options))
  expect(failure).toMatchObject({ code: 'rolled-back', step: 'admit', reason: 'rejected' })
  expect(failure.message).toMatch(
    new RegExp(`beta at ${old.healthUrl} rejects version \\w+: malformed by its rule: see its log`),
  )
  const facts = { replica: old.healthUrl, by: 'rule', why: 'malformed', release: 1 }
  expect(failure.details).toEqual(facts)
  const { current, pending } = await store.read(NAME)
  expect([current.version, pending]).toEqual([first.version, undefined])
  expect(await alpha.call()).toEqual([200, 200])
  expect(JSON.stringify([failure, failure.message, events])).not.toContain(key)
})

it('R47 a sender rejects the new key after it was promoted: the old one is current again, and no call was refused', async () => {
  const { store, options, first, beta, openOldSender } = await openOlder()
  const alpha = await openOldSender()
  const stop = repeat(alpha.call)
  const failure = await failureOf(
    rotate(kind([beta, alpha.replica], { deadlineMs: NEVER_MS }), options),
  )
  expect(failure).toMatchObject({ code: 'rolled-back', step: 'confirm', reason: 'rejected' })
  expect(failure.message).toContain(`alpha at ${alpha.replica.healthUrl} rejects version`)
  expect((await store.read(NAME)).current.version).toBe(first.version)
  expect(new Set((await stop()).flat())).toEqual(new Set([200]))
})

it('R47 a receiver that is started after all had acknowledged rejects the key: it is not promoted', async () => {
  const { store, options, first, beta, openOldReceiver } = await openOlder()
  const alpha = await openSender(store, [beta])
  const fleet = [beta, alpha.replica]
  const onEvent = async ({ step, phase }: RotationEvent) => {
    if (`${step} ${phase}` === 'admit end') fleet.push(await openOldReceiver())
  }
  const live = kind(() => Promise.resolve([...fleet]), { deadlineMs: NEVER_MS })
  const failure = await failureOf(rotate(live, { ...options, onEvent }))
  expect(failure).toMatchObject({ code: 'rolled-back', step: 'prove', reason: 'rejected' })
  expect((await store.read(NAME)).current.version).toBe(first.version)
})

it('R47 once the key has leaked, a receiver that rejects the next one is named and left behind at once', async () => {
  const { store, options, waits, key, beta, openOldReceiver } = await openOlder()
  const old = await openOldReceiver()
  const alpha = await openSender(store, [beta])
  const fleet = [beta, alpha.replica, old]
  // It is shut down then: what rejects the next key goes on accepting the one that leaked.
  const onEvent = (event: RotationEvent) => {
    void options.onEvent(event)
    if (`${event.step} ${event.phase}` === 'promote begin') fleet.pop()
  }
  const live = kind(() => Promise.resolve([...fleet]), { deadlineMs: NEVER_MS })
  await rotate(live, { ...options, onEvent, compromised: true })
  const left = `went on without ${old.healthUrl} (rejects it: malformed by its rule)`
  expect(waits('admit')).toContain(left)
  expect(await showKey(beta.url, key)).toBe(401)
})

it('R47 reports each version that it rejects with a code, and none once that has left the store', async () => {
  const { store, key, openOldReceiver } = await openOlder()
  const { healthUrl } = await openOldReceiver()
  const rejections = async () => {
    const response = await fetch(new URL('/health/secrets', healthUrl))
    const text = await response.text()
    expect(text).not.toContain(key)
    return (JSON.parse(text) as HealthReport).secrets[0]?.rejections
  }
  expect(await rejections()).toBeUndefined()
  const { revision, current } = await store.read(NAME)
  const staged = await store.stage(
    NAME,
    current.value.map((text) => `${text}-new`),
    revision,
  )
  const [reason, details] = ['malformed', { release: 1 }]
  const rejection = { version: staged.pending?.version, by: 'rule', reason, details }
  await expect.poll(rejections).toEqual([{ stage: 'pending', ...rejection }])
  const promoted = await store.promote(NAME, staged.revision)
  await expect.poll(rejections).toEqual([{ stage: 'current', ...rejection }])
  await store.rollback(NAME, promoted.revision)
  await expect.poll(rejections).toEqual([{ stage: 'pending', ...rejection }])
  const { revision: last } = await store.read(NAME)
  await store.abort(NAME, last)
  await expect.poll(rejections).toBeUndefined()
})

/** Alpha and two receivers, one of which was shut down. */
async function openAbsent() {
  const fixture = setUp()
  const { current: first } = await fixture.store.read(NAME)
  const beta = await openReceiver({ source: fixture.store })
  const down = await openReceiver({ source: fixture.store })
  await down.close()
  const alpha = await openSender(fixture.store, [beta])
  const replicas: Replica[] = [beta, down, alpha.replica]
  return { ...fixture, first, beta, down, alpha, replicas }
}

/** The rotation that goes on without the replicas of these names. */
const kindWithout = (
  replicas: readonly Replica[],
  names: readonly string[],
  deadlineMs = NEVER_MS,
) => kind(replicas, { deadlineMs, fleet: withoutAbsent(createFleet(replicas), names) })

it('R46 a replica that is listed and does not answer leaves the rotation stuck after the deadline, and is named', async () => {
  const { store, options, down, replicas } = await openAbsent()
  const failure = { code: 'stuck', step: 'admit', reason: 'unreachable' }
  const rotation = rotate(kind(replicas, { deadlineMs: 0 }), options)
  await expect(rotation).rejects.toMatchObject({ ...failure, details: { absent: down.healthUrl } })
  expect((await store.read(NAME)).pending).toBeDefined()
})

it('R46 goes on without a replica that does not answer: audit log and receipt name it, and no call is refused', async () => {
  const { options, first, beta, down, alpha, replicas } = await openAbsent()
  const recorded: AuditEvent[] = []
  const audit: AuditSink = {
    record: (event) => {
      recorded.push(event)
      return Promise.resolve()
    },
  }
  const names = [new URL(down.healthUrl).host]
  const question = { names, services: ['alpha', 'beta'], secret: NAME }
  const { signal } = new AbortController()
  const without = await findAbsent(question, createFleet(replicas), signal)
  const stop = repeat(alpha.call)
  await rotate(kindWithout(replicas, names), { ...options, audit, without })
  expect(new Set((await stop()).flat())).toEqual(new Set([200]))
  expect(await showKey(beta.url, first.value.expose())).toBe(401)
  const left = { service: 'beta', replica: down.healthUrl }
  expect(recorded[0]).toMatchObject({ action: 'rotation.without', subject: NAME, details: left })
  const [entry] = await options.journal.entries([NAME])
  const evidence = `refused by beta at ${beta.healthUrl}, without beta at ${down.healthUrl}`
  expect(entry?.intent?.receipts?.at(-1)).toMatchObject({ evidence })
})

it('R46 a replica that is gone from the list is not waited for', async () => {
  const { store, options, waits, down, replicas } = await openAbsent()
  const fleet = [...replicas]
  const onEvent = (event: RotationEvent) => {
    void options.onEvent(event)
    if (event.phase === 'waiting' && fleet.includes(down)) fleet.splice(fleet.indexOf(down), 1)
  }
  const live = kind(() => Promise.resolve([...fleet]), { deadlineMs: NEVER_MS })
  await rotate(live, { ...options, onEvent })
  expect(waits('admit')).toContain('waiting for 1 of 2 replicas to accept the new key')
  expect((await store.read(NAME)).previous).toBeUndefined()
})

it('R46 a replica that answers is waited for, whatever the operator named', async () => {
  const { options, first, alpha, beta } = await openAbsent()
  const source = createMemoryStore({ [NAME]: first.value.expose() })
  const late = await openReceiver({ source })
  const replicas = [beta, late, alpha.replica]
  const rotation = rotate(kindWithout(replicas, [late.healthUrl], 0), options)
  const named = expect.stringContaining(late.healthUrl) as string
  await expect(rotation).rejects.toMatchObject({ code: 'stopped', step: 'admit', message: named })
})

it('R46 does not go on without the last replica of a service', async () => {
  const { options, down, alpha } = await openAbsent()
  const rotation = rotate(kindWithout([down, alpha.replica], [down.healthUrl]), options)
  await expect(rotation).rejects.toMatchObject({ code: 'stopped', step: 'admit' })
  await expect(rotation).rejects.toThrow('no replica of beta is left that answers')
})

it.each([
  ['missing', 'that no service of the secret has', () => '10.0.0.9:9090'],
  ['refused', 'that answers', ({ healthUrl }: Replica) => healthUrl],
])('R46 it is %s to go on without a replica %s', async (code, _, nameOf) => {
  const { beta, replicas } = await openAbsent()
  const name = nameOf(beta)
  const question = { names: [name], services: ['alpha', 'beta'], secret: NAME }
  const asked = findAbsent(question, createFleet(replicas), new AbortController().signal)
  await expect(asked).rejects.toMatchObject({ code })
  await expect(asked).rejects.toThrow(name)
})

it('R45 receivers come and go at each step: each that is listed then is waited for, and no call is refused', async () => {
  const { store, options, waits } = setUp()
  const { current: first } = await store.read(NAME)
  const view = createView(store)
  view.show(await store.read(NAME))
  const behind = await openReceiver(view)
  const open = () => openReceiver({ source: store })
  const listed = [await open(), await open()]
  const [three, four, five] = [await open(), await open(), await open()]
  const alpha = await openSender(store, [...listed, behind, three, four, five])
  /** Who comes at a point of the rotation; the receiver that has been there for longest goes. */
  const comes = new Map([
    ['admit end', behind],
    ['prove end', three],
    ['promote end', four],
    ['confirm end', five],
  ])
  const onEvent = async (event: RotationEvent) => {
    void options.onEvent(event)
    const { step, phase } = event
    if (phase === 'waiting' && listed.includes(behind)) view.show(undefined)
    const next = comes.get(`${step} ${phase}`)
    if (next === undefined) return
    listed.push(next)
    await listed.shift()?.close()
  }
  const stop = repeat(() => Promise.all(listed.map(({ url }) => alpha.callOne(url))))
  const live = kind(() => Promise.resolve([...listed, alpha.replica]), { deadlineMs: NEVER_MS })
  await rotate(live, { ...options, onEvent })
  expect(new Set((await stop()).flat())).toEqual(new Set([200]))
  expect(waits('prove').join()).toContain(`beta at ${behind.healthUrl} has not loaded the key`)
  expect(listed).toEqual([four, five])
  const shown = listed.map(({ url }) => showKey(url, first.value.expose()))
  expect(await Promise.all(shown)).toEqual([401, 401])
})

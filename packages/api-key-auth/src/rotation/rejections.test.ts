import { rotate, RotationError, type RotationEvent } from '@rekey/rotation'
import type { HealthReport } from '@rekey/secret'
import { expect, it } from 'vitest'
import { apiKeyFrom, apiKeyTo } from '../index.ts'
import {
  acceptingOnly,
  kind,
  NAME,
  openReceiver,
  openSender,
  repeat,
  setUp,
  showKey,
} from './api-key-kind.test.support.ts'

/** Longer than a test may last: what ends by this deadline fails. */
const NEVER_MS = 600_000

async function open() {
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
  const { store, options, events, key, beta, first, openOldReceiver } = await open()
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
  const { store, options, first, beta, openOldSender } = await open()
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
  const { store, options, first, beta, openOldReceiver } = await open()
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
  const { store, options, waits, key, beta, openOldReceiver } = await open()
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
  const { store, key, openOldReceiver } = await open()
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

import type { AuditEvent } from '@rekey/audit-log'
import { expect, it } from 'vitest'
import { rotate, type RotationEvent } from '../index.ts'
import { kind, NAME, openReceiver, openSender, setUp, showKey } from './api-key.test.support.ts'

/** Alpha calls beta, and so does somebody who was forgotten, now and then. */
async function open() {
  const { store, options } = setUp()
  const { current } = await store.read(NAME)
  const beta = await openReceiver({ source: store })
  const alpha = await openSender(store, [beta])
  const callLate = () => showKey(beta.url, current.value.expose())
  return { store, options, beta, alpha, callLate, fleet: [beta, alpha.replica] }
}

/** Tells `work` of the points that a rotation passes: `revoke end`. */
function at(point: string, work: () => Promise<unknown>) {
  return async ({ step, phase }: RotationEvent) => {
    if (`${step} ${phase}` === point) await work()
  }
}

it('R26 the old key is removed and a forgotten caller is refused: it is served again, and the audit says why', async () => {
  const { store, options, beta, alpha, callLate, fleet } = await open()
  const statuses: number[] = []
  const onEvent = at('revoke end', async () => void statuses.push(await callLate()))
  const audited: AuditEvent[] = []
  const audit = { record: (event: AuditEvent) => Promise.resolve(void audited.push(event)) }
  const rotation = rotate(kind(fleet), { ...options, audit, onEvent })
  const failure = { code: 'undone', step: 'settle', reason: 'refused' }
  await expect(rotation).rejects.toMatchObject(failure)
  const who = String.raw`127\.0\.0\.1, seen by beta at ${beta.healthUrl} \(1 times, last at 20\S+Z\)`
  await expect(rotation).rejects.toThrow(new RegExp(`the old key was refused to ${who}`))
  // Refused once; brought back by the time the new key is revoked in its turn.
  expect(statuses).toEqual([401, 200])
  expect([await callLate(), ...(await alpha.call())]).toEqual([200, 200])
  const { pending, previous } = await store.read(NAME)
  expect([pending, previous]).toEqual([undefined, undefined])
  const rows = audited.map(({ action, outcome }) => `${action} ${outcome}`)
  const refused = rows.indexOf('rotation.settle refused')
  expect(rows.slice(refused + 1)).toEqual([
    ...['stage', 'admit', 'prove', 'promote'].map((step) => `rotation.${step} succeeded`),
    ...['confirm', 'revoke', 'settle'].map((step) => `rotation.${step} succeeded`),
  ])
})

it('R26 after a restart of the rotator it can only say who is refused', async () => {
  const { store, options, callLate, fleet } = await open()
  const killed = at('settle begin', () => Promise.reject(new Error('killed')))
  await expect(rotate(kind(fleet), { ...options, onEvent: killed })).rejects.toThrow('killed')
  let late: Promise<number> | undefined
  const onEvent = at('settle waiting', () => (late ??= callLate()))
  const patient = kind(fleet, { settleMs: 2_000 })
  const rotation = rotate(patient, { ...options, onEvent })
  const failure = { code: 'stopped', step: 'settle', reason: 'refused' }
  await expect(rotation).rejects.toMatchObject(failure)
  await expect(rotation).rejects.toThrow(/refused to 127.0.0.1, .*: it cannot be brought back/)
  expect(await late).toBe(401)
  expect(await rotate(kind(fleet), options)).toMatchObject({
    version: (await store.read(NAME)).current.version,
  })
})

it('R26 watches for no longer than it is told', async () => {
  const { options, callLate, fleet } = await open()
  await rotate(kind(fleet, { settleMs: 0 }), options)
  expect(await callLate()).toBe(401)
})

it('does not bring back a key that leaked, whoever misses it', async () => {
  const { options, callLate, fleet } = await open()
  const onEvent = at('revoke end', callLate)
  await rotate(kind(fleet), { ...options, compromised: true, onEvent })
  expect(await callLate()).toBe(401)
})

import { expect, it } from 'vitest'
import { parseApiKey } from '../internal.ts'
import { endOf, newVersion, openReportingFleet } from '../../test/rotate/reporting-fleet.support.ts'

function planned(options: Parameters<typeof openReportingFleet>[0] = {}) {
  const fleet = openReportingFleet(options)
  const [current, pending] = [newVersion('current'), newVersion('pending')]
  const staged = { name: current.name, revision: '1', current, pending }
  const admit = (compromised = false) =>
    endOf(fleet.clock, fleet.rotation.admit(staged, { ...fleet.context, compromised }))
  return { ...fleet, current, pending, staged, admit }
}

it('a plan names every replica, its times, and how many refused calls each bears', async () => {
  const { reports, rotation, context, current, staged } = planned()
  reports.alpha.set('a', { current, uses: [[current, { uses: 200, failures: 3 }]] })
  reports.alpha.set('c', undefined)
  reports.beta.set('b', { current, uses: [[current, { uses: 9, failures: 1 }]] }).set('d', {})
  expect(await rotation.plan(staged, context.signal)).toEqual({
    generate: 'a key of 32 random bytes',
    stage: 'the store keeps it as pending',
    admit: 'every receiver accepts both keys: beta at http://b, beta at http://d',
    prove: 'a test call with the new key to each of them',
    promote: 'the new key becomes current, the old one previous',
    confirm:
      'every sender sends the new key: alpha at http://a, alpha at http://c (no answer); ' +
      'the old one is silent for 20000 ms, or ends 60000 ms after promote; ' +
      'rolled back if more calls fail than before: ' +
      'alpha at http://a 3 of 200, so up to 3 % are borne; alpha at http://c unknown; ' +
      'beta at http://b 1 of 10, so up to 20 % are borne; beta at http://d 0 of 0, so up to 1 % are borne',
    revoke:
      'the store drops the old key, and every receiver refuses it; ' +
      'rolled back if a sender reports within 20000 ms that it still sends it; any other use is an alarm',
  })
})

it('a plan of a rotation that is under way measures by the previous key', async () => {
  const { reports, rotation, context, current, pending } = planned()
  reports.beta.set('b', { uses: [[current, { uses: 50, failures: 50 }]] })
  const staged = { name: current.name, revision: '2', current: pending, previous: current }
  const { confirm } = await rotation.plan(staged, context.signal)
  expect(confirm).toContain('beta at http://b 50 of 100, so up to 100 % are borne')
})

it('a rotation generates a key of its environment', async () => {
  const { rotation, current, context } = planned({ environment: 'dev' })
  const made = await rotation.generate(current, context)
  expect(parseApiKey(made.expose())).toMatchObject({ environment: 'dev', prefix: 'rk' })
})

it.each([
  ['by default three times the validation period, and its grace and its window', {}, 165_000],
  ['as it is given', { maxOverlapMs: 1, failureGraceMs: 20, lateUseWindowMs: 300 }, 75_321],
  ['with a grace no longer than the validation period', { validationMs: 2_000 }, 85_000],
])('a step of a rotation may take the overlap %s', (_, times, longestStepMs) => {
  const { rotation } = planned(times)
  expect(rotation).toMatchObject({ kind: 'api-key', name: 'API_KEY_ALPHA_BETA', longestStepMs })
})

it('a new key is admitted when every receiver has loaded it', async () => {
  const { reports, clock, current, pending, admit } = planned()
  reports.beta.set('b', { current, loaded: [pending] }).set('c', { current })
  void clock.sleep(2_000).then(() => reports.beta.set('c', { current, loaded: [pending] }))
  expect(await admit()).toMatchObject({ error: undefined })
})

it('a new key is not admitted while a receiver is late', async () => {
  const { reports, current, pending, admit } = planned()
  reports.beta
    .set('b', { current, loaded: [pending] })
    .set('c', { current })
    .set('d', undefined)
  const message = 'http://c, http://d did not accept the new key within 5 s'
  expect(await admit()).toMatchObject({
    tookMs: 5_000,
    error: { code: 'unreachable', message, details: { absent: 'http://d' } },
  })
})

it('a new key that a receiver rejects is not waited for', async () => {
  const { reports, current, pending, admit } = planned()
  reports.beta.set('b', { current, rejects: pending })
  const details = { replica: 'http://b', by: 'rule', why: 'malformed' }
  expect(await admit()).toMatchObject({ tookMs: 0, error: { code: 'rejected', details } })
})

import { SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { endOf, newVersion, openReportingFleet } from '../../test/rotate/reporting-fleet.support.ts'

/** Two receivers that have loaded the key, and what each answers to a call with it. */
function proving() {
  const calls: { url: string; init: RequestInit | undefined }[] = []
  const answers = new Map<string, number | Error>()
  const call: typeof fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    calls.push({ url, init })
    const answer = answers.get(new URL(url).hostname) ?? 204
    if (answer instanceof Error) return Promise.reject(answer)
    return Promise.resolve(new Response(null, { status: answer }))
  }
  const fleet = openReportingFleet({ fetch: call })
  const [current, pending] = [newVersion('current'), newVersion('pending')]
  // A key goes in clear text to this machine alone.
  for (const name of ['127.0.0.1', '127.0.0.2']) {
    fleet.reports.beta.set(name, { current, loaded: [pending] })
  }
  const prove = (context: Partial<typeof fleet.context> = {}) =>
    endOf(fleet.clock, fleet.rotation.prove(pending, current, { ...fleet.context, ...context }))
  return { ...fleet, calls, answers, current, pending, prove }
}

const PROOF = 'http://127.0.0.2:8080/api-key/proof'
const BETA = 'beta at http://127.0.0.2'

it('a key is proven by one call to each receiver, which follows no redirect', async () => {
  const { prove, calls, pending, waits } = proving()
  expect(await prove()).toEqual({ tookMs: 0, error: undefined })
  expect(calls.map(({ url }) => url)).toEqual([PROOF.replace('0.2', '0.1'), PROOF])
  expect(calls[0]?.init).toMatchObject({
    headers: { authorization: `Bearer ${pending.value.expose()}` },
    redirect: 'error',
  })
  expect(waits).toEqual([])
})

const TOO_MANY = 'it was restarted or has refused too many keys from here: wait'

it.each<[number | Error, string]>([
  [429, `answered GET ${PROOF} with 429 instead of 204: ${TOO_MANY}`],
  [
    403,
    `answered GET ${PROOF} with 403 instead of 204: it refuses the client certificate of the sender: see its log`,
  ],
  [
    200,
    `answered GET ${PROOF} with 200 instead of 204: let apiKeyAuth of @rekey/api-key-auth handle that path`,
  ],
  [new Error('down'), `did not answer GET ${PROOF}: check that it is up`],
])(
  'a receiver that gives %s is waited for until the deadline, and why is said',
  async (answer, why) => {
    const { prove, answers, waits } = proving()
    answers.set('127.0.0.2', answer)
    const reason = `${BETA} ${why}`
    const message = `API_KEY_ALPHA_BETA: the new key is not proven at every receiver: ${reason}`
    const end = await prove()
    expect(end).toMatchObject({
      tookMs: 5_000,
      error: { code: 'unreachable', message, details: {} },
    })
    expect(waits).toEqual(
      Array.from(
        { length: 5 },
        () => `waiting for 1 of 2 replicas to accept a call with the key; ${reason}`,
      ),
    )
  },
)

it('a receiver that gives no report is not called, and stops the proof at its deadline', async () => {
  const { prove, reports, calls } = proving()
  reports.beta.set('127.0.0.2', undefined)
  const end = await prove()
  const reason = `${BETA} gives no health report: check that it is up`
  const message = `API_KEY_ALPHA_BETA: the new key is not proven at every receiver: ${reason}`
  expect(end).toMatchObject({ tookMs: 5_000, error: { code: 'unreachable', message } })
  expect(end?.error).toHaveProperty('details', { absent: 'http://127.0.0.2' })
  expect(calls.map(({ url }) => url)).not.toContain(PROOF)
})

it('a receiver that has not loaded the key is not called with it until it has', async () => {
  const { prove, reports, clock, current, pending, calls, waits } = proving()
  reports.beta.set('127.0.0.2', { current })
  void clock.sleep(1_000).then(() => reports.beta.set('127.0.0.2', { current: pending }))
  expect(await prove()).toEqual({ tookMs: 1_000, error: undefined })
  const reason = `${BETA} has not loaded the key: check that it reads the same store`
  expect(waits).toEqual([`waiting for 1 of 2 replicas to accept a call with the key; ${reason}`])
  expect(calls.filter(({ url }) => url === PROOF)).toHaveLength(1)
})

it('a receiver that has loaded the key and refuses it is a rejection at once', async () => {
  const { prove, answers } = proving()
  answers.set('127.0.0.2', 401)
  const message = `${BETA} has loaded the new key and answered GET ${PROOF} with 401: check that it reads the same store`
  expect(await prove()).toMatchObject({ tookMs: 0, error: { code: 'rejected', message } })
})

it.each(['was restarted', 'has the key no more', 'is gone', 'gives no report'])(
  'a receiver that refuses the key and %s when it is asked again is waited for',
  async (how) => {
    const { prove, answers, reports, current, pending, waits, clock } = proving()
    answers.set('127.0.0.2', 401)
    const step = prove()
    // Between the call and the second look.
    await Promise.resolve()
    const changed = {
      'was restarted': () => reports.beta.set('127.0.0.2', { loaded: [pending], since: 2 }),
      'has the key no more': () => reports.beta.set('127.0.0.2', { current }),
      'is gone': () => reports.beta.delete('127.0.0.2'),
      'gives no report': () => reports.beta.set('127.0.0.2', undefined),
    }[how]
    changed?.()
    void clock.sleep(500).then(() => {
      answers.delete('127.0.0.2')
      reports.beta.set('127.0.0.2', { loaded: [pending], since: 3 })
    })
    expect(await step).toEqual({ tookMs: 1_000, error: undefined })
    const reason = `${BETA} answered GET ${PROOF} with 401 instead of 204: ${TOO_MANY}`
    expect(waits).toEqual([`waiting for 1 of 2 replicas to accept a call with the key; ${reason}`])
  },
)

it('a receiver whose rule rejects the key ends the proof', async () => {
  const { prove, reports, current, pending } = proving()
  reports.beta.set('127.0.0.2', { current, rejects: pending })
  expect(await prove()).toMatchObject({
    ...{ tookMs: 0, error: { code: 'rejected', details: { why: 'malformed' } } },
  })
})

it.each([401, 500])(
  'once the key has leaked, receivers that answer %i are left behind',
  async (status) => {
    const { prove, answers, waits } = proving()
    answers.set('127.0.0.2', status)
    expect(await prove({ compromised: true })).toEqual({ tookMs: 0, error: undefined })
    expect(waits).toEqual([`went on without ${BETA}`])
  },
)

it('once the key has leaked, one receiver must accept the new one', async () => {
  const { prove, answers } = proving()
  for (const name of ['127.0.0.1', '127.0.0.2']) answers.set(name, 500)
  const end = await prove({ compromised: true })
  expect(end).toMatchObject({ tookMs: 5_000, error: { code: 'unreachable' } })
  const { message } = end?.error as Error
  expect(message).toMatch(
    / beta at http:\/\/127\.0\.0\.1 answered .*; beta at http:\/\/127\.0\.0\.2 answered /,
  )
})

it('a call that was not made, since there is no identity to make it with, ends the proof', async () => {
  const { prove, answers } = proving()
  const refused = new SecretError('refused', 'no client certificate')
  answers.set('127.0.0.2', refused)
  expect(await prove()).toEqual({ tookMs: 0, error: refused })
})

it('a call that an error of another code ends is one without an answer', async () => {
  const { prove, answers } = proving()
  answers.set('127.0.0.2', new SecretError('unreachable', 'no name server'))
  const end = await prove()
  expect(end).toMatchObject({ tookMs: 5_000 })
  expect((end?.error as Error).message).toContain(`did not answer GET ${PROOF}`)
})

it('a key is not sent in clear text to another machine', async () => {
  const { prove, reports, current, pending, calls } = proving()
  reports.beta.set('beta.example', { current, loaded: [pending] })
  expect(await prove()).toMatchObject({ tookMs: 0, error: { code: 'refused' } })
  expect(calls.map(({ url }) => url).join()).not.toContain('beta.example')
})

it('a proof that is cancelled during a call ends with the reason', async () => {
  const { prove, answers } = proving()
  const cancel = new AbortController()
  const reason = new Error('cancelled')
  answers.set('127.0.0.2', new Error('aborted'))
  const step = prove({ signal: cancel.signal })
  cancel.abort(reason)
  expect(await step).toEqual({ tookMs: 0, error: reason })
})

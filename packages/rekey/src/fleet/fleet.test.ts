import { expect, it } from 'vitest'
import { createFleet } from '../engine/index.ts'

const replica = { service: 'beta', url: 'http://127.0.0.1:1', healthUrl: 'http://127.0.0.1:2' }

const COUNTED = { since: 1, versions: [], holding: {} }

/** The acknowledgement of a replica that reports this beside what every version of it reports. */
async function acknowledged(more: object) {
  const report = {
    service: 'beta',
    replica: 'one',
    secrets: [{ name: 'A', versions: [], usage: COUNTED, ...more }],
  }
  const fetch = () => Promise.resolve(Response.json(report))
  const fleet = createFleet([replica], { fetch })
  const [answer] = await fleet.acknowledgements(
    { service: 'beta', secret: 'A' },
    AbortSignal.timeout(5_000),
  )
  return answer?.ack
}

it('R47 reads the rejections of a replica, and the reports of one that knows none', async () => {
  const rejection = { stage: 'pending', version: 'v2', by: 'probe', reason: 'rejected' }
  expect((await acknowledged({ rejections: [rejection] }))?.rejections).toEqual([rejection])
  expect(await acknowledged({})).toMatchObject({ name: 'A', replica: 'one' })
})

it.each([
  ['no list', {}],
  ['one without a version', [{ by: 'rule', reason: 'malformed' }]],
  ['one whose reason is a sentence', [{ version: 'v2', by: 'rule', reason: 'it is too short' }]],
  ['one that names no check', [{ version: 'v2', reason: 'malformed' }]],
  ['one without a reason', [{ version: 'v2', by: 'rule' }]],
  ['one whose reason is no text', [{ version: 'v2', by: 'rule', reason: ['malformed'] }]],
  ['nothing', [null]],
])('takes a report for none of a replica if its rejections are %s', async (_, rejections) => {
  expect(await acknowledged({ rejections })).toBeUndefined()
})

it.each([
  ['no list of versions', { versions: 1 }],
  ['a version that is none', { versions: [null] }],
  ['a version without a name', { versions: [{ stage: 'current' }] }],
  ['a version without a stage', { versions: [{ version: 'v1' }] }],
  ['no counts of uses', { usage: null }],
  ['no list of uses', { usage: { ...COUNTED, versions: {} } }],
  ['a use that is none', { usage: { ...COUNTED, versions: [null] } }],
  ['a use of no version', { usage: { ...COUNTED, versions: [{ uses: 1 }] } }],
  ['no record of what is held', { usage: { ...COUNTED, holding: null } }],
  ['a holder that holds no list', { usage: { ...COUNTED, holding: { pool: 'v1' } } }],
])('takes a report for none of a replica that reports %s', async (_, more) => {
  expect(await acknowledged(more)).toBeUndefined()
})

/** The answer of a replica of `beta` whose report is as `more`, and that of a question about `of`. */
async function answerTo(more: object, of: object = {}) {
  const secrets = ['A', 'B'].map((name) => ({ name, versions: [], usage: COUNTED }))
  const report = { service: 'beta', replica: 'one', secrets, ...more }
  const other = { ...replica, service: 'gamma', healthUrl: 'http://127.0.0.1:3' }
  const fetch = () => Promise.resolve(Response.json(report))
  const question = { service: 'beta', secret: 'B', ...of }
  return createFleet([other, replica], { fetch }).acknowledgements(
    question,
    AbortSignal.timeout(5_000),
  )
}

it('takes from the report of each replica of a service what it states of the secret, with its release', async () => {
  expect(await answerTo({ release: '0.1.0' })).toEqual([
    { replica, ack: { name: 'B', versions: [], usage: COUNTED, replica: 'one', release: '0.1.0' } },
  ])
  const [answer] = await answerTo({})
  expect(Object.keys(answer?.ack ?? {})).not.toContain('release')
})

it.each([
  [
    'nothing of the secret',
    {},
    { secret: 'C' },
    'reports nothing of C: run the release that uses it',
  ],
  ['for another service', { service: 'gamma' }, {}, 'is a replica of gamma'],
])('names what is wrong with a report that is %s', async (_, more, of, problem) => {
  expect(await answerTo(more, of)).toEqual([{ replica, ack: undefined, problem }])
})

it('asks no replica whose answer is known', async () => {
  const known = { replica, ack: undefined, absence: 'it is ending' }
  expect(await answerTo({}, { known: new Map([[replica.healthUrl, known]]) })).toEqual([known])
})

it('knows no replica of a service that it does not list', async () => {
  await expect(answerTo({}, { service: 'delta' })).rejects.toMatchObject({
    code: 'missing',
    message: 'no replica of delta is known: check the fleet',
  })
})

it('S28: no string of a report can rule a terminal or end a line', async () => {
  const version = { stage: 'current', version: 'v\u001b[2J', id: 'a\nb' }
  const counted = { since: 1, versions: [{ version: '\u009b1m', '\u202ename': 1 }], holding: {} }
  const ack = await acknowledged({ versions: [version], usage: counted, end: 'plain' })
  expect(ack).toMatchObject({
    versions: [{ version: 'v\\u{1b}[2J', id: 'a\\u{a}b' }],
    end: 'plain',
  })
  expect(JSON.stringify(ack)).not.toMatch(/\\u001b|\\n|[\u009b\u202e]/)
})

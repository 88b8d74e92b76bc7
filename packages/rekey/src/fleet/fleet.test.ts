import { expect, it } from 'vitest'
import { createFleet } from '../engine/index.ts'

const replica = { service: 'beta', url: 'http://127.0.0.1:1', healthUrl: 'http://127.0.0.1:2' }

/** The acknowledgement of a replica that reports this beside what every version of it reports. */
async function acknowledged(more: object) {
  const usage = { since: 1, versions: [], holding: {} }
  const report = {
    service: 'beta',
    replica: 'one',
    secrets: [{ name: 'A', versions: [], usage, ...more }],
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
  ['nothing', [null]],
])('takes a report for none of a replica if its rejections are %s', async (_, rejections) => {
  expect(await acknowledged({ rejections })).toBeUndefined()
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

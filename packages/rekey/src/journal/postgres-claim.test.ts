import { expect, it } from 'vitest'
import {
  type Answer,
  answeringPool,
  driverError,
} from '../../test/journal/answering-pool.support.ts'
import { openPostgresJournal } from '../engine/index.ts'

const SECRET = 'NAME'
const isClaim = (text: string) => text.includes('insert into rekey.rotation as')
const isRefusal = (text: string) => text.includes('as left')

async function openWith(answer: Answer) {
  const { pool, asked } = answeringPool(answer)
  return { asked, journal: await openPostgresJournal(pool) }
}

const held = { holder: 'other', epoch: '3', intent: null, emergency: null }
const BUSY = 'wait until it has finished or its lease ends'

/** The row of a secret whose claim was refused, and how the refusal ends. */
const REFUSED: readonly [string, readonly object[], string][] = [
  [
    'is held',
    [{ ...held, left: 4_200 }],
    `other is rotating NAME: ${BUSY} (in 5 s unless it renews it)`,
  ],
  ['was held until now', [{ ...held, left: 0 }], `other is rotating NAME: ${BUSY}`],
  ['was held', [{ ...held, left: -1 }], `other is rotating NAME: ${BUSY}`],
  [
    'is free by now',
    [{ ...held, holder: null, left: -1 }],
    `a rotator that has just finished is rotating NAME: ${BUSY}`,
  ],
  ['is gone', [], `a rotator that has just finished is rotating NAME: ${BUSY}`],
]

it.each(REFUSED)(
  'a claim on a secret that %s names who has it, and for how long',
  async (_, rows, message) => {
    const { journal } = await openWith((text) => (isRefusal(text) ? rows : undefined))
    await expect(journal.claim(SECRET, 'one', 60_000)).rejects.toMatchObject({
      code: 'busy',
      message,
    })
  },
)

it('a claim on a row that another rotator is writing names who has it', async () => {
  const { journal } = await openWith((text) => {
    if (isClaim(text)) throw driverError('55P03')
    return isRefusal(text) ? [{ ...held, left: 1 }] : undefined
  })
  const refused = { code: 'busy', message: expect.stringContaining('other') as string }
  await expect(journal.claim(SECRET, 'one', 60_000)).rejects.toMatchObject(refused)
})

it.each([
  ['no answer', '57P01', 'unreachable', 'check its database'],
  ['no right to write', '42501', 'forbidden', 'grant it schema rekey'],
])('a claim that gets %s is not taken for one of another rotator', async (_, state, code, hint) => {
  const { journal } = await openWith((text) => {
    if (isClaim(text)) throw driverError(state)
    return isRefusal(text) ? [{ ...held, left: 1 }] : undefined
  })
  const failed = { code, message: expect.stringContaining(hint) as string }
  await expect(journal.claim(SECRET, 'one', 60_000)).rejects.toMatchObject(failed)
})

it.each([
  ['a second', { leaseMs: 60_000, isEmergency: false }, 1_000],
  ['two thirds of its lease, of an emergency,', { leaseMs: 60_000, isEmergency: true }, 40_000],
  [
    'a second, also of an emergency whose lease is short,',
    { leaseMs: 600, isEmergency: true },
    1_000,
  ],
])('a claim waits %s for a row that is locked', async (_, { leaseMs, isEmergency }, lockMs) => {
  const { journal, asked } = await openWith((text) =>
    isClaim(text) ? [{ epoch: '1', intent: null, emergency: null, begun: null }] : undefined,
  )
  asked.length = 0
  await journal.claim(SECRET, 'one', leaseMs, { isEmergency })
  expect(asked[0]).toMatch(new RegExp(`lock_timeout = ${lockMs}$`))
})

it('a claim whose row is gone is fenced', async () => {
  const { journal } = await openWith((text) =>
    isClaim(text) ? [{ epoch: '1', intent: null, emergency: null, begun: null }] : undefined,
  )
  const claim = await journal.claim(SECRET, 'one', 60_000)
  await expect(claim.renew()).rejects.toMatchObject({ code: 'fenced' })
})

it('a write of a claim that meets a lock is to be tried again', async () => {
  const { journal } = await openWith((text) => {
    if (isClaim(text)) return [{ epoch: '1', intent: null, emergency: null, begun: null }]
    if (text.includes('update rekey.rotation')) throw driverError('55P03')
    return undefined
  })
  const claim = await journal.claim(SECRET, 'one', 60_000)
  const refused = { code: 'conflict', message: expect.stringContaining('try again') as string }
  await expect(claim.renew()).rejects.toMatchObject(refused)
})

it('a journal that has no rotation yet has an empty mark', async () => {
  const { journal } = await openWith((text) =>
    text.includes('as mark') ? [{ mark: null }] : undefined,
  )
  expect(await journal.mark?.()).toBe('')
})

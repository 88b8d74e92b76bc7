import { expect, it } from 'vitest'
import {
  type Answer,
  answeringPool,
  driverError,
} from '../../test/journal/answering-pool.support.ts'
import { openPostgresJournal } from '../engine/index.ts'

/** A database without tables, whose first `most` attempts to make them fail. */
function failing(code: string, most = Infinity, others: Answer = () => undefined) {
  let left = most
  return answeringPool((text) => {
    if (text.includes('as complete')) return [{ complete: false }]
    if (!text.includes('create table')) return others(text)
    left -= 1
    if (left >= 0) throw driverError(code)
    return undefined
  })
}

const madeIn = (asked: readonly string[]) =>
  asked.filter((text) => text.includes('create table')).length

/** What PostgreSQL answers to one of two who make the same objects at once. */
const MEANWHILE = ['23505', '40P01', '42701', '42710', '42P06', '42P07', 'XX000']

it.each(MEANWHILE)(
  'tables that another rotator has just made (%s) are looked for again',
  async (code) => {
    const { pool, asked } = failing(code, 2)
    expect(await openPostgresJournal(pool)).toMatchObject({ name: 'postgres-0' })
    expect(madeIn(asked)).toBe(3)
  },
)

it.each([
  ['ten times where others make them without end', 'XX000', 'unreachable', 10],
  ['once where the rotator has no right to', '42501', 'forbidden', 1],
  ['once where the database fails', '53100', 'unreachable', 1],
])('tables are made %s', async (_, state, code, times) => {
  const { pool, asked } = failing(state)
  const refusal = { code, message: expect.not.stringContaining('words of the driver') as string }
  await expect(openPostgresJournal(pool)).rejects.toMatchObject(refusal)
  expect(madeIn(asked)).toBe(times)
})

it.each([
  [
    'a session that is still there',
    [{ names: 'role shop (process 7)' }],
    'which role shop (process 7) holds up',
  ],
  [
    'one that has just ended',
    [{ names: null }],
    'which a session that has just ended its transaction holds up',
  ],
  ['one that is not shown', [], 'which a session that has just ended its transaction holds up'],
])(
  'tables that are held up by %s are not waited for, and the error names it',
  async (_, rows, named) => {
    const { pool, asked } = failing('55P03', Infinity, (text) =>
      text.includes('pg_locks') ? rows : undefined,
    )
    const refusal = (await openPostgresJournal(pool).catch((error: unknown) => error)) as Error
    expect(refusal).toMatchObject({ code: 'conflict' })
    expect(refusal.message).toContain(`the journal cannot be made, ${named}`)
    expect(refusal.message).toContain('end that session, or give the journal a database of its own')
    expect(asked[0]).toContain('lock_timeout = 5000')
    expect(madeIn(asked)).toBe(1)
  },
)

it('tables of a newer release are refused, by the comment of any of them', async () => {
  const { pool } = answeringPool((text) =>
    text.includes('obj_description')
      ? [{ comment: null }, { comment: 'rekey format 9' }]
      : undefined,
  )
  await expect(openPostgresJournal(pool)).rejects.toMatchObject({
    ...{ code: 'refused', details: { reason: 'format' } },
  })
})

it('a database that cannot show whose its tables are is not used, and its driver is not quoted', async () => {
  const { pool, asked } = answeringPool((text) => {
    if (text.includes('search_path =')) throw driverError('57P01')
    return undefined
  })
  await expect(openPostgresJournal(pool)).rejects.toMatchObject({
    code: 'unreachable',
    message: 'the journal does not answer: check its database',
  })
  expect(asked.some((text) => text.includes('as complete'))).toBe(false)
})

it('whose tables are is looked at again once they are made', async () => {
  let looks = 0
  const { pool } = failing('', 0, (text) => {
    if (!text.includes('search_path =')) return undefined
    looks += 1
    return undefined
  })
  await openPostgresJournal(pool)
  expect(looks).toBe(2)
})

it('a journal that is there is opened without a write', async () => {
  const { pool, asked } = answeringPool(() => undefined)
  await openPostgresJournal(pool)
  expect(asked.filter((text) => /create|insert/.test(text))).toEqual([])
})

it('a journal that has just lost its name is to be opened again', async () => {
  const { pool } = answeringPool((text) => (text.startsWith('select name') ? [] : undefined))
  await expect(openPostgresJournal(pool)).rejects.toMatchObject({
    code: 'missing',
    message: expect.stringContaining('run the command again') as string,
  })
})

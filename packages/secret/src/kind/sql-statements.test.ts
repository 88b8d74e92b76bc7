import { expect, it } from 'vitest'
import { SecretError } from '../index.ts'
import { createSqlStatements } from './internal.ts'
import type { SqlClient } from './index.ts'

const statements = createSqlStatements({
  known: { '42P01': ['missing', 'there is no journal: create its table'] },
  otherwise: 'the journal does not answer: check its database',
})

/** A failure in the words of a driver. */
const driverError = (code: unknown) =>
  Object.assign(new Error('in the words of a driver'), { code })

/** A client that runs all but some statements, of which each fails with its SQLSTATE. */
function clientThatFails(failing: Readonly<Record<string, string>> = {}) {
  const ran: unknown[][] = []
  const client = {
    query(...statement: unknown[]) {
      ran.push(statement)
      const code = failing[String(statement[0])]
      const rows = [{ statement: statement[0] }]
      return code === undefined ? Promise.resolve({ rows }) : Promise.reject(driverError(code))
    },
  } as unknown as SqlClient
  return { client, ran }
}

it('gives the rows of a statement with its values, by default none', async () => {
  const { client, ran } = clientThatFails()
  expect(await statements.query(client, 'select 1')).toEqual([{ statement: 'select 1' }])
  expect(await statements.query(client, 'select $1', [2])).toEqual([{ statement: 'select $1' }])
  expect(ran).toEqual([
    ['select 1', []],
    ['select $1', [2]],
  ])
})

const UNREACHABLE = 'the journal does not answer: check its database'

it.each([
  [
    'that is known',
    driverError('42P01'),
    'missing',
    'there is no journal: create its table',
    '42P01',
  ],
  ['of another SQLSTATE', driverError('57P01'), 'unreachable', UNREACHABLE, '57P01'],
  ['of a number', driverError(7), 'unreachable', UNREACHABLE, '7'],
  ['without SQLSTATE', new Error('cut'), 'unreachable', UNREACHABLE, 'none'],
  ['that is no error', { code: '42P01' }, 'unreachable', UNREACHABLE, 'none'],
  ['that is a text', 'cut', 'unreachable', UNREACHABLE, 'none'],
])(
  'describes a failure %s without the words of the driver',
  (_, error, code, message, sqlState) => {
    expect(statements.failure(error)).toMatchObject({ code, message, details: { sqlState } })
  },
)

it('keeps a failure that is described already', () => {
  const described = new SecretError('conflict', 'it was changed')
  expect(statements.failure(described)).toBe(described)
})

it('describes the failure of a statement', async () => {
  const { client } = clientThatFails({ 'select 1': '42P01' })
  await expect(statements.query(client, 'select 1')).rejects.toMatchObject({ code: 'missing' })
})

it('commits what was done in a transaction, and gives its result', async () => {
  const { client, ran } = clientThatFails()
  const result = await statements.transaction(client, 'begin', async () => {
    await statements.query(client, 'insert')
    return 'inserted'
  })
  expect(result).toBe('inserted')
  expect(ran.map(([text]) => text)).toEqual(['begin', 'insert', 'commit'])
})

it('rolls a transaction back whose work fails, and reports that failure though the connection is gone', async () => {
  const { client, ran } = clientThatFails({ rollback: '57P01' })
  const reason = new Error('the work failed')
  await expect(statements.transaction(client, 'begin', () => Promise.reject(reason))).rejects.toBe(
    reason,
  )
  expect(ran).toEqual([['begin', []], ['rollback']])
})

it('reports a commit that got no answer as unreachable', async () => {
  const { client, ran } = clientThatFails({ commit: '57P01' })
  await expect(
    statements.transaction(client, 'begin', () => Promise.resolve()),
  ).rejects.toMatchObject({
    code: 'unreachable',
  })
  expect(ran.at(-1)).toEqual(['rollback'])
})

import { expect, it } from 'vitest'
import type { SqlClient } from './index.ts'
import { requireOwnTables } from './internal.ts'

const TABLES = { schema: 'rekey', tables: { journal: {}, claim: { granted: ['INSERT'] } } }

/** A client of a database that has these faults. Its statements are tried at a server elsewhere. */
function clientThatFinds(
  rows: readonly object[],
  paths: readonly object[] = [{ path: ['public'] }],
) {
  const asked: (readonly [text: string, values: unknown])[] = []
  const client = {
    query(text: string, values?: unknown[]) {
      asked.push([text, values])
      return Promise.resolve({ rows: asked.length === 1 ? paths : rows })
    },
  } as unknown as SqlClient
  return { client, asked }
}

const check = (client: SqlClient) => requireOwnTables(client, { ...TABLES, what: 'the journal' })

it('looks with the search path that the session had, and then with none of it', async () => {
  const { client, asked } = clientThatFinds([])
  await check(client)
  const [searched, set, look] = asked
  expect(searched?.[0]).toBe('select pg_catalog.current_schemas(true)::text[] as path')
  expect(set?.[0]).toBe('set local search_path = pg_catalog, pg_temp')
  const tables = '{"journal":{},"claim":{"granted":["INSERT"]}}'
  expect(look?.[1]).toEqual(['rekey', ['journal', 'claim'], tables, ['public']])
})

it('looks also where the session has no search path', async () => {
  const { client, asked } = clientThatFinds([], [])
  await check(client)
  expect((asked[2]?.[1] as unknown[])[3]).toBeUndefined()
})

it.each([
  'schema %I',
  'takes objects of',
  'is another kind of relation, of',
  'inherits or is inherited, by a table of',
  'runs a function of',
  'rewrites statements; the table is of',
  'hides rows; the table is of',
  'foreign key %I to ',
  ', which is evaluated for the tables',
  'is granted to',
  'event trigger %I',
  'has operators of',
])('looks for what `%s` describes', async (words) => {
  const { client, asked } = clientThatFinds([])
  await check(client)
  expect(asked[2]?.[0]).toContain(words)
})

const faultOf = (n: number) => ({ object: `table ${n}`, fault: 'belongs to', role: `role${n}` })
const faults = (count: number) => Array.from({ length: count }, (_, n) => faultOf(n + 1))
const FIVE =
  'table 1 belongs to role1; table 2 belongs to role2; table 3 belongs to role3; table 4 belongs to role4; table 5 belongs to role5'

it.each([
  [1, 'table 1 belongs to role1'],
  [2, 'table 1 belongs to role1; table 2 belongs to role2'],
  [5, FIVE],
  [7, `${FIVE}; and 2 more`],
])('names the first five of %i faults', async (count, named) => {
  await expect(check(clientThatFinds(faults(count)).client)).rejects.toMatchObject({
    code: 'refused',
    message:
      `the journal is not the rotator's alone, so nothing is read from it: ${named}. ` +
      'Give it a database of its own, which the rotator owns, or drop these objects and rights there',
    details: { faults: count },
  })
})

it.each([
  ['a line break', '\n'],
  ['a sign that turns the text around', '\u202e'],
  ['a separator of lines', '\u2028'],
  ['a separator of paragraphs', '\u2029'],
])('shows %s in a name that a stranger chose as what it is not', async (_, sign) => {
  const fault = { object: `table "a${sign}é 1"`, fault: 'belongs to', role: 'eve' }
  await expect(check(clientThatFinds([fault]).client)).rejects.toThrow(
    'table "a\ufffdé 1" belongs to eve',
  )
})

import type { SqlClient, SqlPool } from '@rekey/secret/kind'

/** Gives the rows of a statement, or throws; undefined for those that a journal gets which is there. */
export type Answer = (text: string) => readonly object[] | undefined

/** The error of a driver with that SQLSTATE, in whose words a value could be. */
export function driverError(code: string): Error {
  return Object.assign(new Error('words of the driver'), { code })
}

/** A database that has no server: a test answers for it, and each statement is noted. */
export function answeringPool(answer: Answer): { pool: SqlPool; asked: string[] } {
  const asked: string[] = []
  const query = (text: string) => {
    asked.push(text)
    const rows = answer(text) ?? usualAnswer(text)
    return Promise.resolve({ rows, rowCount: rows.length })
  }
  const later: SqlClient['query'] = async (text) =>
    (await Promise.resolve(text).then(query)) as never
  const unused = () => undefined
  const client = { query: later, on: unused, off: unused, release: unused }
  return { pool: { query: later, connect: () => Promise.resolve(client) }, asked }
}

function usualAnswer(text: string): readonly object[] {
  if (text.includes('as complete')) return [{ complete: true }]
  return text.startsWith('select name') ? [{ name: 'postgres-0' }] : []
}

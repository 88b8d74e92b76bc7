// @lane servers
import { expect, it, vi } from 'vitest'
import { runProgram } from '../../../test/commands/run-program.support.ts'
import { usePostgres, VARIABLE } from '../../../test/commands/audit/audit-database.support.ts'
import { runRecorded } from '../../../test/commands/audit/recorded-service.support.ts'

const PATIENT = { timeout: 60_000 }
const server = usePostgres()

async function openRecorded(buffer: number) {
  const database = await server.openDatabase()
  const service = await runRecorded(database, buffer)
  const actions = async () => {
    const args = [
      'audit',
      'query',
      '--database-variable',
      VARIABLE,
      '--action',
      'access.',
      '--json',
    ]
    const { lines } = await runProgram(args, database)
    return lines().map(({ action }) => action)
  }
  return { ...service, actions }
}

it.each([0, 1])(
  'a service is not ready once more accesses than %i wait for a database that is away, and records all once it is back',
  async (buffer) => {
    const { replace, isReady, actions, stop, lines } = await openRecorded(buffer)
    expect(await isReady()).toBe(true)
    const problems = () => lines.filter((line) => line.includes('access-not-recorded')).length
    await server.stop()
    try {
      for (let waiting = 1; waiting <= buffer + 1; waiting += 1) {
        await replace()
        await vi.waitFor(() => {
          expect(problems()).toBeGreaterThanOrEqual(waiting)
        }, PATIENT)
        expect(await isReady()).toBe(waiting <= buffer)
      }
    } finally {
      await server.start()
    }
    await replace()
    await vi.waitFor(async () => {
      expect(await isReady()).toBe(true)
    }, PATIENT)
    const refreshes = Array.from({ length: buffer + 2 }, () => 'access.refresh')
    expect(await actions()).toEqual(['access.read', ...refreshes])
    expect(await stop()).toEqual([0])
  },
)

it('a service whose first reads cannot be recorded in the database does not start', async () => {
  const database = await server.openDatabase()
  await database.owner.query('drop table audit_line')
  const { exited, lines } = await runRecorded(database, 0)
  expect(await exited).toEqual([1])
  expect(lines.join('')).toContain('auditTablesSql')
})

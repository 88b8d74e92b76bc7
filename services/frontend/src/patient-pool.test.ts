// @lane servers
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { createPatientPool } from './patient-pool.ts'

async function open() {
  const server = await openPostgres()
  const pool = new pg.Pool({ connectionString: server.adminUrl.expose(), max: 2 })
  pool.on('error', () => undefined)
  onTestFinished(async () => {
    await pool.end()
    await server.close()
  })
  return { server, pool }
}

it('a query that comes while the database is away is answered when it is back', async () => {
  const { server, pool } = await open()
  const patient = createPatientPool(pool)
  await server.stop()
  await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  let isAnswered = false
  const query = patient.query('select $1::int as n', [7]).finally(() => {
    isAnswered = true
  })
  await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  expect(isAnswered).toBe(false)
  await server.start()
  expect((await query).rows).toEqual([{ n: 7 }])
}, 60_000)

it('one for which the database stays away too long fails by its limit', async () => {
  const { server, pool } = await open()
  await server.stop()
  const query = createPatientPool(pool, 300).query('select 1')
  await expect(query).rejects.toMatchObject({ code: 'unreachable' })
}, 60_000)

it('a statement that the server refuses is not tried again, and its connection is closed', async () => {
  const { pool } = await open()
  const patient = createPatientPool(pool)
  await expect(patient.query('select from nowhere')).rejects.toMatchObject({ code: '42P01' })
  expect(pool.totalCount).toBe(0)
  expect((await patient.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import type { PooledSqlClient } from './internal.ts'
import { withSqlClient } from './internal.ts'

const describeFailure = (error: unknown) => new Error(`described: ${String(error)}`)

/** A pool of one connection, and how that was released. */
function newPool() {
  const released: unknown[] = []
  const events = new EventEmitter()
  const client = Object.assign(events, {
    release: (destroy?: boolean) => void released.push(destroy),
  }) as unknown as PooledSqlClient
  return { events, client, released, pool: { connect: () => Promise.resolve(client) } }
}

it('lends a connection, and puts it back without what it listened to', async () => {
  const { events, client, released, pool } = newPool()
  const lent = await withSqlClient(pool, describeFailure, (each) => {
    // A connection that is cut would end the process.
    events.emit('error', new Error('cut'))
    return Promise.resolve(each)
  })
  expect(lent).toBe(client)
  expect(released).toEqual([false])
  expect(events.listenerCount('error')).toBe(0)
})

it('closes a connection whose work failed, and outlives what it still reports', async () => {
  const { events, released, pool } = newPool()
  const reason = new Error('the work failed')
  await expect(withSqlClient(pool, describeFailure, () => Promise.reject(reason))).rejects.toBe(
    reason,
  )
  expect(released).toEqual([true])
  expect(events.emit('error', new Error('cut'))).toBe(true)
})

it('describes why there is no connection', async () => {
  const pool = { connect: () => Promise.reject(new Error('too many')) }
  await expect(withSqlClient(pool, describeFailure, () => Promise.resolve())).rejects.toThrow(
    'described: Error: too many',
  )
})

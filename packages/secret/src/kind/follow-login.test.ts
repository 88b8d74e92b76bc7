import { expect, it } from 'vitest'
import { createFakeClock, Secret, SecretError, type SecretVersion } from '../index.ts'
import { followLogin, type PooledSqlClient } from './internal.ts'

it('lends no connection of a login once another one is in its place, and goes on while none can be read', async () => {
  const clock = createFakeClock()
  const client = {} as PooledSqlClient
  const found: { now: string | undefined; reads: number } = { now: 'first', reads: 0 }
  const { open } = followLogin(
    {
      read() {
        found.reads += 1
        if (found.now === undefined) return Promise.reject(new SecretError('unreachable', 'away'))
        return Promise.resolve({ value: Secret.of(found.now, 'LOGIN') } as SecretVersion)
      },
      open: () => ({
        connect: () => Promise.resolve(client),
        query: () => Promise.reject(new Error('unused')),
        end: () => Promise.resolve(),
      }),
    },
    clock,
  )
  const pool = await open(Secret.of('first', 'LOGIN'))
  const connectAfter = async (ms: number, now?: string) => {
    found.now = now
    await clock.advance(ms)
    return pool.connect()
  }
  expect(await connectAfter(4_999, 'second')).toBe(client)
  expect(found.reads).toBe(0)
  expect(await connectAfter(1)).toBe(client)
  expect(await connectAfter(5_000, 'first')).toBe(client)
  await expect(connectAfter(5_000, 'second')).rejects.toThrow('another login')
  expect(found.reads).toBe(3)
})

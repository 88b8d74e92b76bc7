import { once } from 'node:events'
import { SecretError } from '@rekey/secret'
import { createLiveSecret } from '@rekey/secret/internal'
import { findForTest } from '@rekey/testbed'
import { createClient } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openShop, USER } from '../../test/redis-shop.support.ts'
import { redisCredentials } from '../index.ts'

const redis = await findForTest('redis-server')

describe.runIf(redis.found)('a client of node-redis that follows a password', () => {
  it('does not end the process where its connection is lost while the secret cannot be read, and connects again once it can', async () => {
    const shop = await openShop(redis.path)
    const state: { problem?: SecretError } = {}
    const secret = createLiveSecret(shop.secret.snapshot, { check: () => state.problem })
    const client = createClient({
      socket: { host: '127.0.0.1', port: shop.server.port, reconnectStrategy: 20 },
      credentialsProvider: redisCredentials(secret, USER),
    })
    const refusals: unknown[] = []
    client.on('error', (error) => refusals.push(error))
    await client.connect()
    onTestFinished(() => {
      client.destroy()
    })
    state.problem = new SecretError('unreachable', 'too old')
    // The server ends the connection.
    await client.sendCommand(['QUIT'])
    await expect.poll(() => refusals).toContain(state.problem)
    delete state.problem
    await once(client, 'ready')
    expect(await client.ping()).toBe('PONG')
  })
})

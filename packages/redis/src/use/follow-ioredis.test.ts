import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { SecretError } from '@rekey/secret'
import { createLiveSecret } from '@rekey/secret/internal'
import { findForTest } from '@rekey/testbed'
import { Redis as Ioredis } from 'ioredis'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openShop, USER } from '../../test/redis-shop.support.ts'
import { followIoredis } from '../index.ts'

const redis = await findForTest('redis-server')

async function open() {
  const shop = await openShop(redis.path)
  const client = new Ioredis({ port: shop.server.port, lazyConnect: true })
  const stop = followIoredis(client, shop.secret, USER)
  onTestFinished(() => {
    stop()
    client.disconnect()
  })
  const held = () => shop.secret.usage.report().holding
  return { ...shop, client, stop, held }
}

describe.runIf(redis.found)('a client of ioredis that follows a password', () => {
  it('forgets a copy at its end', async () => {
    const { client, held } = await open()
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const openAndEnd = async () => {
      const copy = client.duplicate()
      await copy.ping()
      copy.disconnect()
      await once(copy, 'end')
      return new WeakRef(copy)
    }
    const copies = await Promise.all(Array.from({ length: 20 }, openAndEnd))
    const left = () => {
      collect()
      return copies.filter((copy) => copy.deref() !== undefined)
    }
    await expect.poll(left).toEqual([])
    expect(Object.keys(held())).toEqual(['ioredis'])
  })

  it('follows with a copy that is connected again at its close', async () => {
    const { client, run } = await open()
    const copy = client.duplicate()
    onTestFinished(() => {
      copy.disconnect()
    })
    await copy.ping()
    copy.once('close', () => void copy.connect())
    copy.disconnect()
    await once(copy, 'ready')
    const auth = vi.spyOn(copy, 'auth')
    await run()
    expect(auth).toHaveBeenCalledOnce()
  })

  it('reports a password that is replaced while the client logs in with it, until the client has left it', async () => {
    const shop = await openShop(redis.path)
    let open = (): void => undefined
    const opened = new Promise<void>((resolve) => (open = resolve))
    const slow = createServer((socket) => {
      const far = connect(shop.server.port, '127.0.0.1')
      void opened.then(() => socket.pipe(far).pipe(socket))
    }).listen(0, '127.0.0.1')
    await once(slow, 'listening')
    const { port } = slow.address() as AddressInfo
    const client = new Ioredis({ port, lazyConnect: true })
    const stop = followIoredis(client, shop.secret, USER)
    onTestFinished(() => {
      stop()
      client.disconnect()
      slow.close()
    })
    const held = () => shop.secret.usage.report().holding['ioredis']
    const { version: old } = shop.secret.current
    const connected = client.connect()
    await once(slow, 'connection')
    const rotated = shop.run()
    await expect.poll(() => shop.secret.current.version).not.toBe(old)
    expect(held()).toEqual([old, shop.secret.current.version])
    open()
    await Promise.all([connected, rotated])
    expect(held()).toEqual([shop.secret.current.version])
    expect(await client.ping()).toBe('PONG')
  })

  it('connects again with the newest password that it knows while the secret cannot be read', async () => {
    const shop = await openShop(redis.path)
    const state: { problem?: SecretError } = {}
    const secret = createLiveSecret(shop.secret.snapshot, { check: () => state.problem })
    const client = new Ioredis({ port: shop.server.port, lazyConnect: true })
    const stop = followIoredis(client, secret, USER)
    onTestFinished(() => {
      stop()
      client.disconnect()
    })
    await client.connect()
    state.problem = new SecretError('unreachable', 'too old')
    client.disconnect(true)
    await once(client, 'ready')
    expect(await client.ping()).toBe('PONG')
  })

  it('stops no rotation where its client has ended, and logs in with the newest password afterwards', async () => {
    const { client, run, held, secret } = await open()
    await client.ping()
    await client.quit()
    await run()
    expect(held()).toEqual({ ioredis: [secret.current.version] })
    await client.connect()
    expect(await client.ping()).toBe('PONG')
  })

  it('holds nothing after its stop, also where the client connects again', async () => {
    const { client, stop, held } = await open()
    await client.ping()
    stop()
    client.disconnect(true)
    await once(client, 'ready')
    expect(held()).toEqual({ ioredis: [] })
  })
})

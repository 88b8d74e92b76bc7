import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { defineFamily } from '@rekey/rekey'
import { rollBack, rotate } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { newPassword } from '@rekey/rotated-service'
import { findForTest, openTlsFront } from '@rekey/testbed'
import { issue } from '@rekey/testbed/certificates'
import { Redis as Ioredis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { followIoredis } from '../index.ts'
import { redisKind } from './index.ts'
import { CLIENTS, ioredis, Ioredis5, LEAST, openShop, USER } from '../../test/redis-shop.support.ts'

const redis = await findForTest('redis-server')
const program = redis.path

describe.runIf(redis.found)('a password of Redis', () => {
  it.each(Object.entries(CLIENTS))(
    'is rotated ten times under load of %s: no command fails, and each old one is refused',
    async (_, open) => {
      const shop = await openShop(program)
      const load = await shop.startLoad(open)
      for (let nth = 0; nth < 10; nth += 1) {
        const old = await shop.current()
        await shop.run()
        expect(await shop.accepts(old)).toBe(false)
        expect(await shop.accepts(await shop.current())).toBe(true)
      }
      await load.stop()
      expect(load.failures).toEqual([])
      expect(load.counts.done).toBeGreaterThan(100)
    },
  )

  it.each(Object.entries(CLIENTS))(
    'that leaked cuts the connections of its user, and %s goes on with the new one',
    async (_, open) => {
      const shop = await openShop(program)
      const load = await shop.startLoad(open)
      await shop.run({ compromised: true })
      expect(await shop.accepts(shop.first)).toBe(false)
      const { done } = load.counts
      await expect.poll(() => load.counts.done).toBeGreaterThan(done + 50)
      const { failed } = load.counts
      await delay(200)
      await load.stop()
      expect(load.counts.failed).toBe(failed)
    },
  )

  it.each(Object.entries(CLIENTS))(
    'is that of the store where %s connects again after a restart of the server',
    async (_, open) => {
      const shop = await openShop(program)
      const load = await shop.startLoad(open)
      await shop.run()
      await shop.server.restart()
      const { done } = load.counts
      await expect.poll(() => load.counts.done).toBeGreaterThan(done + 50)
      await load.stop()
      expect(load.failures.filter((failure) => /WRONGPASS|NOAUTH/.test(failure))).toEqual([])
      expect(await shop.accepts(shop.first)).toBe(false)
    },
  )

  it('is kept over a restart by a server whose users are in its settings', async () => {
    const shop = await openShop(program, { keepsUsers: false })
    await shop.startLoad(ioredis)
    await shop.run()
    await shop.server.restart()
    expect(await shop.accepts(shop.first)).toBe(false)
    expect(await shop.accepts(await shop.current())).toBe(true)
  })

  it('is changed on every node', async () => {
    const shop = await openShop(program, { nodes: 3 })
    await shop.startLoad(ioredis)
    await shop.run()
    for (const node of shop.servers) {
      expect(await shop.accepts(shop.first, node)).toBe(false)
      expect(await shop.accepts(await shop.current(), node)).toBe(true)
    }
  })

  it('stays what it is while a node is down, and is changed when it is back', async () => {
    const shop = await openShop(program, { nodes: 2 })
    await shop.startLoad(ioredis)
    const [, other] = shop.servers
    await other?.stop()
    await expect(shop.run()).rejects.toMatchObject({ code: 'stopped', step: 'admit' })
    expect(await shop.current()).toBe(shop.first)
    await other?.restart()
    await shop.run()
    expect(await shop.accepts(shop.first, other)).toBe(false)
  })

  it('goes to the server as a digest, and as itself in logins of its user alone', async () => {
    const shop = await openShop(program)
    await shop.startLoad(ioredis)
    const sent: string[] = []
    const proxy = createServer((socket) => {
      const server = connect(shop.server.port, '127.0.0.1')
      socket.on('data', (chunk) => sent.push(chunk.toString('latin1')))
      socket.on('error', () => server.destroy()).pipe(server)
      server.on('error', () => socket.destroy()).pipe(socket)
    })
    await once(proxy.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void proxy.close())
    const { port } = proxy.address() as AddressInfo
    const kind = await shop.kindOf({ nodes: [`redis://127.0.0.1:${port}`] })
    await rotate(kind, { store: shop.store, journal: shop.journal })
    const value = await shop.current()
    const digest = createHash('sha256').update(value).digest('hex')
    expect(sent.some((chunk) => chunk.includes('SETUSER') && chunk.includes(`#${digest}`))).toBe(
      true,
    )
    const withValue = sent.filter((chunk) => chunk.includes(value))
    expect(withValue.length).toBeGreaterThan(0)
    for (const chunk of withValue) expect(chunk).toMatch(/HELLO[^]*AUTH[^]*shop/)
  })

  it.each([
    ['ioredis 6', 2, 1, Ioredis],
    ['ioredis 6', 3, 0, Ioredis],
    ['ioredis 5', 2, 1, Ioredis5],
  ] as const)(
    'reaches a subscriber of %s by RESP%i, who stays subscribed over %i new connections',
    async (_, protocol, renewals, Client) => {
      const shop = await openShop(program)
      await shop.startLoad(ioredis)
      const subscriber = new Client({ port: shop.server.port, lazyConnect: true, protocol })
      const stop = followIoredis(subscriber, shop.secret, USER)
      onTestFinished(() => {
        stop()
        subscriber.disconnect()
      })
      const heard: string[] = []
      subscriber.on('message', (_channel, text) => heard.push(text))
      await subscriber.subscribe('news')
      let renewed = 0
      subscriber.on('ready', () => (renewed += 1))
      await shop.run()
      const publisher = new Ioredis({
        ...{ port: shop.server.port, username: USER, password: await shop.current() },
      })
      onTestFinished(() => {
        publisher.disconnect()
      })
      await expect
        .poll(async () => {
          await publisher.publish('news', 'one')
          return heard
        })
        .toContain('one')
      expect(renewed).toBe(renewals)
    },
  )

  it('takes no client of ioredis that has read a password already', async () => {
    const shop = await openShop(program)
    const client = new Ioredis({ port: shop.server.port, retryStrategy: () => null })
    client.on('error', () => undefined)
    onTestFinished(() => {
      client.disconnect()
    })
    const follow = () => followIoredis(client, shop.secret, USER)
    expect(follow).toThrow('make the client with lazyConnect: true')
  })

  it('is withdrawn by a rollback, and the old one is accepted as before', async () => {
    const shop = await openShop(program)
    await shop.startLoad(ioredis)
    const stop = new AbortController()
    const onEvent = ({ step, phase }: RotationEvent) => {
      if (step === 'promote' && phase === 'end') stop.abort(new Error('stopped'))
    }
    const { store, journal } = shop
    const kind = await shop.kindOf()
    const stopped = rotate(kind, { store, journal, signal: stop.signal, onEvent })
    await expect(stopped).rejects.toThrow('stopped')
    const made = await shop.current()
    expect(await shop.accepts(made)).toBe(true)
    await rollBack(kind, { store, journal })
    expect(await shop.current()).toBe(shop.first)
    expect([await shop.accepts(made), await shop.accepts(shop.first)]).toEqual([false, true])
  })

  it('leaves other passwords of the user alone', async () => {
    const shop = await openShop(program)
    const own = newPassword()
    await shop.startLoad(ioredis)
    await shop.asAdministrator((client) => client.call('ACL', 'SETUSER', USER, `>${own}`))
    await shop.run()
    expect([await shop.accepts(own), await shop.accepts(shop.first)]).toEqual([true, false])
  })

  it('is not rotated for a user who needs none', async () => {
    const shop = await openShop(program)
    await shop.asAdministrator((client) => client.call('ACL', 'SETUSER', USER, 'nopass'))
    const message = expect.stringContaining(`${USER} needs no password at`) as string
    await expect(shop.run()).rejects.toMatchObject({ reason: 'refused', message })
  })

  it.each([
    ['a user that is not there', { user: 'other' }, {}, 'missing', /has no user other/],
    [
      'an administrator without the rights',
      {},
      { rules: LEAST.replace('+acl|setuser', '') },
      'forbidden',
      /forbids it to the administrator: grant/,
    ],
    [
      'a server that forgets users at a restart',
      {},
      { keepsUsers: false, rules: LEAST.replace('+config|rewrite', '') },
      'refused',
      /keeps no user over a restart/,
    ],
  ])('is not rotated for %s', async (_, declared, options, reason, message) => {
    const shop = await openShop(program, options)
    const { store, journal } = shop
    const kind = await shop.kindOf(declared)
    const failure = { step: 'admit', reason, message: expect.stringMatching(message) as string }
    await expect(rotate(kind, { store, journal })).rejects.toMatchObject(failure)
    expect(await shop.current()).toBe(shop.first)
    expect(await shop.accepts(shop.first)).toBe(true)
    expect(await shop.passwords()).toBe(1)
  })

  it.each([
    ['another host without TLS', { nodes: ['redis://cache:6379'] }, 'refused'],
    ['an address with a password', { nodes: ['rediss://a:b@cache:6379'] }, 'malformed'],
    ['another protocol', { nodes: ['https://cache'] }, 'malformed'],
    [
      'a user that would change its own password',
      { administrator: { user: USER, passwordName: 'REDIS_SHOP' } },
      'refused',
    ],
  ])('has no rotation for %s', async (_, declared, code) => {
    const shop = await openShop(program)
    await expect(shop.kindOf(declared)).rejects.toMatchObject({ code })
  })
})

describe.runIf(redis.found)('a password of Redis over TLS', () => {
  const root = issue({ commonName: 'root', ca: true })
  /** A server behind TLS, whose certificate has these properties. */
  async function openBehindTls(wanted: Partial<Parameters<typeof issue>[0]>, trust = root.pem) {
    const shop = await openShop(program)
    const front = await openTlsFront(shop.server.port, issue({ issuer: root, ...wanted }))
    onTestFinished(() => front[Symbol.asyncDispose]())
    const kind = await shop.kindOf({ nodes: [`rediss://localhost:${front.port}`], trust })
    const { store, journal } = shop
    return { ...shop, run: () => rotate(kind, { store, journal }) }
  }

  it('is rotated by a rotator that trusts its root', async () => {
    const shop = await openBehindTls({})
    const load = await shop.startLoad(ioredis)
    await shop.run()
    await load.stop()
    expect([load.failures, await shop.accepts(shop.first)]).toEqual([[], false])
  })

  it.each([
    ['another root', {}, issue({ commonName: 'other', ca: true }).pem],
    ['a certificate for another host', { dnsNames: ['cache.example.com'] }, undefined],
    ['a certificate that has expired', { notAfter: new Date(Date.now() - 60_000) }, undefined],
  ])('is not rotated, and no password shown, with %s', async (_, wanted, trust) => {
    const shop = await openBehindTls(wanted, trust)
    await expect(shop.run()).rejects.toMatchObject({ code: 'stopped', step: 'admit' })
    expect(await shop.passwords()).toBe(1)
  })
})

describe('a family', () => {
  const declare = (more: object) =>
    defineFamily(
      {
        services: ['shop'],
        secrets: {
          redis: [
            {
              service: 'shop',
              user: 'shop',
              nodes: ['rediss://cache:6379'],
              administrator: { user: 'rekey', passwordName: 'REDIS_ADMINISTRATOR' },
              ...more,
            },
          ],
        },
      },
      { kinds: [redisKind] },
    )

  it('declares it with the kind', () => {
    expect(declare({})).toMatchObject({ services: ['shop'] })
  })

  it.each([
    ['without a node', { nodes: [] }],
    ['for a user with a blank', { user: 'a b' }],
    ['with a password in place of its name', { administrator: { user: 'rekey', password: 'x' } }],
  ])('does not declare it %s', (_, more) => {
    expect(() => declare(more)).toThrow(/secrets\.redis/)
  })
})

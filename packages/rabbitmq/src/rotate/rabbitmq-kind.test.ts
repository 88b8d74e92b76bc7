import { createServer, request as ask } from 'node:http'
import type { AddressInfo } from 'node:net'
import { rollBack, rotate, sweepOrphans } from '@rekey/rekey/engine'
import { newPassword } from '@rekey/rotated-service'
import { findForTest, openRabbitMq, openTlsFront, type RabbitMq } from '@rekey/testbed'
import { issue } from '@rekey/testbed/certificates'
import { connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openShop, startLoad } from '../../test/rabbitmq-shop.support.ts'

const { found, path } = await findForTest('rabbitmq-server')

describe.runIf(found)('a login of RabbitMQ', () => {
  let broker: RabbitMq
  beforeAll(async () => {
    broker = await openRabbitMq(path)
  }, 100_000)
  afterAll(() => broker.close())

  it('is rotated three times under load: no order is lost, one user is left, and the old ones are refused', async () => {
    const shop = await openShop(broker)
    const { counts, stop } = await startLoad(shop)
    const logins = [shop.url]
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await shop.run()
      logins.push(await shop.current())
    }
    await stop()
    expect(counts.failed).toBe(0)
    expect(counts.confirmed).toBeGreaterThan(100)
    const verdicts = await Promise.all(logins.map((login) => shop.accepts(login)))
    expect(verdicts).toEqual([false, false, false, true])
    const last = new URL(logins.at(-1) ?? '')
    expect(await shop.users()).toEqual([last.username])
    expect(last.username).toMatch(/^shop_[0-9a-f]{8}$/)
    const queue = (await broker.ask('GET', '/queues/%2F/orders')) as { messages?: number }
    expect(queue.messages ?? 0).toBeLessThanOrEqual(counts.confirmed)
    await broker.ask('DELETE', '/queues/%2F/orders')
  })

  it('the next user has the tags, permissions, topic permissions and limits of the one before', async () => {
    const shop = await openShop(broker, { tags: 'monitoring' })
    await broker.ask('PUT', '/vhosts/other%20place')
    await broker.ask('PUT', '/permissions/other%20place/shop', {
      ...{ configure: '^own', write: '^own', read: '.*' },
    })
    await broker.ask('PUT', '/topic-permissions/%2F/shop', {
      ...{ exchange: 'amq.topic', write: '^a', read: '^b' },
    })
    await broker.ask('PUT', '/user-limits/shop/max-connections', { value: 7 })
    const client = await shop.follow()
    onTestFinished(() => client.close())
    await shop.run()
    const { username } = new URL(await shop.current())
    expect(await broker.ask('GET', `/users/${username}`)).toMatchObject({
      tags: ['monitoring', expect.stringMatching(/^rekey-[0-9a-f]{16}$/) as string],
    })
    expect(await broker.ask('GET', `/users/${username}/permissions`)).toMatchObject([
      { vhost: '/', configure: '.*', write: '.*', read: '.*' },
      { vhost: 'other place', configure: '^own', write: '^own', read: '.*' },
    ])
    expect(await broker.ask('GET', `/users/${username}/topic-permissions`)).toMatchObject([
      { exchange: 'amq.topic', write: '^a', read: '^b' },
    ])
    expect(await broker.ask('GET', `/user-limits/${username}`)).toMatchObject([
      { value: { 'max-connections': 7 } },
    ])
    await broker.ask('DELETE', '/vhosts/other%20place')
  })

  it('a right that the old user gets meanwhile rolls the rotation back, and names it', async () => {
    const shop = await openShop(broker)
    const client = await shop.follow()
    onTestFinished(() => client.close())
    const run = shop.run({
      async onEvent({ step, phase }) {
        if (step !== 'admit' || phase !== 'end') return
        await broker.ask('PUT', '/user-limits/shop/max-channels', { value: 9 })
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'rolled-back', step: 'prove' })
    await expect(run).rejects.toThrow('max-channels 9 (of the old one)')
    expect(await shop.users()).toEqual(['shop'])
  })

  it('a client that does not follow keeps the old user alive, and is named', async () => {
    const shop = await openShop(broker)
    const client = await shop.follow()
    onTestFinished(() => client.close())
    const stray = await connect(shop.url, { clientProperties: { connection_name: 'nightly' } })
    stray.on('error', () => undefined)
    const failure = { code: 'stopped', step: 'confirm' }
    const run = shop.run({ parts: { deadlineMs: 8_000 } })
    await expect(run).rejects.toMatchObject(failure)
    await expect(run).rejects.toThrow('1 sessions of shop are open at RabbitMQ: nightly')
    await stray.close()
    await shop.run()
    expect(await shop.accepts(shop.url)).toBe(false)
  })

  it('a leaked login ends at once with its connections, and the client connects with the new one by itself', async () => {
    const shop = await openShop(broker)
    const { client, counts, stop } = await startLoad(shop)
    const stray = await connect(shop.url)
    const closed = new Promise((resolve) => stray.on('close', resolve))
    stray.on('error', () => undefined)
    await shop.run({ compromised: true })
    await closed
    expect(await shop.accepts(shop.url)).toBe(false)
    const before = counts.confirmed
    await expect.poll(() => counts.confirmed).toBeGreaterThan(before + 10)
    expect(client.current).toBeDefined()
    await stop()
    await broker.ask('DELETE', '/queues/%2F/orders')
  })

  it('a connection that ends by itself is opened anew', async () => {
    const shop = await openShop(broker)
    const client = await shop.follow()
    onTestFinished(() => client.close())
    const before = client.current
    const listed = async () =>
      (await broker.ask('GET', '/connections/username/shop')) as { name: string }[]
    const end = async () => {
      // The list is late: it has connections that are gone, and not yet this one.
      for (const { name } of await listed()) {
        const address = `/connections/${encodeURIComponent(name)}`
        await broker.ask('DELETE', address).catch(() => undefined)
      }
      return currentOf(client) === before
    }
    await expect.poll(end, { timeout: 15_000, interval: 500 }).toBe(false)
    await expect.poll(() => currentOf(client)).toBeDefined()
    await client.current.channel.checkQueue('orders')
  })

  it('a rotation that is rolled back deletes the new user', async () => {
    const shop = await openShop(broker)
    const client = await shop.follow()
    onTestFinished(() => client.close())
    const die = ({ step, phase }: { step: string; phase: string }) => {
      if (`${step} ${phase}` === 'promote end') throw new Error('killed')
      return Promise.resolve()
    }
    await expect(shop.run({ onEvent: die })).rejects.toThrow('killed')
    expect(await shop.users()).toHaveLength(2)
    await rollBack(await shop.kindOf(), { store: shop.store, journal: shop.journal })
    expect(await shop.users()).toEqual(['shop'])
    expect(await shop.current()).toBe(shop.url)
  })

  it('a sweep deletes users that were made for the secret and are of no version, and none of another environment at the broker', async () => {
    const shop = await openShop(broker)
    const client = await shop.follow()
    onTestFinished(() => client.close())
    const sweep = async () =>
      sweepOrphans(await shop.kindOf(), { store: shop.store, journal: shop.journal })
    const password = newPassword()
    await broker.ask('PUT', '/users/shop_0b0b0b0b', { password, tags: `rekey-${'0b'.repeat(8)}` })
    await broker.ask('PUT', '/users/shop_0c0c0c0c', { password, tags: '' })
    expect(await sweep()).toEqual([])
    await shop.run()
    const { username } = new URL(await shop.current())
    const { tags } = (await broker.ask('GET', `/users/${username}`)) as { tags: string[] }
    await broker.ask('PUT', '/users/shop_0a0a0a0a', { password, tags: tags.join(',') })
    expect(await sweep()).toEqual(['shop_0a0a0a0a'])
    expect((await shop.users()).sort()).toEqual(['shop_0b0b0b0b', 'shop_0c0c0c0c', username].sort())
  })

  it.each([
    ['404 for everything', 404, ''],
    ['a page of another server', 200, '<html></html>'],
    ['JSON that is no list', 200, '{}'],
  ])('%s in place of the API proves nothing: the old user stays', async (_, status, text) => {
    const shop = await openShop(broker)
    const client = await shop.follow()
    onTestFinished(() => client.close())
    const answer = { is: false }
    const front = await openFront(broker.management, () => answer.is && { status, text })
    const { store, journal } = shop
    const kind = await shop.kindOf({ management: front }, { deadlineMs: 1_000 })
    const onEvent = ({ step, phase }: { step: string; phase: string }) => {
      answer.is ||= `${step} ${phase}` === 'promote end'
      return Promise.resolve()
    }
    const run = rotate(kind, { store, journal, onEvent })
    await expect(run).rejects.toMatchObject({ code: 'stopped', step: 'confirm' })
    expect(await shop.accepts(shop.url)).toBe(true)
    answer.is = false
    await rotate(kind, { store, journal })
    expect(await shop.accepts(shop.url)).toBe(false)
  })

  it('a user that is not there is named', async () => {
    const shop = await openShop(broker)
    await broker.ask('DELETE', '/users/shop')
    const client = shop.secret.usage
    client.hold('amqplib', [shop.secret.current.version])
    await expect(shop.run()).rejects.toThrow('has no users shop')
  })

  it('a broker that does not answer stops the rotation where it is, and it goes on afterwards', async () => {
    const shop = await openShop(broker)
    const client = await shop.follow()
    onTestFinished(() => client.close())
    const nothing = await shop.kindOf({ management: await deafServer() })
    const { store, journal } = shop
    await expect(rotate(nothing, { store, journal })).rejects.toMatchObject({
      ...{ code: 'stopped', step: 'admit', reason: 'unreachable' },
    })
    expect(await shop.users()).toEqual(['shop'])
    await shop.run()
    expect(await shop.accepts(shop.url)).toBe(false)
  })

  it('is rotated over TLS by a rotator that trusts the root of the broker, and by no other', async () => {
    const root = issue({ commonName: 'root', ca: true })
    const open = async (port: number) => {
      const front = await openTlsFront(port, issue({ issuer: root }))
      onTestFinished(() => front[Symbol.asyncDispose]())
      return `localhost:${front.port}`
    }
    const at = await open(broker.port)
    const management = `https://${await open(Number(new URL(broker.management).port))}`
    const shop = await openShop(broker, { at: `amqps://${at}`, ca: root.pem })
    const client = await shop.follow()
    onTestFinished(() => client.close())
    const { store, journal } = shop
    const trusting = async (trust: string) =>
      rotate(await shop.kindOf({ management, trust }), { store, journal })
    const other = issue({ commonName: 'other', ca: true }).pem
    await expect(trusting(other)).rejects.toThrow('certificate')
    expect(await shop.users()).toEqual(['shop'])
    await trusting(root.pem)
    expect(await shop.users()).toEqual([new URL(await shop.current()).username])
    expect(await shop.accepts(shop.url)).toBe(false)
  })

  it('an administrator without the right is named with the remedy, and one that is the service itself is refused', async () => {
    const shop = await openShop(broker)
    const client = await shop.follow()
    onTestFinished(() => client.close())
    await broker.ask('PUT', '/users/shop-helper', {
      ...{ password: broker.password.expose(), tags: 'policymaker' },
    })
    const { store, journal } = shop
    const as = async (user: string) =>
      rotate(
        await shop.kindOf({ administrator: { user, passwordName: 'RABBITMQ_ADMINISTRATOR' } }),
        { store, journal },
      )
    await expect(as('shop-helper')).rejects.toThrow('give shop-helper the tag administrator')
    await expect(as('shop')).rejects.toThrow('name another administrator')
    expect((await shop.users()).sort()).toEqual(['shop', 'shop-helper'])
  })
})

/** The URL of a server in front of another one, which may answer by itself. */
async function openFront(
  url: string,
  answer: () => false | { readonly status: number; readonly text: string },
): Promise<string> {
  const server = createServer((request, response) => {
    const own = answer()
    if (own !== false) {
      request.resume()
      response.writeHead(own.status).end(own.text)
      return
    }
    const { method, headers } = request
    const asked = ask(`${url}${request.url}`, { method, headers }, (answered) => {
      response.writeHead(answered.statusCode ?? 500, answered.headers)
      answered.pipe(response)
    })
    request.pipe(asked)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The URL of a server that ends each connection. */
async function deafServer(): Promise<string> {
  const server = createServer((request) => request.socket.destroy())
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function currentOf<C>(client: { readonly current: C }): C | undefined {
  try {
    return client.current
  } catch {
    return undefined
  }
}

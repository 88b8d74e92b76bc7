import { setTimeout as delay } from 'node:timers/promises'
import { createMemoryStore } from '@rekey/config-loader/store'
import { rollBack, rotate, sweepOrphans } from '@rekey/rekey/engine'
import { newPassword } from '@rekey/rotated-service'
import { type FerretDb, findForTest, openFerretDb, openTlsFront } from '@rekey/testbed'
import { issue } from '@rekey/testbed/certificates'
import type { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openShop, startLoad } from '../../test/mongodb-shop.support.ts'

const { found, path } = await findForTest('ferretdb')

const userIn = (url: string) => new URL(url).username

describe.runIf(found)('a login of MongoDB, at a FerretDB', () => {
  let server: FerretDb
  beforeAll(async () => {
    server = await openFerretDb(path)
  }, 30_000)
  afterAll(() => server.close())

  it('is rotated three times under load: no operation fails, one user is left, and the old ones are refused', async () => {
    const shop = await openShop(server, { user: 'load' })
    const { counts, stop } = await startLoad(shop)
    const logins = [shop.url]
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await shop.run()
      logins.push(await shop.current())
    }
    await stop()
    expect(counts.failures).toEqual([])
    expect(counts.done).toBeGreaterThan(100)
    expect(counts.read).toBeGreaterThan(1)
    const verdicts = await Promise.all(logins.map((login) => shop.accepts(login)))
    expect(verdicts).toEqual([false, false, false, true])
    const [name = ''] = await shop.names()
    expect(await shop.names()).toEqual([userIn(logins.at(-1) ?? '')])
    expect(name).toMatch(/^load_[0-9a-f]{8}_[0-9a-f]{8}$/)
  })

  it('an old client is closed once its cursor has come to its end, and not before', async () => {
    const shop = await openShop(server, { user: 'whole' })
    const client = await shop.follow()
    const before = client.current
    await before
      .db()
      .collection('long')
      .insertMany(Array.from({ length: 50 }, (_, n) => ({ n })))
    const cursor = before.db().collection('long').find({}, { batchSize: 5 })
    expect(await cursor.next()).toMatchObject({ n: 0 })
    const rotation = shop.run()
    await expect.poll(() => client.current !== before, { timeout: 10_000 }).toBe(true)
    await delay(500)
    expect(await cursor.toArray()).toHaveLength(49)
    await rotation
    expect(await shop.accepts(shop.url)).toBe(false)
  })

  it('an old client that a caller has in hand for a moment is not closed yet', async () => {
    const shop = await openShop(server, { user: 'hand' })
    const client = await shop.follow()
    const before = client.current
    const rotation = shop.run()
    while (client.current === before) await delay(1)
    for (let call = 0; call < 3; call += 1) {
      await before.db().collection('orders').insertOne({ n: -1 })
      await delay(20)
    }
    await rotation
    await expect(before.db().collection('orders').insertOne({ n: -1 })).rejects.toThrow()
  })

  it.each([
    [
      'cursor',
      async (client: MongoClient) => {
        await client.db().collection('long').insertMany([{}, {}, {}, {}])
        const cursor = client.db().collection('long').find({}, { batchSize: 1 })
        await cursor.next()
        return () => cursor.close()
      },
    ],
    [
      'session',
      (client: MongoClient) => {
        const session = client.startSession()
        return Promise.resolve(() => session.endSession())
      },
    ],
  ])('a %s that is left open keeps the old login, and its replica is named', async (user, open) => {
    const shop = await openShop(server, { user })
    const client = await shop.follow()
    const end = await open(client.current)
    const run = shop.run({ parts: { deadlineMs: 2_000 } })
    await expect(run).rejects.toMatchObject({ code: 'stopped', step: 'confirm' })
    await expect(run).rejects.toThrow('did not use the new login')
    await end()
    await shop.run()
    expect(await shop.accepts(shop.url)).toBe(false)
  })

  it('a cursor is cut after the time that the service gives it', async () => {
    const shop = await openShop(server, { user: 'endless', finishMs: 300 })
    const client = await shop.follow()
    const before = client.current
    await before.db().collection('long').insertMany([{}, {}, {}, {}])
    const cursor = before.db().collection('long').find({}, { batchSize: 1 })
    await cursor.next()
    await shop.run()
    // The driver ends it as if it had no more.
    expect(await cursor.toArray()).toEqual([])
    expect(await shop.accepts(shop.url)).toBe(false)
  })

  it('a client that is closed waits for nothing', async () => {
    const shop = await openShop(server, { user: 'closing' })
    const client = await shop.follow()
    await client.current.db().collection('long').insertMany([{}, {}, {}, {}])
    await client.current.db().collection('long').find({}, { batchSize: 1 }).next()
    await client.close()
    expect(() => client.current).toThrow('has no connection')
  })

  it('a leaked login is refused at once, and its client goes on with the new one by itself', async () => {
    const shop = await openShop(server, { user: 'leaked' })
    const { counts, stop } = await startLoad(shop)
    await shop.run({ compromised: true })
    expect(await shop.accepts(shop.url)).toBe(false)
    const before = counts.done
    await expect.poll(() => counts.done, { timeout: 10_000 }).toBeGreaterThan(before + 50)
    await stop()
  })

  it('a refused connection has the service ask for the next login', async () => {
    const shop = await openShop(server, { user: 'refused' })
    const client = await shop.follow()
    const asked = vi.spyOn(shop.secret, 'rejected')
    await shop.users.command({ dropUser: 'refused' })
    const ping = () => client.current.db().command({ ping: 1 })
    const all = await Promise.allSettled([ping(), ping(), ping(), ping()])
    expect(all.some(({ status }) => status === 'rejected')).toBe(true)
    expect(asked).toHaveBeenCalledWith('unauthorized')
  })

  const dieOncePromoted = ({ step, phase }: { step: string; phase: string }) => {
    if (`${step} ${phase}` === 'promote end') throw new Error('killed')
    return Promise.resolve()
  }

  it('a rotation that is rolled back drops the new user', async () => {
    const shop = await openShop(server, { user: 'back' })
    await shop.follow()
    await expect(shop.run({ onEvent: dieOncePromoted })).rejects.toThrow('killed')
    expect(await shop.names()).toHaveLength(2)
    await rollBack(await shop.kindOf(), { store: shop.store, journal: shop.journal })
    expect(await shop.names()).toEqual(['back'])
    expect(await shop.current()).toBe(shop.url)
  })

  it('an old user that was dropped already is no failure', async () => {
    const shop = await openShop(server, { user: 'gone' })
    await shop.follow()
    await expect(shop.run({ onEvent: dieOncePromoted })).rejects.toThrow('killed')
    await shop.users.command({ dropUser: 'gone' })
    await shop.run()
    expect(await shop.names()).toEqual([userIn(await shop.current())])
  })

  it('a rotator that died after it made the user goes on with it', async () => {
    const shop = await openShop(server, { user: 'twice' })
    await shop.follow()
    const { store, journal } = shop
    const kind = await shop.kindOf()
    const dying = { ...kind, prove: () => Promise.reject(new Error('killed')) }
    await expect(rotate(dying, { store, journal })).rejects.toThrow()
    const pending = (await store.read('MONGODB_SHOP')).pending?.value.expose() ?? ''
    await shop.users.command({ updateUser: userIn(pending), pwd: newPassword() })
    await shop.run()
    expect(await shop.current()).toBe(pending)
    expect(await shop.accepts(pending)).toBe(true)
  })

  it('a sweep drops users that were made for the secret and are of no version, and none of another environment at the server', async () => {
    const shop = await openShop(server, { user: 'swept' })
    await shop.follow()
    const sweep = async () =>
      sweepOrphans(await shop.kindOf(), { store: shop.store, journal: shop.journal })
    const make = (createUser: string) =>
      shop.users.command({ createUser, pwd: newPassword(), roles: [] })
    await make('swept_0b0b0b0b_0b0b0b0b')
    await make('swept_0c0c0c0c')
    expect(await sweep()).toEqual([])
    await shop.run()
    const used = userIn(await shop.current())
    const left = used.replace(/[0-9a-f]{8}$/, '0a0a0a0a')
    await make(left)
    expect(await sweep()).toEqual([left])
    expect(await shop.names()).toEqual(['swept_0b0b0b0b_0b0b0b0b', 'swept_0c0c0c0c', used].sort())
  })

  it('hosts and options that the driver refuses are malformed, and its words are not shown', async () => {
    const shop = await openShop(server, { user: 'odd' })
    const url = shop.url.replace('//odd:', '//odd_0b0b0b0b_0b0b0b0b:')
    const store = createMemoryStore({
      MONGODB_SHOP: `${url}&directConnection=maybe`,
      MONGODB_ADMINISTRATOR: server.password.expose(),
    })
    const sweep = sweepOrphans(await shop.kindOf({}, { store }), { store, journal: shop.journal })
    await expect(sweep).rejects.toMatchObject({ reason: 'malformed' })
    await expect(sweep).rejects.toThrow('correct its hosts and options')
  })

  it('a server that stands still stops the rotation where it is, and it goes on afterwards', async () => {
    const shop = await openShop(server, { user: 'still' })
    await shop.follow()
    let isPaused = false
    const pause = async ({ step, phase }: { step: string; phase: string }) => {
      if (isPaused || `${step} ${phase}` !== 'promote end') return
      isPaused = true
      await server.pause()
    }
    const stopped = expect(shop.run({ compromised: true, onEvent: pause })).rejects
    try {
      await stopped.toMatchObject({ code: 'stopped', step: 'revoke', reason: 'unreachable' })
    } finally {
      server.resume()
    }
    expect(await shop.accepts(shop.url)).toBe(true)
    await shop.run()
    expect(await shop.accepts(shop.url)).toBe(false)
  }, 60_000)

  it('is rotated over TLS by a rotator that trusts the root of the server, and by no other', async () => {
    const root = issue({ commonName: 'root', ca: true })
    const front = await openTlsFront(server.port, issue({ issuer: root }))
    onTestFinished(() => front[Symbol.asyncDispose]())
    const at = { at: `localhost:${front.port}`, options: '&tls=true', ca: root.pem }
    const shop = await openShop(server, { user: 'tls', ...at })
    await shop.follow()
    const { store, journal } = shop
    const trusting = async (trust?: string) =>
      rotate(await shop.kindOf(trust === undefined ? {} : { trust }), { store, journal })
    const other = issue({ commonName: 'other', ca: true }).pem
    await expect(trusting(other)).rejects.toThrow('shows is refused (')
    await expect(trusting()).rejects.toThrow('shows is refused (')
    expect(await shop.names()).toEqual(['tls'])
    await trusting(root.pem)
    expect(await shop.names()).toEqual([userIn(await shop.current())])
    expect(await shop.accepts(shop.url)).toBe(false)
  }, 60_000)

  it('a user that is not there is named', async () => {
    const shop = await openShop(server, { user: 'absent' })
    await shop.follow()
    await shop.users.command({ dropUser: 'absent' })
    await expect(shop.run()).rejects.toThrow('users has no user absent')
  })

  it('an administrator with a wrong password is forbidden, and one that is the service itself is refused', async () => {
    const shop = await openShop(server, { user: 'own' })
    await shop.follow()
    const { store, journal } = shop
    const as = async (user: string) => {
      const administrator = { user, passwordName: 'MONGODB_ADMINISTRATOR', authSource: 'admin' }
      return rotate(await shop.kindOf({ administrator }), { store, journal })
    }
    const wrong = as('nobody')
    await expect(wrong).rejects.toMatchObject({ reason: 'forbidden' })
    await expect(wrong).rejects.toThrow('check the user and the password of nobody')
    await expect(wrong).rejects.not.toThrow(server.password.expose())
    await expect(as('own')).rejects.toThrow('name another administrator')
    expect(await shop.names()).toEqual(['own'])
  })

  it('a server that lists no sessions stops the rotation before the login is used, unless that is declared', async () => {
    const shop = await openShop(server, { user: 'unlisted', listsSessions: true })
    await shop.follow()
    await expect(shop.run()).rejects.toMatchObject({ step: 'admit', reason: 'unreachable' })
    expect(await shop.current()).toBe(shop.url)
    const { store, journal } = shop
    await rotate(await shop.kindOf({ listsSessions: false }), { store, journal })
    expect(await shop.accepts(shop.url)).toBe(false)
  })
})

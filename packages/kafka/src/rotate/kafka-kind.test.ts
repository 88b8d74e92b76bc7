import { rollBack, rotate, sweepOrphans } from '@rekey/rekey/engine'
import { newPassword } from '@rekey/rotated-service'
import { findForTest, type Kafka, openKafka } from '@rekey/testbed'
import { issue } from '@rekey/testbed/certificates'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kafkaJs, platformatic, startLoad } from '../../test/kafka-load.support.ts'
import {
  aclOf,
  ADMINISTRATOR,
  administer,
  connectAs,
  type KafkaAdmin,
  loginOf,
  openShop,
  produceBy,
  reportingUse,
  SHOP_RIGHTS,
} from '../../test/kafka-shop.support.ts'

const { found, path } = await findForTest('kafka')
const root = issue({ commonName: 'root', ca: true })

describe.runIf(found)('a login of Kafka', () => {
  let kafka: Kafka
  let admin: KafkaAdmin
  beforeAll(async () => {
    kafka = await openKafka({ program: path, certificate: issue({ issuer: root }) })
    admin = await administer(kafka)
    await admin.createTopic('orders')
  }, 100_000)
  afterAll(async () => {
    await admin.close()
    await kafka.close()
  })
  const openOne = async () => reportingUse(await openShop(kafka, admin))

  it.each([
    // Members of its groups that change at the same time may stand still: README.md.
    ['@platformatic/kafka', platformatic, 1],
    ['kafkajs', kafkaJs, 2],
  ] as const)(
    'is rotated three times under load by %s: no order is lost or sent in vain, and few are read twice',
    async (_, clients, members) => {
      const shop = await openShop(kafka, admin)
      const load = await startLoad(clients, shop, kafka, { members })
      const logins = [shop.value]
      for (let rotation = 0; rotation < 3; rotation += 1) {
        await shop.run()
        logins.push(await shop.current())
      }
      await load.stop()
      await expect.poll(load.missing, { timeout: 15_000 }).toBe(0)
      await load.close()
      expect(load.failures).toEqual([])
      expect(load.duplicates()).toBeLessThan(load.confirmed.size / 20)
      expect(load.confirmed.size).toBeGreaterThan(100)
      const verdicts = await Promise.all(logins.map((login) => shop.accepts(login)))
      expect(verdicts).toEqual([false, false, false, true])
      expect(await admin.shops()).toEqual([await shop.userNow()])
      expect(await shop.userNow()).toMatch(/^shop_[0-9a-f]{12}_[0-9a-f]{8}$/)
    },
    120_000,
  )

  it('the next user has the ACLs and quotas of the one before, which has none left', async () => {
    const shop = await openOne()
    await admin.allow(
      'shop',
      aclOf('READ TOPIC orders-private', { permissionType: 2, host: '10.0.0.9' }),
      aclOf('WRITE TRANSACTIONAL_ID shop-', { resourcePatternType: 4 }),
      aclOf('IDEMPOTENT_WRITE CLUSTER kafka-cluster'),
      aclOf('ALL TOPIC *'),
    )
    await admin.setQuota('shop', 1_000_000)
    await admin.setQuota('shop', 2_000_000, 'billing')
    const had = { acls: await admin.aclsOf('shop'), quotas: await admin.quotasOf('shop') }
    expect(had.acls).toHaveLength(SHOP_RIGHTS.length + 4)
    await expect.poll(() => admin.quotasOf('shop')).toHaveLength(2)
    had.quotas = await admin.quotasOf('shop')
    await shop.run()
    const user = await shop.userNow()
    expect({ acls: await admin.aclsOf(user), quotas: await admin.quotasOf(user) }).toEqual(had)
    expect([await admin.aclsOf('shop'), await admin.quotasOf('shop')]).toEqual([[], []])
  })

  it('a right that the old user gets meanwhile rolls the rotation back, and names it', async () => {
    const shop = await openOne()
    const run = shop.run({
      async onEvent({ step, phase }) {
        if (step !== 'admit' || phase !== 'end') return
        await admin.allow('shop', aclOf('DELETE TOPIC orders'))
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'rolled-back', step: 'prove' })
    await expect(run).rejects.toThrow(
      'ALLOW DELETE on TOPIC orders, LITERAL, from * (of the old one)',
    )
    expect(await admin.shops()).toEqual(['shop'])
  })

  it.each([
    ['a rotation', false],
    ['a leak', true],
  ])('%s ends what an open connection of the old user may do', async (_, compromised) => {
    const shop = await openOne()
    const stray = await connectAs(kafka.broker, loginOf(shop.value))
    expect(await produceBy(stray, 'orders')).toBe('accepted')
    await shop.run({ compromised })
    expect(await produceBy(stray, 'orders')).toBe('TOPIC_AUTHORIZATION_FAILED')
    expect(await shop.accepts(shop.value)).toBe(false)
    await stray.close()
  })

  it('a password of the other mechanism ends with the user', async () => {
    const shop = await openOne()
    await admin.addUser('shop', newPassword(), 256)
    await shop.run()
    expect(await admin.shops()).toEqual([await shop.userNow()])
  })

  it('clients go on with the new login after a leak by themselves', async () => {
    const shop = await openShop(kafka, admin)
    const load = await startLoad(platformatic, shop, kafka)
    await shop.run({ compromised: true })
    const before = load.confirmed.size
    await expect.poll(() => load.confirmed.size, { timeout: 15_000 }).toBeGreaterThan(before + 10)
    await load.stop()
    await expect.poll(load.missing, { timeout: 15_000 }).toBe(0)
    await load.close()
  }, 60_000)

  it('a rotation that is rolled back deletes the new user and its rights', async () => {
    const shop = await openOne()
    let user = ''
    const run = shop.run({
      async onEvent({ step, phase }) {
        if (`${step} ${phase}` !== 'promote end') return
        user = await shop.userNow()
        throw new Error('killed')
      },
    })
    await expect(run).rejects.toThrow('killed')
    expect(await admin.aclsOf(user)).toHaveLength(SHOP_RIGHTS.length)
    await rollBack(await shop.kindOf(), { store: shop.store, journal: shop.journal })
    expect(await admin.shops()).toEqual(['shop'])
    expect(await admin.aclsOf(user)).toEqual([])
    expect(await shop.current()).toBe(shop.value)
  })

  it('a rotation that was killed while it made the user goes on', async () => {
    const shop = await openOne()
    const die = ({ step, phase }: { step: string; phase: string }) =>
      `${step} ${phase}` === 'admit end' ? Promise.reject(new Error('killed')) : Promise.resolve()
    await expect(shop.run({ onEvent: die })).rejects.toThrow('killed')
    expect(await admin.shops()).toHaveLength(2)
    await shop.run()
    expect(await admin.shops()).toEqual([await shop.userNow()])
  })

  it('a sweep deletes users that were made for the secret and are of no version, and none of another environment', async () => {
    const shop = await openOne()
    const sweep = async () =>
      sweepOrphans(await shop.kindOf(), { store: shop.store, journal: shop.journal })
    const other = `shop_${'0b'.repeat(6)}_0b0b0b0b`
    await admin.addUser(other, newPassword())
    expect(await sweep()).toEqual([])
    await shop.run()
    const user = await shop.userNow()
    const left = user.replace(/[0-9a-f]{8}$/, '0a0a0a0a')
    await admin.addUser(left, newPassword())
    await admin.allow(left, aclOf('READ TOPIC orders'))
    expect(await sweep()).toEqual([left])
    expect(await admin.shops()).toEqual([user, other].sort())
    expect(await admin.aclsOf(left)).toEqual([])
  })

  it('a user that is not there is named', async () => {
    const shop = await openOne()
    await admin.clean()
    await expect(shop.run()).rejects.toThrow('Kafka has no user shop')
  })

  it('a broker that does not answer stops the rotation where it is, and it goes on afterwards', async () => {
    const shop = await openOne()
    const run = shop.run({
      onEvent: ({ step, phase }) =>
        `${step} ${phase}` === 'stage end' ? kafka.pause() : Promise.resolve(),
    })
    await expect(run).rejects.toMatchObject({
      ...{ code: 'stopped', step: 'admit', reason: 'unreachable' },
    })
    kafka.resume()
    await shop.run()
    expect(await shop.accepts(shop.value)).toBe(false)
  }, 60_000)

  it('a broker that is down is passed over', async () => {
    const shop = await openOne()
    const kind = await shop.kindOf({ brokers: ['127.0.0.1:1', kafka.broker] })
    await rotate(kind, { store: shop.store, journal: shop.journal })
    expect(await shop.accepts(shop.value)).toBe(false)
  })

  it('is rotated over TLS by a rotator that trusts the root of the brokers, and by no other', async () => {
    const shop = await openOne()
    const trusting = async (trust: string) =>
      rotate(await shop.kindOf({ brokers: [kafka.secureBroker], tls: true, trust }), {
        ...{ store: shop.store, journal: shop.journal },
      })
    const other = issue({ commonName: 'other', ca: true }).pem
    await expect(trusting(other)).rejects.toThrow('certificate')
    expect(await admin.shops()).toEqual(['shop'])
    await trusting(root.pem)
    expect(await admin.shops()).toEqual([await shop.userNow()])
  })

  it('a credential goes to no other machine in clear text', async () => {
    const shop = await openOne()
    const clear = shop.kindOf({ brokers: ['kafka.internal:9092'], tls: false })
    await expect(clear).rejects.toThrow('would go to kafka.internal:9092 in clear text')
  })

  it('an administrator without the rights is named with them, and one that is the service itself is refused', async () => {
    const shop = await openOne()
    await admin.addUser('shop-helper', kafka.administrator.password.expose())
    const as = async (user: string) =>
      rotate(await shop.kindOf({ administrator: { user, passwordName: ADMINISTRATOR } }), {
        ...{ store: shop.store, journal: shop.journal },
      })
    const failed = as('shop-helper')
    await expect(failed).rejects.toThrow('give shop-helper ALTER and ALTER_CONFIGS on the cluster')
    await expect(failed).rejects.toMatchObject({ reason: 'forbidden' })
    await expect(as('shop')).rejects.toThrow('name another administrator')
    await expect(as('nobody')).rejects.toThrow('check the password of nobody')
    expect(await admin.shops()).toEqual(['shop', 'shop-helper'])
    // These two rights, and no more.
    await admin.allow(
      'shop-helper',
      aclOf('ALTER CLUSTER kafka-cluster'),
      aclOf('ALTER_CONFIGS CLUSTER kafka-cluster'),
    )
    await as('shop-helper')
    expect(await shop.accepts(shop.value)).toBe(false)
  })
})

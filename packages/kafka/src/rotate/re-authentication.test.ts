import { setTimeout as delay } from 'node:timers/promises'
import { Connection } from '@platformatic/kafka'
import { newPassword } from '@rekey/rotated-service'
import { findForTest, type Kafka, openKafka } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kafkaJs, platformatic, startLoad } from '../../test/kafka-load.support.ts'
import {
  administer,
  connectAs,
  type KafkaAdmin,
  loginOf,
  openShop,
  reportingUse,
} from '../../test/kafka-shop.support.ts'

const { found, path } = await findForTest('kafka')
const REAUTHENTICATION_MS = 4_000

describe.runIf(found)('a broker that ends sessions', () => {
  let kafka: Kafka
  let admin: KafkaAdmin
  beforeAll(async () => {
    const settings = { 'connections.max.reauth.ms': String(REAUTHENTICATION_MS) }
    kafka = await openKafka({ program: path, settings })
    admin = await administer(kafka)
    await admin.createTopic('orders')
  }, 100_000)
  afterAll(async () => {
    await admin.close()
    await kafka.close()
  })

  it('closes a connection that goes on as another user, so that clients must be opened anew', async () => {
    const logins = new Map([
      ['shop-a', newPassword()],
      ['shop-b', newPassword()],
    ])
    for (const [user, password] of logins) await admin.addUser(user, password)
    let username = 'shop-a'
    const connection = new Connection('test', {
      sasl: {
        mechanism: 'SCRAM-SHA-512',
        username: () => username,
        password: () => logins.get(username) ?? '',
      },
    })
    const failed = new Promise<Error>((resolve) => connection.once('error', resolve))
    const [host = '', port = ''] = kafka.broker.split(':')
    await connection.connect(host, Number(port))
    username = 'shop-b'
    connection.reauthenticate()
    expect(String((await failed).cause)).toContain('SASL authentication failed')
    const again = await connectAs(kafka.broker, { username, password: logins.get(username) ?? '' })
    await again.close()
    await admin.clean()
  })

  it('ends the open connection of an old user', async () => {
    const shop = reportingUse(await openShop(kafka, admin))
    const stray = await connectAs(kafka.broker, loginOf(shop.value))
    const ended = new Promise<string>((resolve) => {
      stray.once('close', () => {
        resolve('ended')
      })
    })
    await shop.run()
    const late = delay(REAUTHENTICATION_MS + 2_000, 'open')
    expect(await Promise.race([ended, late])).toBe('ended')
  })

  it.each([
    ['@platformatic/kafka', platformatic],
    ['kafkajs', kafkaJs],
  ])(
    'lets clients of %s go on through a rotation: no order is lost',
    async (_, clients) => {
      const shop = await openShop(kafka, admin)
      const load = await startLoad(clients, shop, kafka)
      await delay(1.5 * REAUTHENTICATION_MS)
      await shop.run()
      await delay(1.5 * REAUTHENTICATION_MS)
      await load.stop()
      await expect.poll(load.missing, { timeout: 15_000 }).toBe(0)
      await load.close()
      expect(load.failures).toEqual([])
      expect(load.confirmed.size).toBeGreaterThan(100)
    },
    60_000,
  )
})

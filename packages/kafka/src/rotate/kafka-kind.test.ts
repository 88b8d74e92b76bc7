import { findForTest, type Kafka, openKafka } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openKafkaJs, openPlatformatic, startLoad } from '../../test/kafka-load.support.ts'
import { administer, type KafkaAdmin, openShop } from '../../test/kafka-shop.support.ts'

const { found, path } = await findForTest('kafka')

describe.runIf(found)('a login of Kafka', () => {
  let kafka: Kafka
  let admin: KafkaAdmin
  beforeAll(async () => {
    kafka = await openKafka({ program: path })
    admin = await administer(kafka)
    await admin.createTopic('orders')
  }, 100_000)
  afterAll(async () => {
    await admin.close()
    await kafka.close()
  })

  it.each([
    ['@platformatic/kafka', openPlatformatic],
    ['kafkajs', openKafkaJs],
  ])('is rotated three times under load by %s: no order is lost, and the old ones are refused', async (_, clients) => {
    const shop = await openShop(kafka, admin)
    const load = await startLoad(clients, shop, kafka)
    const logins = [shop.value]
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await shop.run()
      logins.push(await shop.current())
    }
    await load.stop()
    await expect.poll(load.missing, { timeout: 15_000 }).toBe(0)
    console.log(load.confirmed.size, load.duplicates())
    await load.close()
    expect(load.failures).toEqual([])
    expect(load.confirmed.size).toBeGreaterThan(100)
    const verdicts = await Promise.all(logins.map((login) => shop.accepts(login)))
    expect(verdicts).toEqual([false, false, false, true])
    expect(await shop.admin.shops()).toEqual([await shop.userNow()])
    expect(await shop.userNow()).toMatch(/^shop_[0-9a-f]{12}_[0-9a-f]{8}$/)
  }, 120_000)
})

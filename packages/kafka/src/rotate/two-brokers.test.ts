import { findForTest, type Kafka, openKafka } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  administer,
  connectAs,
  type KafkaAdmin,
  loginOf,
  openShop,
  produceBy,
  reportingUse,
} from '../../test/kafka-shop.support.ts'

const { found, path } = await findForTest('kafka')

describe.runIf(found)('a cluster of two brokers', () => {
  let kafka: Kafka
  let admin: KafkaAdmin
  beforeAll(async () => {
    kafka = await openKafka({ program: path, brokers: 2 })
    admin = await administer(kafka)
    await admin.createTopic('orders')
  }, 100_000)
  afterAll(async () => {
    await admin.close()
    await kafka.close()
  })

  it('refuses the old login and its open connections at both after a rotation', async () => {
    const shop = reportingUse(await openShop(kafka, admin))
    const brokers = [kafka.broker, kafka.second?.broker ?? '']
    const strays = await Promise.all(
      brokers.map((broker) => connectAs(broker, loginOf(shop.value))),
    )
    await shop.run()
    for (const stray of strays) {
      expect(await produceBy(stray, 'orders')).toBe('TOPIC_AUTHORIZATION_FAILED')
      await stray.close()
    }
    for (const broker of brokers) {
      await (await connectAs(broker, loginOf(await shop.current()))).close()
      await expect(connectAs(broker, loginOf(shop.value))).rejects.toThrow('failed')
    }
  })

  it('has refused an old login once both have: one that does not answer stops the rotation', async () => {
    const shop = reportingUse(await openShop(kafka, admin))
    const run = shop.run({
      async onEvent({ step, phase }) {
        if (`${step} ${phase}` === 'confirm end') await kafka.second?.pause()
      },
    })
    await expect(run).rejects.toMatchObject({
      ...{ code: 'stopped', step: 'revoke', reason: 'unreachable' },
    })
    await expect(run).rejects.toThrow(kafka.second?.broker)
    kafka.second?.resume()
    await shop.run()
    expect(await admin.shops()).toEqual([await shop.userNow()])
  }, 60_000)
})

import { connect, createServer, type AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { newPassword } from '@rekey/rotated-service'
import { findForTest, type Kafka, openKafka } from '@rekey/testbed'
import { Kafka as KafkaJs, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  administer,
  connectAs,
  openShop,
  reportingUse,
  type KafkaAdmin,
} from '../../test/kafka-shop.support.ts'
import { isLoginRefusal } from '../login-refusal.ts'

const { found, path } = await findForTest('kafka')

/** Logs in with a password that is wrong. */
const logins = {
  '@platformatic/kafka': (broker: string) =>
    connectAs(broker, { username: 'root', password: newPassword() }),
  async kafkajs(broker: string) {
    const sasl = { mechanism: 'scram-sha-512', username: 'root', password: newPassword() } as const
    const producer = new KafkaJs({
      ...{ brokers: [broker], sasl, logLevel: logLevel.NOTHING, retry: { retries: 0 } },
    }).producer()
    await producer.connect()
  },
}

describe.runIf(found)('a login at a broker', () => {
  let kafka: Kafka
  let admin: KafkaAdmin
  beforeAll(async () => {
    kafka = await openKafka({ program: path, settings: { 'authorizer.class.name': '' } })
    admin = await administer(kafka)
  }, 100_000)
  afterAll(async () => {
    await admin.close()
    await kafka.close()
  })

  it.each([
    // How many answers there are before that to the first message of SCRAM.
    ['@platformatic/kafka', 1],
    ['kafkajs', 2],
  ] as const)(
    'is refused by its password, and not where the connection of %s is cut',
    async (name, answers) => {
      const refused = await failureOf(logins[name](kafka.broker))
      expect(isLoginRefusal(refused)).toBe(true)
      const cut = await failureOf(logins[name](await openCut(kafka.broker, answers)))
      expect(cut).toBeInstanceOf(Error)
      expect(isLoginRefusal(cut)).toBe(false)
    },
  )

  it('is not refused where the broker does not have its mechanism', async () => {
    const login = { mechanism: 'PLAIN', username: 'root', password: newPassword() } as const
    const failure = await failureOf(connectAs(kafka.broker, login))
    expect(inspect(failure, { depth: 9 })).toContain('PLT_KFK_AUTHENTICATION')
    expect(isLoginRefusal(failure)).toBe(false)
  })

  it('of a cluster without ACLs is not rotated, since open connections of the old user would go on', async () => {
    const shop = reportingUse(await openShop(kafka, admin, { rights: [] }))
    const run = shop.run()
    await expect(run).rejects.toMatchObject({ code: 'rolled-back', step: 'generate' })
    await expect(run).rejects.toThrow('has no ACLs')
    expect(await admin.shops()).toEqual(['shop'])
  })
})

function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** The `HOST:PORT` of a front of a broker that lets some answers through, and cuts the connection at the next. */
async function openCut(broker: string, answers: number): Promise<string> {
  const [host = '', port = ''] = broker.split(':')
  const server = createServer((socket) => {
    const upstream = connect(Number(port), host)
    let seen = 0
    upstream.on('data', (answer: Buffer) => {
      seen += 1
      if (seen > answers) socket.destroy()
      else socket.write(answer)
    })
    socket.on('data', (request) => upstream.write(request))
    socket.on('error', () => undefined)
    socket.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

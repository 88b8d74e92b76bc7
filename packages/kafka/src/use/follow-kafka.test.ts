import { Secret } from '@rekey/secret'
import { createLiveSecret } from '@rekey/secret/internal'
import { newPassword } from '@rekey/rotated-service'
import { expect, it, onTestFinished } from 'vitest'
import { followKafka, type KafkaLogin } from '../index.ts'

// The clients here have no broker: what is tested is when they are opened, used and closed.

const NAME = 'KAFKA_SHOP'

function stagedOf(version: string) {
  const value = Secret.of(`shop_${version}:${newPassword()}`, NAME)
  const current = { name: NAME, version, stage: 'current', value, sensitive: [] } as const
  return { name: NAME, revision: version, current }
}

const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 10))

class LoginRefused extends Error {
  readonly apiId = 'SASL_AUTHENTICATION_FAILED'
}

async function openFollowed({ closeFirst = false } = {}) {
  const secret = createLiveSecret(stagedOf('1'))
  const seen: string[] = []
  const lost: (() => void)[] = []
  const kafka = await followKafka(secret, {
    open({ username }: KafkaLogin, lose) {
      seen.push(`open ${username}`)
      lost.push(lose)
      return Promise.resolve(username)
    },
    async close(client) {
      seen.push(`close ${client}`)
      await settle()
      seen.push(`closed ${client}`)
    },
    closeFirst,
  })
  onTestFinished(() => kafka.close())
  const held = () => secret.usage.report().holding['kafka']
  return { secret, kafka, seen, held, lose: () => lost.at(-1)?.() }
}

it('a client is closed once its work is done, and held until then', async () => {
  const { secret, kafka, seen, held } = await openFollowed()
  let finish: () => void = () => undefined
  const work = kafka.use(() => new Promise<void>((resolve) => (finish = resolve)))
  secret.update(stagedOf('2'))
  await settle()
  expect(seen).toEqual(['open shop_1', 'open shop_2'])
  expect(held()).toEqual(['2', '1'])
  expect(await kafka.use((client) => Promise.resolve(client))).toBe('shop_2')
  finish()
  await work
  await expect.poll(held).toEqual(['2'])
  expect(seen.slice(2)).toEqual(['close shop_1', 'closed shop_1'])
})

it('a consumer is closed before the next one is opened, and not used meanwhile', async () => {
  const { secret, kafka, seen, held } = await openFollowed({ closeFirst: true })
  secret.update(stagedOf('2'))
  await Promise.resolve()
  await expect.poll(() => seen, { interval: 1 }).toContain('close shop_1')
  await expect(kafka.use(() => Promise.resolve())).rejects.toMatchObject({ code: 'unreachable' })
  await expect.poll(held).toEqual(['2'])
  expect(seen).toEqual(['open shop_1', 'close shop_1', 'closed shop_1', 'open shop_2'])
})

it('a client that is lost is closed, and opened anew with the same login', async () => {
  const { seen, lose, kafka } = await openFollowed()
  lose()
  lose()
  await expect.poll(() => seen).toHaveLength(4)
  expect(seen).toEqual(['open shop_1', 'close shop_1', 'closed shop_1', 'open shop_1'])
  expect(await kafka.use((client) => Promise.resolve(client))).toBe('shop_1')
})

it('a client whose login is refused is opened anew; work that fails for another reason is not its end', async () => {
  const { seen, kafka } = await openFollowed()
  const fail = (error: Error) => kafka.use(() => Promise.reject(error))
  await expect(fail(new Error('no leader'))).rejects.toThrow('no leader')
  await settle()
  expect(seen).toEqual(['open shop_1'])
  const cause = new LoginRefused('refused')
  const buried = new AggregateError([new Error('Connection failed', { cause })])
  await expect(fail(buried)).rejects.toBe(buried)
  await expect.poll(() => seen).toHaveLength(4)
  expect(seen.at(-1)).toBe('open shop_1')
})

it('the end waits for all work', async () => {
  const { seen, kafka } = await openFollowed()
  const work = kafka.use(async () => {
    await settle()
    seen.push('worked')
  })
  await kafka.close()
  await work
  expect(seen).toEqual(['open shop_1', 'worked', 'close shop_1', 'closed shop_1'])
})

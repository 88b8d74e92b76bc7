import { setTimeout as delay } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { findForTest, openRabbitMq } from './index.ts'

const { found, path } = await findForTest('rabbitmq-server')

it.runIf(found)('starts a RabbitMQ that answers its administrator, and ends it', async () => {
  const server = await openRabbitMq(path)
  onTestFinished(() => server.close())
  expect(await server.ask('GET', '/whoami')).toMatchObject({ name: server.user })
  await expect(server.ask('GET', '/users/unknown')).rejects.toThrow('RabbitMQ answered 404')
  await server.close()
  await delay(100)
  await expect(server.ask('GET', '/whoami')).rejects.toThrow('fetch failed')
})

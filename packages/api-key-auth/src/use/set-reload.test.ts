import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createKeyring, apiKeyAuth } from '../index.ts'
import { newKey, receiverWith, verifiersOf } from '../../test/live-keys.support.ts'

const REQUESTS = 10_000
const AT_ONCE = 50
const REQUESTS_A_RELOAD = 20

it('R28 10,000 requests while the set is reloaded: every one is let in by what stood in it', async () => {
  const [old, fresh] = [newKey(), newKey()]
  const live = receiverWith({ current: old })
  const keyring = createKeyring({ frontend: live })
  const server = createServer(
    apiKeyAuth({ keyring })((_, response, { stage }) => response.end(stage)),
  )
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  onTestFinished(() => {
    agent.destroy()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo

  // The old key is in every one of these sets, each time in another stage.
  const sets = [
    { current: old, pending: fresh },
    { current: fresh, previous: old },
    { current: old },
  ]
  let sent = 0
  const answers = new Map<string, number>()
  const headers = { authorization: `Bearer ${old}` }
  const worker = async () => {
    while (sent < REQUESTS) {
      const set = sets[(sent / REQUESTS_A_RELOAD) % sets.length]
      if (set !== undefined) live.update(verifiersOf(set))
      sent += 1
      const outgoing = request({ host: '127.0.0.1', port, agent, headers }).end()
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
      const answer = `${response.statusCode ?? 0} ${(await response.toArray()).join('')}`
      answers.set(answer, (answers.get(answer) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))

  expect([...answers.keys()].sort()).toEqual(['200 current', '200 previous'])
  const counted = live.usage.report()
  expect(counted.versions).toMatchObject([{ uses: REQUESTS }])
  expect(counted.failures).toBe(0)
})

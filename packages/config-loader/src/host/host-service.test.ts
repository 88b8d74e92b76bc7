import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createHttpsServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createMemoryStore } from '../store/memory-store.ts'
import { issue, issueServer } from '@rekey/testbed/certificates'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineService, listenerSettings, type LoadOptions, loadService } from '../index.ts'
import type { InternalTls } from '../internal.ts'
import { hostService } from './index.ts'

const definition = defineService({
  name: 'app',
  settings: z.object(listenerSettings),
  secrets: {},
})
const load = (options: Pick<LoadOptions, 'env'>) =>
  loadService(definition, { ...options, source: createMemoryStore({}) })
const redactor = () => ({ redact: (text: string) => text })

function createProcess(env: Record<string, string>) {
  const lines: string[] = []
  const signals = new EventEmitter()
  const exited = once(signals, 'exited')
  const exit = (code: number) => signals.emit('exited', code)
  const stderr = { write: (text: string) => lines.push(text) }
  const parts = { exit, stderr, env: { REKEY_ENVIRONMENT: 'test', ...env } }
  const process = Object.assign(signals, parts) as unknown as NodeJS.Process
  return { process, lines, exited, kill: () => signals.emit('SIGTERM') }
}

test('opens the listener after the start, and on SIGTERM closes it before what the start has opened', async () => {
  const { process, exited, kill } = createProcess({ PORT: '0', HEALTH_PORT: '0' })
  const order: string[] = []
  const server = createServer((_request, response) => response.end('answered'))
  await hostService(process, {
    ...{ load, redactor },
    start({ own }) {
      own.defer(() => Promise.resolve(void order.push('pool closed')), 'pool')
      order.push(`listening: ${server.listening}`)
      return Promise.resolve({
        listener: {
          server,
          listen: ({ port, host }) => once(server.listen(port, host), 'listening'),
          close: () => {
            order.push('listener closed')
            return once(server.close(), 'close')
          },
        },
      })
    },
  })
  const { port } = server.address() as AddressInfo
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('answered')
  kill()
  expect(await exited).toEqual([0])
  expect(order).toEqual(['listening: false', 'listener closed', 'pool closed'])
})

test('opens and closes a server of node:http as it is', async () => {
  const { process, exited, kill } = createProcess({ PORT: '0', HEALTH_PORT: '0' })
  const server = createServer((_request, response) => response.end('answered'))
  await hostService(process, { load, redactor, start: () => Promise.resolve({ listener: server }) })
  const { port } = server.address() as AddressInfo
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('answered')
  kill()
  expect(await exited).toEqual([0])
  expect(server.listening).toBe(false)
})

test('serves health over TLS where the service has an identity for it, and lets refused clients probe alone', async () => {
  const { process, exited, kill } = createProcess({ PORT: '0', HEALTH_PORT: '0' })
  let health: Pick<Server, 'address'> | undefined
  const identity = issueServer(issue({ ca: true }))
  const refusal = { status: 403, body: '{"code":"certificate-name"}' }
  const healthTls: InternalTls = {
    follow: (server) => {
      health = server
      server.setSecureContext(identity)
    },
    refusalFor: () => refusal,
  }
  const started = { listener: createServer(), healthTls }
  await hostService(process, { load, redactor, start: () => Promise.resolve(started) })
  const { port } = health?.address() as AddressInfo
  const statusOf = async (path: string) => {
    const asked = get({ host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false })
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.resume()
    return answer.statusCode
  }
  expect(await statusOf('/health/live')).toBe(200)
  expect(await statusOf('/health/secrets')).toBe(403)
  expect(await statusOf('/metrics')).toBe(403)
  kill()
  expect(await exited).toEqual([0])
})

test('ends with 1 if the port of a server of node:https is taken', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const { process, exited, lines } = createProcess({ PORT: `${port}`, HEALTH_PORT: '0' })
  await hostService(process, {
    ...{ load, redactor },
    start: () => Promise.resolve({ listener: createHttpsServer() }),
  })
  expect(await exited).toEqual([1])
  expect(lines.join('')).toContain('the port is taken')
  taken.close()
})

test('does not start a service whose settings are wrong, and names each of them', async () => {
  const { process, exited, lines } = createProcess({ PORT: 'none' })
  const start = () => Promise.reject(new Error('not reached'))
  await hostService(process, { load, redactor, start })
  expect(await exited).toEqual([1])
  expect(lines.join('')).toMatch(/HEALTH_PORT: missing[^]* PORT: malformed/)
})

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { createMemoryStore } from './store/memory-store.ts'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { closeListener, LISTENER_LIMITS } from './host/index.ts'
import { defineService, listenerSettings, loadService, openHealthListener } from './index.ts'

const HALF_HEADERS = 'GET /x HTTP/1.1\r\nHost: localhost\r\n'
const HALF_BODY = 'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nsome'
const WHOLE = 'GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n'

async function openSocket(port: number, first: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.on('error', () => undefined)
  socket.write(first)
  return socket
}

/** A listener that reads every body, and answers after that. */
async function openServer(): Promise<{ server: Server; port: number }> {
  const server = createServer(LISTENER_LIMITS, (request, response) => {
    request.resume().on('end', () => response.end('whole'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { server, port: (server.address() as AddressInfo).port }
}

/** Sends a byte each 200 ms, as a slow attacker does, until the other side ends it. */
async function drip(socket: Socket, bytes: string): Promise<string> {
  const timer = setInterval(() => socket.write(bytes), 200)
  try {
    return await text(socket)
  } catch {
    return 'cut'
  } finally {
    clearInterval(timer)
  }
}

async function openHealth(): Promise<number> {
  const definition = defineService({ name: 'app', settings: z.object({}), secrets: {} })
  const options = { env: { REKEY_ENVIRONMENT: 'test' }, source: createMemoryStore({}) }
  const service = await loadService(definition, options)
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    await health.close()
    await service.close()
  })
  return health.port
}

it('a client that sends headers or a body byte by byte is ended, on both listeners', async () => {
  const ports = [(await openServer()).port, await openHealth()]
  const slow = ports.flatMap((port) => [
    openSocket(port, HALF_HEADERS).then((socket) => drip(socket, 'X: y\r\n')),
    openSocket(port, HALF_BODY).then((socket) => drip(socket, 'x')),
  ])
  const answers = await Promise.all(slow)
  expect(answers).toHaveLength(4)
  for (const answer of answers.slice(0, 3)) expect(answer).toMatch(/^HTTP\/1.1 408|^cut/)
}, 30_000)

it('closing ends every connection: silent, idle, in the middle of headers or of a body', async () => {
  const { server, port } = await openServer()
  const answered = await openSocket(port, WHOLE)
  const sockets = [
    answered,
    await openSocket(port, ''),
    await openSocket(port, HALF_HEADERS),
    await openSocket(port, HALF_BODY),
  ]
  await once(answered, 'data')
  const ended = Promise.all(sockets.map((socket) => text(socket).catch(() => 'cut')))
  const from = performance.now()
  await closeListener(server, { graceMs: 500 })
  await ended
  expect(performance.now() - from).toBeLessThan(5_000)
  expect(server.listening).toBe(false)
})

it('closing answers a request that ends within the grace', async () => {
  const { server, port } = await openServer()
  const arrived = once(server, 'request')
  const socket = await openSocket(port, HALF_BODY)
  await arrived
  const answered = text(socket)
  const closing = closeListener(server, { graceMs: 20_000 })
  socket.write('x'.repeat(996))
  expect(await answered).toMatch(/^HTTP\/1.1 200 OK[^]*whole/)
  await closing
})

it('both listeners of a service are on loopback unless they are opened', () => {
  const settings = z.object(listenerSettings)
  const ports = { PORT: '1', HEALTH_PORT: '2' }
  expect(settings.parse(ports)).toMatchObject({ HOST: '127.0.0.1', HEALTH_HOST: '127.0.0.1' })
  const opened = { HOST: '0.0.0.0', HEALTH_HOST: '::', HEALTH_HOSTS: 'A.svc, b.svc' }
  expect(settings.parse({ ...ports, ...opened })).toMatchObject({
    ...opened,
    HEALTH_HOSTS: ['a.svc', 'b.svc'],
  })
})

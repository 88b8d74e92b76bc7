import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import tls from 'node:tls'
import { defineService, loadService } from '@rekey/config-loader'
import { createMemoryStore } from '@rekey/config-loader/store'
import Fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { issue, issueChain, keyPem } from '../../test/certificates.support.ts'
import {
  followTls,
  type TlsEvent,
  tlsIdentity,
  type TlsFollowerOptions,
  type TlsServer,
} from '../index.ts'

const NAME = 'TLS_APP'
const definition = defineService({
  name: 'app',
  settings: z.object({}),
  secrets: { tls: tlsIdentity() },
})
const authority = issueChain()
const env = { REKEY_ENVIRONMENT: 'test' }

/** The text of a new identity of the same CA. */
function newIdentity(key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey): string {
  const leaf = issue({ issuer: authority.issuer, key })
  return keyPem(key) + leaf.pem + authority.issuer.pem
}

async function setUp() {
  const store = createMemoryStore({ [NAME]: newIdentity() })
  const service = await loadService(definition, { env, source: store, policy: { ttlMs: 20 } })
  onTestFinished(() => service.close())
  const live = service.secrets.tls
  const events: TlsEvent[] = []
  const follow = (server: TlsServer, options: TlsFollowerOptions = {}) =>
    followTls(server, live, { ...options, onEvent: (event) => void events.push(event) })
  const rotate = async (text = newIdentity()) => {
    const { value } = (await store.read(NAME)).current
    const staged = await store.stage(
      NAME,
      value.map(() => text),
      (await store.read(NAME)).revision,
    )
    const promoted = await store.promote(NAME, staged.revision)
    await store.revoke(NAME, promoted.revision)
    return promoted.current.version
  }
  return { store, service, live, events, follow, rotate }
}

async function listen(server: tls.Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

/** A server that gives back what it gets. */
function echoServer(options: tls.TlsOptions = {}): tls.Server {
  return tls.createServer(options, (socket) => {
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
}

async function connect(port: number, options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
  const trust = { ca: authority.root.pem, servername: 'localhost' }
  const socket = tls.connect({ port, host: '127.0.0.1', ...trust, ...options })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

async function echo(socket: tls.TLSSocket): Promise<void> {
  const text = randomBytes(8).toString('hex')
  socket.write(text)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(answer.toString()).toBe(text)
}

/** What a new handshake shows. */
async function shownAt(port: number): Promise<string> {
  const socket = await connect(port)
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256.replaceAll(':', '').toLowerCase()
}

const SERVERS: Record<string, () => tls.Server> = {
  'node:tls': () => echoServer(),
  'node:https': () => createHttpsServer(),
  'node:http2': () => createSecureServer(),
  Fastify: () => Fastify({ https: {} }).server,
}

it.each(Object.entries(SERVERS))(
  'shows each new version at a server of %s',
  async (_name, create) => {
    const { live, events, follow, rotate } = await setUp()
    const server = create()
    const follower = follow(server)
    const port = await listen(server)
    for (let round = 0; round < 5; round += 1) {
      const version = await rotate()
      await expect.poll(() => follower.serving).toBe(version)
      expect(await shownAt(port)).toBe(live.current.id)
    }
    expect(events.filter(({ type }) => type === 'switched')).toHaveLength(6)
  },
)

it('does not touch connections that are open, and tells when the last of a version is closed', async () => {
  const { live, events, follow, rotate } = await setUp()
  const server = echoServer()
  const follower = follow(server)
  const port = await listen(server)
  const first = follower.serving
  const old = await connect(port)
  await echo(old)
  for (let round = 0; round < 10; round += 1) {
    const version = await rotate()
    await expect.poll(() => follower.serving).toBe(version)
    await echo(old)
  }
  const { serving } = follower
  expect(live.usage.report().holding).toEqual({ tls: [serving], 'tls connections': [first] })
  old.end()
  await expect.poll(() => events).toContainEqual({ type: 'drained', version: first })
  expect(live.usage.report().holding).toEqual({ tls: [serving], 'tls connections': [] })
})

it.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'does not resume a session of an old version over %s, even with ticket keys that are shared',
  async (maxVersion) => {
    const { follow, rotate, live } = await setUp()
    const server = echoServer()
    const ticketKeys = randomBytes(48)
    const follower = follow(server, { context: { ticketKeys } })
    const port = await listen(server)
    const session = await sessionAt(port, maxVersion)
    const resumed = await connect(port, { session, maxVersion })
    expect(resumed.isSessionReused()).toBe(true)
    const version = await rotate()
    await expect.poll(() => follower.serving).toBe(version)
    const next = await connect(port, { session, maxVersion })
    expect(next.isSessionReused()).toBe(false)
    expect(next.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase()).toBe(
      live.current.id,
    )
  },
)

it('keeps the old version where its own options allow no context of the new one', async () => {
  const { follow, rotate, live, events, service } = await setUp()
  const server = echoServer()
  const follower = follow(server, { context: { ciphers: 'DEFAULT@SECLEVEL=3' } })
  const port = await listen(server)
  const before = { serving: follower.serving, id: live.current.id }
  const refused = await rotate(
    newIdentity(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
  )
  await expect.poll(() => service.health().secrets[0]?.problem).toBe('refused')
  expect(events).toContainEqual(expect.objectContaining({ type: 'refused', version: refused }))
  expect(await shownAt(port)).toBe(before.id)
  expect({ serving: follower.serving, id: live.current.id }).toEqual(before)
  const next = await rotate()
  await expect.poll(() => follower.serving).toBe(next)
  expect(await shownAt(port)).toBe(live.current.id)
})

it('does not begin with options that allow no context', async () => {
  const { store, rotate } = await setUp()
  await rotate(newIdentity(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey))
  const service = await loadService(definition, { env, source: store })
  await service.close()
  const server = echoServer()
  const context = { ciphers: 'DEFAULT@SECLEVEL=3' }
  expect(() => followTls(server, service.secrets.tls, { context })).toThrow(
    expect.objectContaining({ code: 'refused', details: { reason: 'context' } }),
  )
})

it('asks for client certificates as before', async () => {
  const { follow, rotate } = await setUp()
  const server = echoServer({ requestCert: true, rejectUnauthorized: true })
  const follower = follow(server, { context: { ca: authority.root.pem } })
  const port = await listen(server)
  const version = await rotate()
  await expect.poll(() => follower.serving).toBe(version)
  const client = issue({ issuer: authority.issuer, purpose: 'client' })
  const chain = client.pem + authority.issuer.pem
  await echo(await connect(port, { key: keyPem(client.key), cert: chain }))
  const anonymous = await connect(port)
  const [error] = (await once(anonymous, 'error')) as [Error]
  expect(error).toMatchObject({
    code: expect.stringMatching(/CERTIFICATE_REQUIRED|ECONNRESET/) as string,
  })
})

it('speaks no protocol older than TLS 1.2', async () => {
  const { follow } = await setUp()
  const server = echoServer()
  follow(server)
  const port = await listen(server)
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  await expect(connect(port, old)).rejects.toMatchObject({
    code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  })
})

it('stops following with its server', async () => {
  const { follow, rotate, live } = await setUp()
  const server = echoServer()
  const follower = follow(server)
  await listen(server)
  const { serving } = follower
  server.close()
  await once(server, 'close')
  const version = await rotate()
  await expect.poll(() => live.current.version).toBe(version)
  expect(follower.serving).toBe(serving)
})

async function sessionAt(port: number, maxVersion: tls.SecureVersion): Promise<Buffer> {
  const socket = await connect(port, { maxVersion })
  const ticket = once(socket, 'session') as Promise<[Buffer]>
  await echo(socket)
  const session = socket.getSession()
  if (maxVersion === 'TLSv1.2' && session !== undefined) return session
  return (await ticket)[0]
}

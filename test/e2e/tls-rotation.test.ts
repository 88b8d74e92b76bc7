// @lane servers
import { X509Certificate } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { followTls, tlsIdentity } from '@rekey/tls-identity'
import { parseCertificates } from '@rekey/tls-identity/internal'
import { rotate } from '@rekey/rekey/engine'
import { type Replica, STEPS } from '@rekey/secret/internal/kind'
import { openRotator } from '@rekey/rekey'
import type { Rotator } from '@rekey/rekey/internal/rotator'
import { openStack, readRecorded, type Stack } from '@rekey/stack'
import { runCompiled } from '@rekey/testbed'
import Fastify from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { endLease, LEASE_MS } from './end-lease.ts'
import { familyWith, TITLE } from './tls-fixture.ts'

const NAME = 'TLS_FRONTEND'
const KILLED_ROTATOR = fileURLToPath(new URL('./rotate-tls-and-die.ts', import.meta.url))

let stack: Stack
let rotator: Rotator
let tlsRotator: Rotator
let load: ReturnType<typeof startLoad>
const replicas: Replica[] = []
const kept: TLSSocket[] = []
const closers: (() => Promise<void>)[] = []
/** Every identity that was ever current. */
const texts = new Set<string>()

beforeAll(async () => {
  stack = await openStack({ validationMs: 200 })
  rotator = await openRotator({ ...stack.family, validationMs: 200 })
  for (let count = 0; count < 2; count += 1) replicas.push(await openReplica())
  tlsRotator = await openRotator(familyWith(stack.family, replicas))
  // The first identity was issued before signing ran.
  await rotate(tlsKind(), tlsRotator)
  for (const replica of replicas) kept.push(await dial(replica))
  load = startLoad()
}, 120_000)
afterAll(async () => {
  for (const socket of kept) socket.destroy()
  for (const close of closers) await close()
  await tlsRotator.close()
  await rotator.close()
  await stack.close()
})

/** A server of frontend that serves TLS, on Fastify, reading the store of the stack. */
async function openReplica(): Promise<Replica> {
  const secrets = { tls: tlsIdentity() }
  const definition = defineService({ name: 'frontend', settings: z.object({}), secrets })
  const env = { REKEY_ENVIRONMENT: 'development', REKEY_SECRETS: stack.family.store.locator }
  const service = await loadService(definition, { env })
  // Sockets that are kept send nothing until the end, which a server answers with 408 after a minute.
  const app = Fastify({ https: { headersTimeout: 0 }, keepAliveTimeout: 0 })
  app.get('/', () => ({ ok: true }))
  followTls(app.server, service.secrets.tls)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const health = await openHealthListener(service, { port: 0 })
  closers.push(async () => {
    app.server.closeAllConnections()
    await app.close()
    await health.close()
    await service.close()
  })
  const { port } = app.server.address() as AddressInfo
  const healthUrl = `http://127.0.0.1:${health.port}`
  return { service: 'frontend', url: `https://127.0.0.1:${port}`, healthUrl }
}

async function dial({ url }: Replica): Promise<TLSSocket> {
  const trust = { ca: stack.trust, servername: 'frontend' }
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), ...trust })
  await once(socket, 'secureConnect')
  return socket
}

async function shownBy(replica: Replica): Promise<string> {
  const socket = await dial(replica)
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

function startLoad() {
  const agent = new Agent({ keepAlive: true, maxSockets: 2, ca: stack.trust })
  const stop = new AbortController()
  const counts = { requests: 0, failures: 0 }
  const ports = new Set<number | undefined>()
  const call = (url: string) =>
    new Promise<boolean>((resolve) => {
      const sent = request(url, { agent }, (response) => {
        ports.add(sent.socket?.localPort)
        response.resume().on('end', () => {
          resolve(response.statusCode === 200)
        })
      })
      sent.on('error', () => {
        resolve(false)
      })
      sent.end()
    })
  const loops = replicas.map(async ({ url }) => {
    while (!stop.signal.aborted) {
      if (!(await call(url))) counts.failures += 1
      counts.requests += 1
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  })
  return {
    async stop() {
      stop.abort()
      await Promise.all(loops)
      agent.destroy()
      return { ...counts, connections: ports.size }
    },
  }
}

async function current(): Promise<X509Certificate> {
  const text = (await stack.store.read(NAME)).current.value.expose()
  texts.add(text)
  const [leaf] = parseCertificates(text)
  return leaf ?? new X509Certificate('')
}

async function expectServed(): Promise<void> {
  const { fingerprint256 } = await current()
  for (const replica of replicas) expect(await shownBy(replica)).toBe(fingerprint256)
}

async function dieAt(point: string): Promise<NodeJS.Signals | null> {
  const place = [stack.directory, String(LEASE_MS), JSON.stringify(replicas)]
  const args = [...runCompiled(KILLED_ROTATOR), point, ...place]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return signal
}

function tlsKind() {
  const kind = tlsRotator.kinds.get(TITLE)
  if (kind === undefined) throw new Error(`the family has no ${TITLE}`)
  return kind
}

/** Runs the rotation again once the lease of the dead rotator is over. */
async function resume(): Promise<void> {
  await endLease(stack, NAME)
  await rotate(tlsKind(), tlsRotator)
}

it('gets a certificate from signing for the names of frontend, and every replica serves it', async () => {
  const leaf = await current()
  expect(leaf.subject).toBe('CN=frontend')
  expect(leaf.subjectAltName).toBe('DNS:frontend, DNS:localhost, IP Address:127.0.0.1')
  await expectServed()
})

it('goes on with the key of frontend after that was rotated', async () => {
  const kind = rotator.kinds.get('api-key frontend:signing')
  if (kind === undefined) throw new Error('no such kind')
  await rotate(kind, rotator)
  const before = (await current()).fingerprint256
  await rotate(tlsKind(), tlsRotator)
  expect((await current()).fingerprint256).not.toBe(before)
  await expectServed()
})

it.each(STEPS.flatMap((step) => [`${step} begin`, `${step} end`]))(
  'converges after kill -9 at %s',
  async (point) => {
    const before = (await current()).fingerprint256
    expect(await dieAt(point)).toBe('SIGKILL')
    await resume()
    const { pending, previous } = await stack.store.read(NAME)
    expect([pending, previous]).toEqual([undefined, undefined])
    expect((await current()).fingerprint256).not.toBe(before)
    await expectServed()
  },
  60_000,
)

it('failed no request and dropped no connection in all that', async () => {
  const answers = kept.map(async (socket) => {
    socket.write('GET / HTTP/1.1\r\nHost: frontend\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString().slice(0, 15)
  })
  expect(await Promise.all(answers)).toEqual(kept.map(() => 'HTTP/1.1 200 OK'))
  const { failures, requests, connections } = await load.stop()
  expect({ failures, connections }).toEqual({ failures: 0, connections: replicas.length })
  expect(requests).toBeGreaterThan(100)
})

it('has every certificate on record', async () => {
  const recorded = await readRecorded(stack)
  const served = [...texts].map((text) => parseCertificates(text)[0]?.fingerprint256 ?? '')
  expect(served.length).toBeGreaterThan(STEPS.length)
  for (const one of served) expect(recorded).toContain(one.replaceAll(':', '').toLowerCase())
})

it('R30 no line of a private key is in a log, the audit trail or the journal', async () => {
  const lines = [...texts].flatMap(
    (text) => /-----BEGIN PRIVATE KEY-----\n([^-]+)/.exec(text)?.[1]?.trim().split('\n') ?? [],
  )
  expect(lines.length).toBeGreaterThan(2 * STEPS.length)
  const written = [JSON.stringify(await rotator.journal.entries())]
  for (const directory of [stack.logDirectory, stack.family.auditDirectory]) {
    for (const file of await readdir(directory)) {
      written.push(await readFile(join(directory, file), 'utf8'))
    }
  }
  expect(written.join('\n')).toContain(NAME)
  for (const line of lines) expect(written.join('\n').includes(line)).toBe(false)
})

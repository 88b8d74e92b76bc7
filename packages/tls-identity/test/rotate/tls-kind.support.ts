import { once } from 'node:events'
import { cp, mkdtemp, realpath, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { type CaKeystore, createCa, openCaKeystore } from '@rekey/ca-keystore'
import { generatePassphrase, createSigningRequest } from '@rekey/ca-keystore/internal'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createFleet, createMemoryJournal } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { type Clock, type LiveSecret, type SecretSource, systemClock } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { Replica } from '@rekey/secret/internal/kind'
import { recallScrypt } from '@rekey/testbed/recall-scrypt'
import { afterAll, onTestFinished } from 'vitest'
import { z } from 'zod'
import { followTls, tlsIdentity, type TlsIdentity } from '../../src/index.ts'
import type { TlsFollower } from '../../src/internal.ts'
import { type CertificateSigner, tlsKind, type TlsKindOptions } from '../../src/rotate/index.ts'

export const NAME = 'TLS_ALPHA'
export const HOURS = 60 * 60 * 1_000

recallScrypt()

/** A CA whose certificates can be of any time of the last month. */
export interface TestCa {
  readonly trust: string
  readonly keystore: CaKeystore
  /** Issues as the signing service would, `agoMs` ago and for `validityMs`. */
  signer(order?: {
    agoMs?: number
    validityMs?: number
    profile?: 'client' | 'server'
  }): CertificateSigner
}

/** Opens a root and an issuing CA, until the tests of the file are over. */
export async function openTestCa(): Promise<TestCa> {
  const directory = await mkdtemp(join(await realpath(tmpdir()), 'tls-ca-'))
  const passphrase = generatePassphrase()
  const create = (name: string, parent?: CaKeystore) =>
    createCa({
      directory: join(directory, name),
      passphrase,
      commonName: `Unit Development ${name}`,
      clock: clockAgo(30 * 24 * HOURS),
      ...(parent && { parent }),
    })
  const root = await create('Root')
  await (await create('CA', root)).close()
  // A CA issues nothing before its last certificate, so each time has a copy of its own.
  const copies = new Map<number, Promise<CaKeystore>>()
  const open = async (agoMs: number) => {
    const copy = join(directory, `CA at ${agoMs}`)
    await cp(join(directory, 'CA'), copy, { recursive: true })
    const held = { value: passphrase, origin: { kind: 'memory' } } as const
    return openCaKeystore({ directory: copy, passphrase: held, clock: clockAgo(agoMs) })
  }
  const caAt = (agoMs: number) => {
    const opened = copies.get(agoMs) ?? open(agoMs)
    copies.set(agoMs, opened)
    return opened
  }
  afterAll(async () => {
    for (const opened of copies.values()) await (await opened).close()
    await rm(directory, { recursive: true })
  })
  return {
    trust: root.certificate,
    keystore: await caAt(0),
    signer:
      ({ agoMs = 0, validityMs = 24 * HOURS, profile = 'server' } = {}) =>
      async (csr, names) => {
        const keystore = await caAt(agoMs)
        const subjectAltNames = names.map((value) => ({ kind: kindOf(value), value }))
        const subject = { commonName: 'alpha' }
        const order = { csr, profile, subject, subjectAltNames, validityMs }
        const { certificate } = await keystore.issueCertificate(order)
        return { certificate, chain: keystore.chain }
      },
  }
}

function clockAgo(agoMs: number): Clock {
  return { ...systemClock, now: () => Date.now() - agoMs }
}

function kindOf(name: string): 'ip' | 'dns' {
  return /^[\d.]+$/.test(name) ? 'ip' : 'dns'
}

/** The text of an identity as `tlsKind` would make it. */
export async function issueText(
  signer: CertificateSigner,
  names: readonly string[] = ['alpha'],
): Promise<string> {
  const { privateKey, csr } = createSigningRequest({ commonName: 'alpha' })
  const { certificate, chain } = await signer(csr, names, new AbortController().signal)
  return privateKey.expose() + certificate + chain
}

/** A replica of alpha: a real server with its health listener. */
export interface TestReplica extends Replica {
  readonly server: Server
  readonly follower: TlsFollower
  readonly live: LiveSecret<TlsIdentity>
}

/** Opens a replica that reads `source`; `clock` is the one its certificates are judged by. */
export async function openReplica(source: SecretSource, clock?: Clock): Promise<TestReplica> {
  const definition = defineService({
    name: 'alpha',
    settings: z.object({}),
    secrets: { tls: tlsIdentity(clock && { clock }) },
  })
  const env = { REKEY_ENVIRONMENT: 'test' }
  const service = await loadService(definition, { env, source, policy: { ttlMs: 20 } })
  const server = createServer((_request, response) => void response.end('{}'))
  server.keepAliveTimeout = 0
  const live = service.secrets.tls
  const follower = followTls(server, live)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await health.close()
    await service.close()
  })
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const healthUrl = `http://127.0.0.1:${health.port}`
  return { service: 'alpha', url, healthUrl, server, follower, live }
}

/** A store with an identity, two replicas that serve it, and what a rotation takes. */
export async function setUp(ca: TestCa, first?: string) {
  const store = createMemoryStore({ [NAME]: first ?? (await issueText(ca.signer())) })
  const replicas = [await openReplica(store), await openReplica(store)]
  const events: RotationEvent[] = []
  const onEvent = (event: RotationEvent) => void events.push(event)
  const options = { store, journal: createMemoryJournal(), onEvent }
  const kind = (changes: Partial<TlsKindOptions> = {}, fleet: readonly Replica[] = replicas) =>
    tlsKind.rotation({
      ...{ service: 'alpha', names: ['alpha', 'localhost'], signer: ca.signer(), trust: ca.trust },
      ...{ createRequest: createSigningRequest },
      ...{ fleet: createFleet(fleet), deadlineMs: 5_000, pollMs: 20 },
      ...changes,
    })
  return { store, replicas, events, options, kind }
}

/** A connection to a replica, after its handshake. */
export async function dial(replica: Replica, trust: string): Promise<TLSSocket> {
  const socket = connect({
    ...{ host: '127.0.0.1', port: Number(new URL(replica.url).port) },
    ...{ ca: trust, servername: 'alpha' },
  })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

/** What a new handshake with a replica shows. */
export async function shownBy(replica: Replica, trust: string): Promise<string> {
  const socket = await dial(replica, trust)
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256.replaceAll(':', '').toLowerCase()
}

/** The lines of the private keys in texts, none of which may ever be seen. */
export function keyLines(...texts: readonly string[]): string[] {
  return texts
    .flatMap((text) => /-----BEGIN PRIVATE KEY-----\n([^-]+)/.exec(text)?.[1]?.split('\n') ?? [])
    .filter((line) => line !== '')
}

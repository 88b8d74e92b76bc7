import { once } from 'node:events'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CaKeystore, createCa } from '@rekey/ca-keystore'
import {
  generatePassphrase,
  createSigningRequest as createRequest,
} from '@rekey/ca-keystore/internal'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { followTls, tlsIdentity } from '@rekey/tls-identity'
import { createFleet, createMemoryJournal } from '@rekey/rekey/engine'
import { type CertificateSigner, issueIdentity, tlsKind } from '@rekey/tls-identity/internal/rotate'
import { createFakeClock, type SecretStore } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { z } from 'zod'
import { Background, type RotationFixture } from './rotation-fixture.ts'

const NAME = 'TLS_ALPHA'
const NAMES = ['alpha'] as const
const LEASE_MS = 15_000
const DAY_MS = 24 * 60 * 60 * 1_000

/** Alpha serves TLS from two replicas; somebody who trusts only the root makes a new handshake with each all the while. */
export async function openTlsFixture(): Promise<RotationFixture> {
  const ca = await openCa()
  const first = await issueIdentity({
    service: 'alpha',
    names: NAMES,
    createRequest,
    signer: ca.signer,
  })
  const store = createMemoryStore({ [NAME]: first.expose() })
  const replicas = await Promise.all([openReplica(store), openReplica(store)])
  const load = new Background(() => Promise.all(replicas.map(({ url }) => call(url, ca.trust))))
  const served = replicas.map(({ service, url, healthUrl }) => ({ service, url, healthUrl }))
  const clock = createFakeClock()
  const journal = createMemoryJournal(clock)
  return {
    rotator(mortal) {
      const signer: CertificateSigner = (...request) =>
        mortal.ask('signer', () => ca.signer(...request))
      const fleet = createFleet(served, { fetch: mortal.fetch })
      const place = { service: 'alpha', names: NAMES, trust: ca.trust, fleet }
      const kind = tlsKind.rotation({ ...place, createRequest, signer, pollMs: 5 })
      const parts = { store: mortal.store(store), journal: mortal.journal(journal) }
      return Promise.resolve({ kind, options: { ...parts, leaseMs: LEASE_MS } })
    },
    expireLease: () => clock.advance(LEASE_MS + 1),
    async check() {
      const { pending, previous } = await store.read(NAME)
      if (pending ?? previous) throw new Error('a version is left over')
      if (replicas.some((one) => one.known() !== 1)) throw new Error('an old identity is held')
      const failure = await load.failure()
      if (failure !== undefined) throw failure
    },
    async close() {
      await load.stop()
      await Promise.all(replicas.map((one) => one.close()))
      await ca.close()
    },
  }
}

async function openCa() {
  const directory = await mkdtemp(join(await realpath(tmpdir()), 'tls-fixture-'))
  const create = async (name: string, parent?: CaKeystore) => {
    const passphrase = generatePassphrase()
    const place = { directory: join(directory, name), passphrase }
    return createCa({ ...place, commonName: `Development ${name}`, ...(parent && { parent }) })
  }
  const root = await create('root')
  const issuing = await create('issuing', root)
  const signer: CertificateSigner = async (csr, names) => {
    const subjectAltNames = names.map((value) => ({ kind: 'dns', value }) as const)
    const subject = { commonName: 'alpha' }
    const order = { csr, profile: 'server', subject, subjectAltNames, validityMs: DAY_MS } as const
    const { certificate } = await issuing.issueCertificate(order)
    return { certificate, chain: issuing.chain }
  }
  return {
    signer,
    trust: root.certificate,
    async close() {
      await Promise.all([issuing.close(), root.close()])
      await rm(directory, { recursive: true })
    },
  }
}

async function openReplica(source: SecretStore) {
  const definition = defineService({
    name: 'alpha',
    settings: z.object({}),
    secrets: { tls: tlsIdentity() },
  })
  const service = await loadService(definition, { env: { REKEY_ENVIRONMENT: 'test' }, source })
  const server = createServer((_request, response) => void response.end('{}'))
  followTls(server, service.secrets.tls)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const health = await openHealthListener(service, { port: 0 })
  return {
    service: 'alpha',
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    healthUrl: `http://127.0.0.1:${health.port}`,
    known: () => service.health().secrets[0]?.versions.length ?? 0,
    async close() {
      server.close()
      server.closeAllConnections()
      await health.close()
      await service.close()
    },
  }
}

/** One request over a connection of its own. */
async function call(url: string, ca: string): Promise<void> {
  const request = get(url, { ca, servername: 'alpha', agent: false })
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream]
  response.resume()
  await once(response, 'end')
}

import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { Secret } from '@rekey/secret'
import { openDotenvStore } from '@rekey/config-loader/store'
import { issue, keyPem } from '@rekey/testbed/certificates'
import { expect, it, onTestFinished } from 'vitest'
import { defineFamily } from '../family.ts'
import type { FamilyDeclaration } from '../schema.ts'
import { openRotator } from './open-rotator.ts'

const root = issue({ commonName: 'Root', ca: true })
const SECRET = 'API_KEY_FRONTEND_SIGNING'
const report = JSON.stringify({
  ...{ service: 'signing', replica: 'one' },
  secrets: [{ name: SECRET, versions: [], usage: { versions: [], holding: {} } }],
})

function identityOf(name: string) {
  const leaf = issue({ issuer: root, purpose: 'both', dnsNames: [name] })
  return { key: keyPem(leaf.key), cert: leaf.pem }
}

/** A replica of `signing` that notes whose certificate each request shows. */
async function openReplica() {
  const clients: unknown[] = []
  const asks = { requestCert: true, rejectUnauthorized: false, ca: root.pem }
  const server = createServer({ ...identityOf('signing'), ...asks }, ({ socket }, response) => {
    if (socket instanceof TLSSocket) clients.push(socket.getPeerCertificate().subjectaltname)
    response.end(report)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { healthUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, clients }
}

type Reports = NonNullable<FamilyDeclaration['reports']>

async function setUp(reportsIn: (directory: string) => Reports, tls: readonly object[] = []) {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-report-tls-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'root.crt'), root.pem)
  const { key, cert } = identityOf('rotator')
  await writeFile(join(directory, 'tls.key'), key)
  await writeFile(join(directory, 'tls.crt'), cert)
  const path = join(directory, '.env')
  const store = await openDotenvStore({ path })
  await store.create('TLS_ROTATOR', Secret.of(key + cert, 'TLS_ROTATOR'))
  const { healthUrl, clients } = await openReplica()
  const trust = { file: join(directory, 'root.crt') }
  const family = defineFamily({
    services: ['frontend', 'rotator', 'signing'],
    secrets: {
      'api-key': ['frontend:signing'],
      tls: tls.map((entry) => ({ ...entry, signer: { service: 'signing' }, trust })) as never,
    },
    journal: 'store',
    reports: reportsIn(directory),
  })
  const rotator = await openRotator({
    ...family,
    store: { locator: `dotenv:${path}`, variables: {} },
    fleet: [{ service: 'signing', url: healthUrl, healthUrl }],
    validationMs: 0,
    auditDirectory: join(directory, 'audit'),
  })
  onTestFinished(() => rotator.close())
  const question = { service: 'signing', secret: SECRET }
  const [answer] = await rotator.fleet.acknowledgements(question, new AbortController().signal)
  return { answer, clients }
}

it('reads reports over mutual TLS with the certificate and the roots in the files that the family names', async () => {
  const { answer, clients } = await setUp((directory) => ({
    identity: { certificate: join(directory, 'tls.crt'), key: join(directory, 'tls.key') },
    services: { signing: { trust: { file: join(directory, 'root.crt') }, name: 'signing' } },
  }))
  expect(answer?.ack?.replica).toBe('one')
  expect(clients).toEqual(['DNS:rotator'])
})

it('takes roots, names and its identity from the tls secrets that the family declares', async () => {
  const { answer, clients } = await setUp(
    () => ({ identity: { service: 'rotator' } }),
    [
      { service: 'rotator', names: ['rotator'] },
      { service: 'signing', names: ['signing'] },
    ],
  )
  expect(answer?.ack?.replica).toBe('one')
  expect(clients).toEqual(['DNS:rotator'])
})

it('names the file of the identity that cannot be read', async () => {
  const { answer } = await setUp((directory) => ({
    identity: { certificate: join(directory, 'gone.crt'), key: join(directory, 'tls.key') },
  }))
  expect(answer?.problem).toContain('gone.crt does not exist')
})

it('refuses the address of a replica whose root is not named', async () => {
  const { answer } = await setUp(() => ({}))
  expect(answer?.problem).toContain('(certificate-untrusted)')
})

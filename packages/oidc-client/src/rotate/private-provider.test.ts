import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFleet, createMemoryJournal, rotate } from '@rekey/rekey/engine'
import type { RotationParts } from '@rekey/secret/internal/kind'
import { createMemoryStore } from '@rekey/config-loader/store'
import { openIdentityProvider } from '@rekey/testbed'
import { issue, issueServer } from '@rekey/testbed/certificates'
import { openTrustedFetch, type Trust } from '@rekey/secret/trust'
import { expect, it, onTestFinished } from 'vitest'
import { oidcClientKind, type ProviderPlace } from './index.ts'
import {
  acceptsAt,
  newSecret,
  openPort,
  openPortal,
  SECRET,
  startLogins,
} from '../../test/rotate/oidc-client-kind.support.ts'

const TOKEN = 'OIDC_REGISTRATION_TOKEN_PORTAL'
const root = issue({ commonName: 'Private Root', ca: true })
const other = issue({ commonName: 'Another Root', ca: true })

async function fileOf(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'private-provider-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'root.crt')
  await writeFile(file, text)
  return file
}

async function fetchTrusting(trust: Trust): Promise<typeof fetch> {
  const calls = await openTrustedFetch(trust)
  onTestFinished(() => calls[Symbol.asyncDispose]())
  return calls.fetch
}

/** A provider with a certificate of a private root, a client there, and what starts a portal. */
async function setUp({ tls = issueServer(root), registers = false } = {}) {
  const port = await openPort()
  const redirectUris = [`${port.url}/callback`]
  const known = { clientId: 'portal', clientSecret: newSecret(), redirectUris }
  const idp = await openIdentityProvider({ clients: [known], tls })
  onTestFinished(() => idp[Symbol.asyncDispose]())
  const client = registers
    ? await idp.registerClient(redirectUris, await fetchTrusting(root.pem))
    : { ...known, registrationUri: '', registrationToken: newSecret() }
  const store = createMemoryStore({
    [SECRET]: client.clientSecret,
    [TOKEN]: client.registrationToken,
  })
  const address = { issuer: idp.issuer, clientId: client.clientId }
  const open = async (trustFile?: string) => {
    const fetch = await fetchTrusting(root.pem)
    const trusted = trustFile === undefined ? {} : { trustFile }
    const environment = registers ? 'production' : 'test'
    return openPortal(port, { ...address, ...trusted, source: store, environment, fetch })
  }
  return { client, store, address, open }
}

it('logs in and rotates by RFC 7592 at a provider of a private root, and no login fails', async () => {
  const { client, store, address, open } = await setUp({ registers: true })
  const file = await fileOf(root.pem)
  const portal = await open(file)
  const parts: RotationParts = {
    ...{ store, nonProduction: false, validationMs: 50, deadlineMs: 10_000, pollMs: 20 },
    ...{ journal: 'store', nameOf: () => '', fetchTrusting, fleet: createFleet([portal]) },
    sqlPool() {
      throw new Error('no database')
    },
  }
  const rotationFor = (trust?: Trust) => {
    const provider: ProviderPlace = {
      ...{ kind: 'registration', issuer: address.issuer, tokenName: TOKEN },
      ...{ registrationUri: client.registrationUri, trust },
    }
    const entry = { clientId: client.clientId, provider }
    return oidcClientKind.rotationOf({ name: SECRET, parties: ['portal'], entry }, parts)
  }
  const fetch = await fetchTrusting({ file })
  const logins = startLogins(portal, undefined, fetch)
  onTestFinished(() => void logins.stop())
  const old = (await store.read(SECRET)).current.value
  const options = { store, journal: createMemoryJournal() }
  const remedy = 'trust of the provider in the family'
  await expect(rotate(await rotationFor(), options)).rejects.toThrow(remedy)
  await rotate(await rotationFor({ file }), options)
  const accepts = acceptsAt({ ...address, fetch })
  const { current } = await store.read(SECRET)
  expect([await accepts(old), await accepts(current.value)]).toEqual([false, true])
  const { count, failures } = await logins.stop()
  expect(failures).toEqual([])
  expect(count).toBeGreaterThan(1)
})

const HOUR_AGO = new Date(Date.now() - 3_600_000)

it.each([
  [
    'of a root that is not public',
    issueServer(root),
    undefined,
    'name its root in OIDC_TRUST_FILE',
  ],
  ['of another root than the trusted one', issueServer(other), root.pem, 'name its root in'],
  [
    'that has expired',
    issueServer(root, { notBefore: new Date(0), notAfter: HOUR_AGO }),
    root.pem,
    '(CERT_HAS_EXPIRED): have it renewed there',
  ],
])('does not start where the provider shows a certificate %s', async (_what, tls, pem, message) => {
  const { open, store } = await setUp({ tls })
  const starting = open(pem === undefined ? undefined : await fileOf(pem))
  await expect(starting).rejects.toMatchObject({ problems: [{ code: 'refused' }] })
  await expect(starting).rejects.toThrow(message)
  const secret = (await store.read(SECRET)).current.value.expose()
  await expect(starting).rejects.not.toThrow(secret)
})

it.each([
  ['is missing', undefined, 'missing', 'does not exist'],
  ['holds no certificate', randomBytes(8).toString('hex'), 'malformed', 'holds no certificate'],
])('does not start with a trust file that %s', async (_what, text, code, message) => {
  const { open } = await setUp()
  const file = text === undefined ? '/nowhere/root.crt' : await fileOf(text)
  const starting = open(file)
  await expect(starting).rejects.toMatchObject({ problems: [{ code }] })
  await expect(starting).rejects.toThrow(file)
  await expect(starting).rejects.toThrow(message)
})

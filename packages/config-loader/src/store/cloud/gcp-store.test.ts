import { type KeyObject, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createFakeClock, Secret, SecretError } from '@rekey/secret'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  ACCOUNT,
  type Fault,
  newKeys,
  openCloudServer,
  useCloudServer,
} from '../../../test/store/cloud/cloud-server.support.ts'
import { contents, describeSecretStore } from '../contract.ts'
import { openStore } from '../index.ts'

const NAME = 'API_KEY_FRONTEND_SIGNING'
const ID = `shop-${NAME}`
const LOCATOR = 'gcp:my-project/shop'

type Server = Awaited<ReturnType<typeof openCloudServer>>

const envOf = ({ url, host }: Server) => ({
  CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER: url,
  GCE_METADATA_HOST: host,
})

describeSecretStore(
  'Secret Manager of Google Cloud, in a contract test against the documented API, no real service:',
  async () => {
    const server = await openCloudServer()
    const store = await openStore(LOCATOR, { env: envOf(server) })
    const close = async () => {
      await store[Symbol.asyncDispose]()
      await server.close()
    }
    return { store, close }
  },
)

async function open(more: Record<string, string> = {}) {
  const server = await useCloudServer()
  const store = await openStore(LOCATOR, { env: { ...envOf(server), ...more } })
  onTestFinished(() => store[Symbol.asyncDispose]())
  return { server, store }
}

const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const random = () => Secret.of(randomBytes(24).toString('base64url'), NAME)

async function staged() {
  const opened = await open()
  const values = [random(), random()] as const
  const { revision } = await opened.store.create(NAME, values[0])
  return { ...opened, values, found: await opened.store.stage(NAME, values[1], revision) }
}

async function keyFile(content: object) {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-gcp-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'key.json')
  await writeFile(path, JSON.stringify(content), { mode: 0o600 })
  return path
}

/** A status with nothing else of the fault in the error. */
async function failureOf(work: Promise<unknown>, ...hidden: string[]) {
  const error = await work.catch((each: unknown) => each)
  expect(error).toBeInstanceOf(SecretError)
  for (const text of hidden) expect(inspect(error, { depth: 9 })).not.toContain(text)
  const { code, details } = error as SecretError
  return { code, reason: details['reason'] }
}

describe('versions in Google Cloud', () => {
  it('have aliases that other clients read, and a version without one is destroyed', async () => {
    const { server, store, found } = await staged()
    const { versionAliases, versions } = server.secrets.get(ID) ?? { versions: [] }
    expect(versionAliases).toEqual({ current: '1', pending: '2' })
    const promoted = await store.promote(NAME, found.revision)
    expect((await store.read(NAME)).current.createdAt).toEqual(found.pending?.createdAt)
    await store.revoke(NAME, promoted.revision)
    expect(server.secrets.get(ID)?.versionAliases).toEqual({ current: '2' })
    expect(versions.map(({ state }) => state)).toEqual(['DESTROYED', 'ENABLED'])
  })

  it('keep the aliases and annotations of others', async () => {
    const { server, store, found } = await staged()
    const secret = server.secrets.get(ID)
    Object.assign(secret?.versionAliases ?? {}, { canary: '1' })
    Object.assign(secret?.annotations ?? {}, { owner: 'shop' })
    await store.abort(NAME, found.revision)
    expect(secret?.versionAliases).toEqual({ canary: '1', current: '1' })
    expect(secret?.annotations).toMatchObject({ owner: 'shop' })
    expect(Object.keys(secret?.annotations ?? {})).not.toContain('rekey-2')
  })

  it('of a secret made by hand are missing until current is set, as the error explains', async () => {
    const { server, store } = await staged()
    const secret = server.secrets.get(ID)
    if (secret) secret.versionAliases = {}
    await expect(store.read(NAME)).rejects.toThrow(`set the alias current of ${ID}`)
  })

  it('are read again where one was destroyed between two requests of a read', async () => {
    const { server, values } = await staged()
    const store = await openStore(LOCATOR, { env: envOf(server) })
    onTestFinished(() => store[Symbol.asyncDispose]())
    server.fault = ({ url }, isDone) => {
      const { versionAliases, versions } = server.secrets.get(ID) ?? {}
      if (!isDone || !url.pathname.endsWith(ID) || versionAliases?.['pending'] === undefined) {
        return undefined
      }
      // As after a promotion and a revocation, once the aliases of before were read.
      queueMicrotask(() => {
        Object.assign(server.secrets.get(ID) ?? {}, { versionAliases: { current: '2' } })
        Object.assign(versions?.[0] ?? {}, { state: 'DESTROYED' })
      })
      return undefined
    }
    expect(contents(await store.read(NAME))).toEqual({ current: values[1].expose() })
  })

  it('of a secret that was deleted and made again are read anew', async () => {
    const { server, store } = await staged()
    server.secrets.clear()
    await expect(store.read(NAME)).rejects.toMatchObject({ code: 'missing' })
    const other = await openStore(LOCATOR, { env: envOf(server) })
    onTestFinished(() => other[Symbol.asyncDispose]())
    const value = random()
    await other.create(NAME, value)
    expect(contents(await store.read(NAME))).toEqual({ current: value.expose() })
  })
})

describe('a write to Google Cloud', () => {
  it('that another writer overtook changes nothing, and leaves no value behind', async () => {
    const { server, store, found } = await staged()
    const aborted = await store.abort(NAME, found.revision)
    server.fault = ({ method }, isDone) => {
      const secret = server.secrets.get(ID)
      if (method === 'PATCH' && !isDone && secret) secret.etag += 1
      return undefined
    }
    const outcome = failureOf(store.stage(NAME, random(), aborted.revision))
    expect(await outcome).toEqual({ code: 'conflict', reason: 'changed' })
    const states = server.secrets.get(ID)?.versions.map(({ state }) => state)
    expect(states).toEqual(['ENABLED', 'DESTROYED', 'DESTROYED'])
  })

  it('whose answer is lost is unreachable, and the next read decides', async () => {
    const { server, store } = await open()
    const [{ revision }, value] = [await store.create(NAME, random()), random()]
    server.fault = ({ method }, isDone) => (method === 'PATCH' && isDone ? 'cut' : undefined)
    const outcome = failureOf(store.stage(NAME, value, revision))
    expect(await outcome).toEqual({ code: 'unreachable', reason: 'connection' })
    expect((await store.read(NAME)).pending?.value.expose()).toBe(value.expose())
  })

  it('that creates a secret after another writer is a conflict', async () => {
    const { server, store } = await open()
    server.fault = ({ url }) =>
      url.searchParams.has('secretId') ? [409, { error: { status: 'ALREADY_EXISTS' } }] : undefined
    expect((await failureOf(store.create(NAME, random()))).code).toBe('conflict')
  })

  it('of more than 64 KiB, or of a name that is too long, is refused before it is sent', async () => {
    const { server, store } = await open()
    const long = Secret.of('x'.repeat(65_537), NAME)
    await expect(store.create(NAME, long)).rejects.toMatchObject({ code: 'refused' })
    expect(server.secrets.get(ID)?.versions).toEqual([])
    await expect(store.read('A'.repeat(252))).rejects.toMatchObject({ code: 'malformed' })
  })

  it('has the checksum of Castagnoli', async () => {
    const { server, store } = await open()
    // RFC 3720, appendix B.4: 32 bytes from 0 on.
    const text = Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString()
    await store.create(NAME, Secret.of(text, NAME))
    expect(server.secrets.get(ID)?.versions[0]?.dataCrc32c).toBe(String(0x46_dd_79_4e))
  })
})

describe('a read from Google Cloud', () => {
  const cases: Readonly<Record<string, [Fault, string, string]>> = {
    'a cut answer': ['cut', 'unreachable', 'connection'],
    'no JSON': [[200, 'token-0'], 'unreachable', 'unintelligible'],
    'another object': [[200, {}], 'unreachable', 'unintelligible'],
    'a redirect': [[302, {}, { location: '/' }], 'unreachable', 'connection'],
    '403': [[403, { error: { message: 'token-0' } }], 'forbidden', 'denied'],
    'a 404 of something between': [[404, 'token-0'], 'unreachable', 'unintelligible'],
    '429 for long': [[429, {}, { 'retry-after': '60' }], 'unreachable', 'throttled'],
    '503 again and again': [[503, 'token-0'], 'unreachable', 'server-error'],
  }
  it.each(Object.keys(cases))('fails with %s, and shows nothing of it', async (kind) => {
    const { server, store, values } = await staged()
    const [fault, code, reason] = cases[kind] ?? ['cut', '', '']
    server.fault = ({ url }) => (url.pathname.startsWith('/v1/') ? fault : undefined)
    const hidden = ['token-0', values[0].expose(), 'Bearer']
    expect(await failureOf(store.read(NAME), ...hidden)).toEqual({ code, reason })
  })

  it('waits as long as a busy service asks, and asks again', async () => {
    const { server, store } = await staged()
    let left = 1
    server.fault = ({ method }) => {
      if (method !== 'GET' || left === 0) return undefined
      left -= 1
      return [429, {}, { 'retry-after': '1' }]
    }
    const begun = performance.now()
    await store.read(NAME)
    expect(performance.now() - begun).toBeGreaterThan(990)
  })

  it('refuses a value whose checksum is wrong', async () => {
    const { server } = await staged()
    Object.assign(server.secrets.get(ID)?.versions[0] ?? {}, { dataCrc32c: '1' })
    const store = await openStore(LOCATOR, { env: envOf(server) })
    onTestFinished(() => store[Symbol.asyncDispose]())
    expect(await failureOf(store.read(NAME))).toEqual({ code: 'unreachable', reason: 'damaged' })
  })

  it('ends a wait for a silent service when the store is closed', async () => {
    const { server, store } = await staged()
    server.fault = () => 'hang'
    const reading = failureOf(store.read(NAME))
    await store[Symbol.asyncDispose]()
    expect((await reading).code).toBe('unreachable')
  })

  it('ends by itself after five seconds', async () => {
    const { server } = await staged()
    const clock = createFakeClock()
    await using store = await openStore(LOCATOR, { env: envOf(server), clock })
    server.fault = () => 'hang'
    const before = server.asked.length
    const reading = failureOf(store.read(NAME))
    await expect.poll(() => server.asked.length).toBe(before + 1)
    await clock.advance(5_000)
    expect(await reading).toEqual({ code: 'unreachable', reason: 'timeout' })
  })
})

describe('a login to Google Cloud', () => {
  const logins = ({ asked }: Server) => asked.filter(({ url }) => url.pathname.endsWith('token'))

  it('is made once for many requests, and anew where it is over', async () => {
    const { server, store } = await staged()
    expect(logins(server)).toHaveLength(1)
    server.tokens.clear()
    await Promise.all([store.read(NAME), store.read(NAME)])
    expect(logins(server)).toHaveLength(2)
    server.livesS = 59
    server.tokens.clear()
    await store.read(NAME)
    await store.read(NAME)
    expect(logins(server)).toHaveLength(4)
  })

  it('is made with the key of a service account', async () => {
    const server = await useCloudServer()
    const account = {
      type: 'service_account',
      client_email: 'a@b',
      token_uri: `${server.url}/token`,
    }
    const path = await keyFile({ ...account, private_key: pem(ACCOUNT.privateKey) })
    const env = { ...envOf(server), GOOGLE_APPLICATION_CREDENTIALS: path }
    await using store = await openStore(LOCATOR, { env })
    await store.create(NAME, random())
    const [, claims = ''] =
      new URLSearchParams(logins(server)[0]?.text).get('assertion')?.split('.') ?? []
    const { iss, aud } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<
      string,
      string
    >
    expect({ iss, aud }).toEqual({ iss: 'a@b', aud: account.token_uri })
  })

  it('that is refused, or whose file is not there, makes no secret a missing one', async () => {
    const private_key = pem(newKeys().privateKey)
    const { server } = await open()
    const account = { type: 'service_account', client_email: 'a@b', private_key }
    const cases = [
      { content: { type: 'other' }, code: 'malformed' },
      { content: { ...account, token_uri: 'http://example.com' }, code: 'refused' },
      { content: { ...account, token_uri: `${server.url}/token` }, code: 'forbidden' },
      { content: { ...account, private_key: 'x', token_uri: 'https://[::1]' }, code: 'malformed' },
    ]
    for (const { content, code } of cases) {
      const { store } = await open({ GOOGLE_APPLICATION_CREDENTIALS: await keyFile(content) })
      expect((await failureOf(store.read(NAME), private_key)).code).toBe(code)
    }
    const { store } = await open({ GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/key.json' })
    expect((await failureOf(store.read(NAME))).code).toBe('unreachable')
  })
})

it.each(['gcp:Shop', 'gcp:my-project/a/b', 'gcp:my-project/a b'])(
  '%s is no place',
  async (locator) => {
    await expect(openStore(locator, { env: {} })).rejects.toMatchObject({ code: 'malformed' })
  },
)

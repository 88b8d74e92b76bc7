import { inspect } from 'node:util'
import { createFakeClock, Secret, type SecretError } from '@rekey/secret'
import { describe, expect, it } from 'vitest'
import { openDotenvStore, openSource } from '../index.ts'
import { open, random, writeSources } from '../../../test/store/locate/locate.support.ts'

const value = async (source: Awaited<ReturnType<typeof open>>, name: string) =>
  (await source.read(name)).current.value.expose()

describe('a sources file', () => {
  it('takes each secret from the source that it names, the others from the default', async () => {
    const [key, tls, other] = [random(), random(), random()]
    const path = await writeSources(
      {
        sources: { variables: 'env', keys: 'dotenv:keys.env' },
        default: 'variables',
        secrets: { 'API_KEY_*': 'keys', API_KEY_LOCAL: { from: 'variables' } },
      },
      { 'keys.env': `API_KEY_A=${key}\nTLS_A=${random()}\nAPI_KEY_LOCAL=${random()}\n` },
    )
    const source = await open(`file:${path}`, { env: { TLS_A: tls, API_KEY_LOCAL: other } })
    expect(await value(source, 'API_KEY_A')).toBe(key)
    expect(await value(source, 'TLS_A')).toBe(tls)
    expect(await value(source, 'API_KEY_LOCAL')).toBe(other)
  })

  it('gives a secret to the rule with the longest beginning', async () => {
    const [near, far] = [random(), random()]
    const path = await writeSources(
      {
        sources: { near: 'dotenv:near.env', far: 'dotenv:far.env' },
        secrets: { 'API_*': 'far', 'API_KEY_*': 'near' },
      },
      { 'near.env': `API_KEY_A=${near}\n`, 'far.env': `API_KEY_A=${far}\nAPI_B=${far}\n` },
    )
    const source = await open(`file:${path}`)
    expect(await value(source, 'API_KEY_A')).toBe(near)
    expect(await value(source, 'API_B')).toBe(far)
    await expect(source.read('OTHER')).rejects.toMatchObject({
      code: 'missing',
      message: `${path} does not name OTHER: name it there`,
    })
  })

  it('asks several sources in order where a rule says firstOf', async () => {
    const [upper, lower] = [random(), random()]
    const path = await writeSources(
      {
        sources: { variables: 'env', keys: 'dotenv:keys.env' },
        default: { firstOf: ['variables', 'keys'] },
      },
      { 'keys.env': `A=${lower}\nB=${lower}\n` },
    )
    const source = await open(`file:${path}`, { env: { A: upper } })
    expect(await value(source, 'A')).toBe(upper)
    expect(await value(source, 'B')).toBe(lower)
  })

  it('says how stale each secret may be: the default, and what its rule adds', async () => {
    const path = await writeSources({
      sources: { variables: 'env' },
      default: { from: 'variables', ttl: '30 s', maxStale: '1 h' },
      secrets: {
        'TLS_*': { maxStale: '2 d', need: 'stale-ok', negativeTtl: '500 ms' },
        'OIDC_*': { need: 'optional' },
      },
    })
    const source = await open(`file:${path}`)
    expect(source.policyFor('API_KEY_A')).toEqual({ ttlMs: 30_000, maxStaleMs: 3_600_000 })
    expect(source.policyFor('TLS_A')).toEqual({
      ttlMs: 30_000,
      maxStaleMs: 172_800_000,
      negativeTtlMs: 500,
      need: 'stale-ok',
    })
    expect(source.policyFor('OIDC_A')).toMatchObject({ need: 'optional' })
  })

  it('passes on the changes of the source that a secret comes from', async () => {
    const path = await writeSources(
      { sources: { keys: 'dotenv:keys.env' }, default: 'keys' },
      { 'keys.env': `KEY=${random()}\n` },
    )
    const source = await open(`file:${path}`)
    const { revision } = await source.read('KEY')
    const stop = new AbortController()
    const changes = source.watch?.('KEY', stop.signal)[Symbol.asyncIterator]()
    await using keys = await openDotenvStore({ path: path.replace('sources.json', 'keys.env') })
    const staged = await keys.stage('KEY', Secret.of(random(), 'KEY'), revision)
    expect(await changes?.next()).toMatchObject({ value: { revision: staged.revision } })
    stop.abort()
  })

  it('is of its own clock', async () => {
    const path = await writeSources({ sources: { variables: 'env' }, default: 'variables' })
    const source = await open(`file:${path}`, { clock: createFakeClock(), env: { A: random() } })
    expect(source.locator).toBe(`file:${path}`)
    expect(await source.read('A')).toMatchObject({ name: 'A' })
  })
})

describe('a sources file that is wrong', () => {
  const secret = random()

  async function failure(content: unknown, production = false): Promise<SecretError> {
    const path = await writeSources(content)
    const error: unknown = await openSource(`file:${path}`, { env: {}, production }).catch(
      (thrown: unknown) => thrown,
    )
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret)
    return error as SecretError
  }

  it('hears of everything that is wrong at once, and shows nothing of what is written there', async () => {
    const { code, message } = await failure({
      sources: {
        keys: `etcd:${secret}`,
        pod: { locator: 'env', trailingNewline: 'keep' },
        [secret]: 'env',
        login: { credentials: 'database/creds/app', url: `postgresql://app:${secret}@db/app` },
        nested: 'file:other.json',
      },
      [secret]: 1,
      default: { from: 'nobody', firstOf: ['pod'], ttl: secret },
      secrets: {
        [`${secret}!`]: 'pod',
        TLS: { ttl: '2 h', maxStale: '1 h', need: secret, [secret]: 1 },
        'DATABASE_*': 'login',
        TWICE: { firstOf: ['pod', 'pod'] },
        NOWHERE: 'nobody',
      },
    })
    expect(code).toBe('malformed')
    const lines = message.split('; ')
    expect(lines).toEqual([
      expect.stringMatching(/sources\.json has 15 problems$/),
      'the file: its field 2 is not known: the fields are $schema, sources, default, secrets',
      expect.stringMatching(/^sources\.keys: name one of env, dotenv/),
      'sources.pod: trailingNewline goes with mount: only',
      'sources.3: give it a name of small letters, digits and hyphens',
      'sources.login.url: write postgresql://HOST:PORT/NAME without user and password',
      'sources.nested: a sources file cannot name another one',
      'default.ttl: write a whole number up to 9999 and ms, s, min, h or d, as in "30 s"',
      'default: write from or firstOf, not both',
      'secrets.1: name a secret, or a prefix and *, as in TLS_*',
      'secrets.TLS.need: write one of required, stale-ok, optional',
      expect.stringMatching(/^secrets\.TLS: its field 4 is not known: the fields are from/),
      'secrets.TLS.maxStale: is shorter than ttl: make it as long at least',
      'secrets.DATABASE_*: a login is for one secret: write its whole name under secrets',
      'secrets.TWICE: name each source once',
      'secrets.NOWHERE: name only sources of this file: keys, pod, login, nested',
    ])
  })

  it.each<[string, unknown, string]>([
    ['text that is no JSON', `{ "sources": ${secret}`, 'is no JSON'],
    ['a list', [secret], 'the file: write an object'],
    ['no sources', { sources: {}, default: 'a' }, 'sources: name at least one'],
    ['nothing but sources', { sources: { a: 'env' } }, 'give it a default, or secrets, or both'],
    [
      'a rule without a source',
      { sources: { a: 'env' }, secrets: { A: {} } },
      'default: write one',
    ],
    [
      'a source with everything',
      { sources: { a: {} }, default: 'a' },
      'sources.a: write a locator',
    ],
  ])('is refused with %s', async (_what, content, words) => {
    expect(await failure(content)).toMatchObject({
      code: 'malformed',
      message: expect.stringContaining(words) as string,
    })
  })

  it('is refused or opened, whatever stands in any place of it', async () => {
    const sound = {
      sources: { a: 'env', b: { locator: 'env' } },
      default: { firstOf: ['a', 'b'], ttl: '1 s' },
      secrets: { A: 'a', 'B_*': { from: 'b' } },
    }
    const json = JSON.stringify(sound)
    let places = 0
    JSON.parse(json, () => (places += 1))
    const withAt = (place: number, put: unknown) => {
      let visited = 0
      return JSON.parse(json, (_key, value: unknown) =>
        visited++ === place ? put : value,
      ) as object
    }
    const outcomes = Array.from({ length: places }, (_place, place) =>
      [null, 5, true, 'x', [], {}, [null], { x: null }].map(async (put) => {
        const path = await writeSources(withAt(place, put))
        return open(`file:${path}`).then(
          () => 'opened',
          (error: unknown) => (error as SecretError).code,
        )
      }),
    ).flat()
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['malformed', 'opened']))
  })

  it('cannot bring a development source into production', async () => {
    const content = { sources: { keys: 'dotenv:keys.env' }, default: 'keys' }
    expect(await failure(content, true)).toMatchObject({ code: 'refused' })
  })

  it('is not read beyond 256 KiB, and says so with the path and the limit', async () => {
    const sound = JSON.stringify({ sources: { variables: 'env' }, default: 'variables' })
    const padded = (bytes: number) => writeSources(sound.padEnd(bytes))
    expect(await open(`file:${await padded(256 * 1024)}`)).toHaveProperty('policyFor')
    const path = await padded(256 * 1024 + 1)
    await expect(openSource(`file:${path}`, { env: {} })).rejects.toMatchObject({
      code: 'malformed',
      message: `${path} is larger than the 262144 bytes that are read: shorten it, or name another file`,
      details: { path, limit: 262_144 },
    })
  })

  it('says that the file is not there', async () => {
    await expect(openSource('file:/nowhere/sources.json', { env: {} })).rejects.toMatchObject({
      code: 'missing',
    })
  })
})

import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFakeClock, Secret, SecretError } from '@rekey/secret'
import type { FakeClock, SecretPolicy } from '@rekey/secret/internal'
import { createMemoryStore } from '../store/memory-store.ts'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import {
  down,
  env,
  fresh,
  replace,
  textSpec,
  unreliable,
} from '../../test/follow/fixture.support.ts'
import { defineService, loadService, StartupError } from '../index.ts'
import type { LoaderEvent } from '../internal.ts'

const HOUR_MS = 60 * 60 * 1_000
const NAMES = ['FIRST', 'SECOND'] as const
const secrets = { first: textSpec('FIRST'), second: textSpec('SECOND') }
const newKey = () => Secret.of(randomBytes(32).toString('base64url'), 'LAST_GOOD_KEY')

interface Start {
  readonly clock?: FakeClock
  readonly key?: Secret
  readonly name?: string
  readonly policies?: { readonly first?: SecretPolicy; readonly second?: SecretPolicy }
}

/** A machine on which a service with two secrets can be started again and again. */
async function machine() {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-last-good-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const path = join(directory, 'last-good')
  const store = createMemoryStore(Object.fromEntries(NAMES.map((name) => [name, fresh().expose()])))
  const source = unreliable(store)
  const clock = createFakeClock()
  const key = newKey()
  const start = async (change: Start = {}) => {
    const events: LoaderEvent[] = []
    const definition = defineService({
      name: change.name ?? 'app',
      settings: z.object({}),
      secrets,
    })
    const service = await loadService(definition, {
      ...{ env, source, clock: change.clock ?? clock, random: () => 1 },
      ...(change.policies && { policies: change.policies }),
      policy: { ttlMs: 10_000 },
      lastGood: { path, key: change.key ?? key, maxAgeMs: HOUR_MS },
      onEvent: (event) => events.push(event),
    }).catch((error: unknown) => {
      if (!(error instanceof StartupError)) throw error
      return error
    })
    if (!(service instanceof StartupError)) onTestFinished(() => service.close())
    return { service, events }
  }
  const run = async (change: Start = {}) => {
    const { service, events } = await start(change)
    if (service instanceof StartupError) throw service
    return { service, events }
  }
  return { directory, path, store, source, clock, start, run }
}

const problemsOf = ({ service }: { service: unknown }) =>
  service instanceof StartupError
    ? service.problems.map(({ key, code }) => `${key} ${code}`)
    : 'it started'

it('starts with the last good values while the source is down, says so, and recovers by itself', async () => {
  const { source, store, clock, run } = await machine()
  const first = await run()
  const { version, origin } = first.service.secrets.first.current
  await first.service.close()
  await clock.advance(HOUR_MS / 2)
  source.failure = down()
  const { service, events } = await run()
  expect(service.secrets.first.current).toMatchObject({ version, origin: { kind: 'memory' } })
  expect(service.secrets.first.current.origin).toEqual(origin)
  expect(events).toContainEqual({ type: 'last-good-used', secret: 'FIRST', ageMs: HOUR_MS / 2 })
  expect(service.health().secrets).toMatchObject([
    { state: 'stale', problem: 'unreachable', sinceGoodReadMs: HOUR_MS / 2 },
    { state: 'stale', problem: 'unreachable' },
  ])
  source.failure = undefined
  const next = await replace(store, fresh(), 'FIRST')
  await clock.advance(10_000)
  expect(service.secrets.first.current.version).toBe(next)
  expect(service.health().secrets[0]).toMatchObject({ state: 'fresh' })
})

it('keeps what was committed last, readable by nobody else, and no value in the open', async () => {
  const { directory, path, source, store, clock, run } = await machine()
  const { service } = await run()
  const version = await replace(store, fresh(), 'FIRST')
  await clock.advance(10_000)
  const value = service.secrets.first.current.value.expose()
  await service.close()
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(directory)).toEqual(['last-good'])
  const text = await readFile(path, 'utf8')
  for (const part of [value, value.slice(4), Buffer.from(value).toString('base64')]) {
    expect(text).not.toContain(part)
  }
  source.failure = down()
  expect((await run()).service.secrets.first.current.version).toBe(version)
})

it.each(['missing', 'forbidden'] as const)(
  'does not answer for a source that says %s',
  async (code) => {
    const { source, start, run } = await machine()
    await (await run()).service.close()
    source.failure = new SecretError(code, 'the source has answered: ask for it')
    expect(problemsOf(await start())).toEqual([`FIRST ${code}`, `SECOND ${code}`])
  },
)

it('S26 with one of two sources down starts by the rule of each secret, or reports all in one throw', async () => {
  const { source, store, start, run } = await machine()
  await (await run()).service.close()
  source.read = (name) => (name === 'FIRST' ? Promise.reject(down()) : store.read(name))
  const rules = {
    required: ['FIRST unreachable'],
    'stale-ok': 'it started',
    optional: 'it started',
  }
  for (const [need, outcome] of Object.entries(rules)) {
    const policies = { first: { need: need as keyof typeof rules } }
    expect([need, problemsOf(await start({ policies }))]).toEqual([need, outcome])
  }
  source.read = () => Promise.reject(down())
  const required = { need: 'required' } as const
  expect(problemsOf(await start({ policies: { first: required, second: required } }))).toEqual([
    'FIRST unreachable',
    'SECOND unreachable',
  ])
})

it('S26 starts without an optional secret, which cannot be read until its source has it', async () => {
  const { source, store, clock, run } = await machine()
  const gone = new SecretError('missing', 'it is not there: create it')
  source.read = (name) => (name === 'FIRST' ? Promise.reject(gone) : store.read(name))
  const { service, events } = await run({ policies: { first: { need: 'optional' } } })
  expect(() => service.secrets.first.current).toThrow(
    expect.objectContaining({ code: 'missing', details: { reason: 'absent' } }),
  )
  expect(service.health().secrets[0]).toMatchObject({ state: 'absent', versions: [] })
  expect(service.snapshot('second').second.current.version).toBeDefined()
  source.read = (name) => store.read(name)
  await clock.advance(40_000)
  expect(service.secrets.first.current.value.expose()).toMatch(/^dev-/)
  expect(events.map(({ type }) => type)).toEqual(['source-failed', 'changed', 'recovered'])
})

it.each<[string, string, (text: string) => string]>([
  [
    'was changed',
    'tampered',
    (text) =>
      text.replace(
        /("text":"[^"]{20})(.)/,
        (_, a: string, b: string) => a + (b === 'A' ? 'B' : 'A'),
      ),
  ],
  [
    'pretends to be younger',
    'tampered',
    (text) =>
      text.replace(
        /("writtenAt":\d+)(\d)/,
        (_, a: string, b: string) => a + String((Number(b) + 1) % 10),
      ),
  ],
  ['is cut short', 'malformed', (text) => text.slice(0, -40)],
  ['is empty', 'malformed', () => ''],
])('refuses a snapshot that %s', async (_what, reason, change) => {
  const { path, source, start, run } = await machine()
  await (await run()).service.close()
  await writeFile(path, change(await readFile(path, 'utf8')))
  source.failure = down()
  const refused = await start()
  expect(problemsOf(refused)).toEqual(['FIRST unreachable', 'SECOND unreachable'])
  expect(refused.events).toMatchObject([{ type: 'last-good-refused', reason }])
})

it.each<[string, string, Start]>([
  ['sealed with another key', 'tampered', { key: newKey() }],
  ['of another service', 'foreign', { name: 'other' }],
  ['too old', 'old', { clock: createFakeClock(Date.UTC(2026, 0, 1) + HOUR_MS + 1) }],
  ['from the future', 'old', { clock: createFakeClock(Date.UTC(2026, 0, 1) - HOUR_MS) }],
])('refuses a snapshot that is %s', async (_what, reason, change) => {
  const { source, start, run } = await machine()
  await (await run()).service.close()
  source.failure = down()
  const refused = await start(change)
  expect(problemsOf(refused)).toEqual(['FIRST unreachable', 'SECOND unreachable'])
  expect(refused.events).toMatchObject([{ type: 'last-good-refused', reason }])
})

it('stays young while its source confirms it, though nothing changes', async () => {
  const { source, clock, run } = await machine()
  const { service } = await run()
  for (let hours = 0; hours < 3; hours += 1) await clock.advance(HOUR_MS)
  await service.close()
  source.failure = down()
  const { events } = await run()
  expect(events.filter(({ type }) => type === 'last-good-used')).toHaveLength(2)
})

it('does not use what its maxStaleMs forbids', async () => {
  const { source, clock, start, run } = await machine()
  await (await run()).service.close()
  await clock.advance(HOUR_MS / 2)
  source.failure = down()
  const policies = { first: { maxStaleMs: HOUR_MS / 4 } }
  expect(problemsOf(await start({ policies }))).toEqual(['FIRST unreachable'])
})

it('tells once that it cannot be written, and serves on', async () => {
  const { directory, clock, store, run } = await machine()
  const { service, events } = await run()
  await service.close()
  await rm(directory, { recursive: true })
  const again = await run()
  await replace(store, fresh(), 'FIRST')
  await clock.advance(30_000)
  await again.service.close()
  expect(events).toEqual([])
  expect(again.events.filter(({ type }) => type === 'last-good-failed')).toMatchObject([
    { code: 'missing' },
  ])
})

it('is set up by the environment, and refuses a short key', async () => {
  const { path } = await machine()
  const source = createMemoryStore({ FIRST: fresh().expose(), SECOND: fresh().expose() })
  const definition = defineService({ name: 'app', settings: z.object({}), secrets })
  const last = { ...env, REKEY_LAST_GOOD: path, REKEY_LAST_GOOD_KEY: newKey().expose() }
  const service = await loadService(definition, { env: last, source })
  await service.close()
  expect((await readFile(path, 'utf8')).startsWith('{"format":"rekey-last-good/1"')).toBe(true)
  for (const key of ['short', undefined]) {
    const wrong = { ...last, REKEY_LAST_GOOD_KEY: key, REKEY_START_SPREAD_MS: 'soon' }
    const error: unknown = await loadService(definition, { env: wrong, source }).catch(
      (e: unknown) => e,
    )
    expect(error).toMatchObject({
      problems: [
        { key: 'REKEY_LAST_GOOD_KEY' },
        { key: 'REKEY_START_SPREAD_MS', code: 'malformed' },
      ],
    })
  }
})

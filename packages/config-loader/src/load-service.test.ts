import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { defineStore, Secret, SecretError, type SecretSource, type SecretSpec } from '@rekey/secret'
import { createMemoryStore } from './store/memory-store.ts'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { defineService, loadService, StartupError } from './index.ts'

const development = { REKEY_ENVIRONMENT: 'development', PORT: '8080' }
const fresh = (mark = 'dev-') => mark + randomBytes(24).toString('base64url')

function spec(name: string, probe?: SecretSpec<string>['probe']): SecretSpec<string> {
  return {
    kind: 'text',
    rule: 'at least 32 characters',
    access: { end: 'owner' },
    minLength: 32,
    nameFor: () => name,
    parse(text) {
      if (text.length < 32) throw new SecretError('malformed', 'it is too short: issue a new one')
      return { value: text, sensitive: [text], nonProduction: text.startsWith('dev-') }
    },
    ...(probe && { probe }),
  }
}

function define(secrets: Record<string, SecretSpec<string>>) {
  return defineService({ name: 'app', settings: z.object({ PORT: z.coerce.number() }), secrets })
}

async function problemsOf(loading: Promise<unknown>) {
  const error = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof StartupError)) throw new Error('it started', { cause: error })
  return error
}

it('gives validated settings and live secrets', async () => {
  const value = fresh()
  const source = createMemoryStore({ NAME: value })
  const service = await loadService(define({ name: spec('NAME') }), { env: development, source })
  onTestFinished(() => service.close())
  expect(service.settings).toEqual({ PORT: 8080 })
  expect(service.secrets['name']?.current.value.expose()).toBe(value)
})

it('loads from a store of its own that REKEY_SECRETS names', async () => {
  const value = fresh()
  const open = () => createMemoryStore({ NAME: value })
  const stores = [defineStore({ scheme: 'shelf', place: 'a word', open })]
  const env = { ...development, REKEY_SECRETS: 'shelf:x' }
  const service = await loadService(define({ name: spec('NAME') }), { env, stores })
  onTestFinished(() => service.close())
  expect(service.secrets['name']?.current.value.expose()).toBe(value)
  const { message } = await problemsOf(loadService(define({ name: spec('NAME') }), { env }))
  expect(message).toContain('REKEY_SECRETS')
})

it('reports every problem at once, each with key, rule, source and remedy', async () => {
  const source = createMemoryStore({ SHORT: 'dev-short', REFUSED: fresh() })
  const refuse = () => Promise.reject(new SecretError('rejected', 'renew it'))
  const definition = defineService({
    name: 'app',
    settings: z.object({ PORT: z.coerce.number(), HOST: z.string(), LEVEL: z.enum(['info']) }),
    secrets: { short: spec('SHORT'), absent: spec('ABSENT'), refused: spec('REFUSED', refuse) },
  })
  const env = { ...development, PORT: 'eighty', LEVEL: 'loud' }
  const { problems, message } = await problemsOf(loadService(definition, { env, source }))
  expect(problems.map(({ key, code }) => `${key} ${code}`)).toEqual([
    'ABSENT missing',
    'HOST missing',
    'LEVEL malformed',
    'PORT malformed',
    'SHORT malformed',
  ])
  for (const problem of problems) {
    expect(Object.values(problem).every((text) => text !== '')).toBe(true)
    expect(message).toContain(problem.key)
  }
})

it('tries each secret against its far side before it gives the service', async () => {
  const source = createMemoryStore({ NAME: fresh() })
  const refuse = () => Promise.reject(new SecretError('rejected', 'renew it'))
  const loading = loadService(define({ name: spec('NAME', refuse) }), { env: development, source })
  expect((await problemsOf(loading)).problems).toMatchObject([{ key: 'NAME', code: 'rejected' }])
})

it.each([
  ['starts', true],
  ['does not start', false],
])(
  'in a cut-over, when only the pending version works, %s if its consumer falls back: %s',
  async (_outcome, fallsBack) => {
    const source = createMemoryStore({ NAME: fresh() })
    const { revision } = await source.read('NAME')
    await source.stage('NAME', Secret.of(fresh(), 'NAME'), revision)
    const probe: SecretSpec<string>['probe'] = ({ stage }) =>
      stage === 'pending'
        ? Promise.resolve()
        : Promise.reject(new SecretError('rejected', 'renew it'))
    const definition = define({ name: { ...spec('NAME', probe), fallsBack } })
    const loading = loadService(definition, { env: development, source })
    if (fallsBack) await (await loading).close()
    else expect((await problemsOf(loading)).problems).toMatchObject([{ code: 'rejected' }])
  },
)

it('gives up on a far side that never answers', async () => {
  const source = createMemoryStore({ NAME: fresh() })
  const silent = () => new Promise<void>(() => undefined)
  const definition = define({ name: spec('NAME', silent) })
  const loading = loadService(definition, { env: development, source, probeTimeoutMs: 50 })
  expect((await problemsOf(loading)).problems).toMatchObject([{ key: 'NAME', code: 'unreachable' }])
})

it.each([
  ['a development value in production', { PORT: '1' }, fresh()],
  ['a value in production that cannot be masked in logs', { PORT: '1' }, 'ab'.repeat(16)],
  ['a value without the mark of development outside production', development, fresh('')],
])('refuses %s', async (_what, env, value) => {
  const loading = loadService(define({ name: spec('NAME') }), {
    env,
    source: createMemoryStore({ NAME: value }),
  })
  expect((await problemsOf(loading)).problems).toMatchObject([{ key: 'NAME', code: 'refused' }])
})

it('takes an environment that is not named for production, where .env is refused', async () => {
  const env = { PORT: '1', REKEY_SECRETS: 'dotenv:/nowhere/.env' }
  const { problems } = await problemsOf(loadService(define({}), { env }))
  expect(problems).toMatchObject([{ key: 'REKEY_SECRETS', code: 'refused' }])
})

it.each([
  ['REKEY_ENVIRONMENT', { ...development, REKEY_ENVIRONMENT: 'staging' }],
  ['REKEY_SECRETS', { ...development, REKEY_SECRETS: 'etcd:/x' }],
])('says which values %s may have', async (key, env) => {
  const { problems } = await problemsOf(loadService(define({}), { env }))
  expect(problems).toMatchObject([{ key, code: 'malformed' }])
})

it('reads a .env file in development, and says where the value was looked for', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-load-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, '.env')
  await writeFile(path, `NAME=${fresh()}\n`, { mode: 0o600 })
  const env = { ...development, REKEY_SECRETS: `dotenv:${path}` }
  const definition = define({ name: spec('NAME'), other: spec('OTHER') })
  const { problems } = await problemsOf(loadService(definition, { env }))
  expect(problems).toMatchObject([{ key: 'OTHER', code: 'missing', source: `dotenv:${path}` }])
})

it('never shows a value in the report, however it is printed', async () => {
  const canary = `canary${randomBytes(4).toString('hex')}`
  const source = createMemoryStore({ SHORT: canary })
  const env = { ...development, PORT: canary }
  const error = await problemsOf(loadService(define({ short: spec('SHORT') }), { env, source }))
  const printed = [error.message, error.stack, inspect(error, { depth: 9 }), JSON.stringify(error)]
  expect(printed.join('\n')).not.toContain(canary)
})

it('passes on a fault of ours as it is, instead of reporting it as a problem of the user', async () => {
  const source: SecretSource = { locator: 'broken', read: () => Promise.reject(new RangeError()) }
  const loading = loadService(define({ name: spec('NAME') }), { env: development, source })
  await expect(loading).rejects.toThrow(RangeError)
})

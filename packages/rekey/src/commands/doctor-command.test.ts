import { randomBytes } from 'node:crypto'
import { chmod, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueApiKey } from '@rekey/api-key-auth'
import { Secret } from '@rekey/secret'
import { openDotenvStore } from '@rekey/config-loader/store'
import { issueChain } from '@rekey/testbed/certificates'
import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../test/commands/run-program.support.ts'

const newText = () => `dev-${randomBytes(32).toString('base64url')}`
const newKey = () => issueApiKey({ environment: 'dev' }).text.expose()

function signingSecrets(): Record<string, string> {
  return {
    API_KEY_FRONTEND_SIGNING: newKey(),
    API_KEY_SIGNING_CERTTRANSPARENCY: newKey(),
    CA_PASSPHRASE_SIGNING: newText(),
    TLS_SIGNING: issueChain({ dnsNames: ['signing'], purpose: 'both' }).text,
  }
}

const envLines = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value.includes('\n') ? `"${value}"` : value}\n`)
    .join('')

async function write(name: string, text: string, directory?: string): Promise<string> {
  const made = directory ?? (await mkdtemp(join(tmpdir(), 'rekey-doctor-')))
  if (directory === undefined) onTestFinished(() => rm(made, { recursive: true }))
  await writeFile(join(made, name), text, { mode: 0o600 })
  return join(made, name)
}

async function doctor(env: Record<string, string>, ...flags: string[]) {
  const run = await runProgram(['doctor', 'signing', '--json', ...flags], {
    env: { REKEY_ENVIRONMENT: 'development', ...env },
  })
  const of = (type: string) => run.lines().filter((line) => line['type'] === type)
  return {
    ...run,
    secrets: () => of('secret'),
    warnings: () => of('warning'),
    notes: () => of('note'),
  }
}

it('says where each secret comes from, its version and age, and how stale it may get', async () => {
  const secrets = signingSecrets()
  const { CA_PASSPHRASE_SIGNING: passphrase = '', ...keys } = secrets
  const path = await write('.env', envLines(keys))
  const store = await openDotenvStore({ path })
  const { current } = await store.create('CA_PASSPHRASE_SIGNING', Secret.of(passphrase, 'CA'))
  await store[Symbol.asyncDispose]()
  const found = await doctor({ REKEY_SECRETS: `dotenv:${path}` })
  expect(found.code).toBe(0)
  expect(found.warnings()).toEqual([])
  expect(found.secrets()).toMatchObject([
    { name: 'API_KEY_FRONTEND_SIGNING', sound: true, versions: [{ stage: 'current' }] },
    { name: 'API_KEY_SIGNING_CERTTRANSPARENCY', sound: true },
    {
      name: 'CA_PASSPHRASE_SIGNING',
      source: `dotenv:${path}`,
      versions: [
        { stage: 'current', version: current.version, ageMs: expect.any(Number) as number },
      ],
      staleness: { ttlMs: 30_000, maxStaleMs: 86_400_000, negativeTtlMs: 30_000, need: 'stale-ok' },
      watched: true,
      rights: [`read ${path}: mode 0600, owned by the user of the service`],
      shadowed: [],
    },
    { name: 'TLS_SIGNING', sound: true },
  ])
  for (const value of Object.values(secrets)) expect(found.output).not.toContain(value)
})

it('finds what is missing, what breaks its rule and what belongs to another environment', async () => {
  const { API_KEY_FRONTEND_SIGNING: key = '' } = signingSecrets()
  const short = newText().slice(0, 20)
  const env = { API_KEY_FRONTEND_SIGNING: key, CA_PASSPHRASE_SIGNING: short }
  const found = await doctor({ ...env, REKEY_ENVIRONMENT: 'production' })
  expect(found.code).toBe(1)
  expect(found.secrets().map(({ problem }) => (problem as { code: string }).code)).toEqual([
    'refused',
    'missing',
    'malformed',
    'missing',
  ])
  for (const value of [key, short]) expect(found.output).not.toContain(value)
})

it('names every line of a .env file that readers disagree on, and what each could lose', async () => {
  const value = newText()
  const path = await write('.env', `A=${value}#${value}\nB=1\nB=2\nC="${value}\n`)
  await chmod(path, 0o644)
  const found = await doctor({ REKEY_SECRETS: `dotenv:${path}` })
  expect(found.code).toBe(1)
  expect(found.warnings().map(({ rule, message }) => `${String(rule)} ${String(message)}`)).toEqual(
    [
      expect.stringMatching(/^dotenv-hash line 1 of /),
      expect.stringMatching(/^dotenv-duplicate line 3 of /),
      expect.stringMatching(/^dotenv-quote line 4 of /),
      expect.stringMatching(/^file-mode .* may be read by group or others/),
    ],
  )
  expect(found.output).not.toContain(value)
})

it('finds secrets that are shadowed, of no use, or somebody else’s', async () => {
  const secrets = signingSecrets()
  const path = await write(
    'keys.env',
    envLines({ ...secrets, CA_PASSPHRASE_SINGING: newText(), PORT: '1' }),
  )
  const sources = await write(
    'sources.json',
    JSON.stringify({
      sources: { variables: 'env', keys: 'dotenv:keys.env' },
      default: { firstOf: ['variables', 'keys'], ttl: '1 min' },
      secrets: { CA_PASSPHRASE_SIGNING: { from: 'variables', need: 'optional' } },
    }),
    join(path, '..'),
  )
  const env = {
    API_KEY_FRONTEND_SIGNING: newKey(),
    API_KEY_FRONTEND_SIGNING__PENDING: newText(),
    DATABASE_FRONTEND: newText(),
    REKEY_SECRETS: `file:${sources}`,
  }
  const found = await doctor(env)
  expect(found.code).toBe(0)
  expect(found.secrets()).toMatchObject([
    { source: 'env', shadowed: [`dotenv:${path}`], staleness: { ttlMs: 60_000 } },
    { source: `dotenv:${path}`, shadowed: [] },
    { source: 'env', sound: false, problem: { code: 'missing' }, staleness: { need: 'optional' } },
    { source: `dotenv:${path}`, shadowed: [] },
  ])
  expect(found.warnings().map(({ rule, name, source }) => [rule, name, source])).toEqual([
    ['shadowed', 'API_KEY_FRONTEND_SIGNING', `dotenv:${path}`],
    ['left-out', 'API_KEY_FRONTEND_SIGNING', 'env'],
    ['foreign', 'DATABASE_FRONTEND', 'env'],
    ['unused', 'CA_PASSPHRASE_SIGNING', `dotenv:${path}`],
    ['unused', 'CA_PASSPHRASE_SINGING', `dotenv:${path}`],
  ])
  expect((await doctor(env, '--strict')).code).toBe(1)
  for (const value of Object.values({ ...secrets, ...env }).filter((text) =>
    text.startsWith('dev-'),
  )) {
    expect(found.output).not.toContain(value)
  }
})

it('tries each secret against its far side if asked to, for which the settings must be sound', async () => {
  const secrets = signingSecrets()
  const without = await doctor(secrets, '--probe')
  expect(without.code).toBe(1)
  expect(without.output).toContain('CA_DIRECTORY: missing')
  const settings = {
    PORT: '0',
    HEALTH_PORT: '0',
    CA_DIRECTORY: join(tmpdir(), 'rekey-no-such-directory'),
    CRL_DIRECTORY: tmpdir(),
    CERTTRANSPARENCY_URL: 'https://127.0.0.1:9',
    LOG_VERIFIER_KEY: 'certtransparency/log+00000000+key',
  }
  const found = await doctor({ ...secrets, ...settings }, '--probe')
  expect(found.code).toBe(1)
  expect(found.secrets().map(({ sound }) => sound)).toEqual([true, true, false, true])
  expect((await doctor({ ...secrets, ...settings })).code).toBe(0)
})

it('tells people the same in words', async () => {
  const path = await write('.env', `${envLines(signingSecrets())}LEFT_OVER=1\n`)
  const { code, output } = await runProgram(['doctor', 'signing'], {
    env: { REKEY_ENVIRONMENT: 'development', REKEY_SECRETS: `dotenv:${path}` },
  })
  expect(code).toBe(0)
  expect(output).toContain(`signing in development, from dotenv:${path}\n`)
  expect(output).toMatch(/^ok {7}CA_PASSPHRASE_SIGNING .* current [0-9a-f]{10} \(age unknown\)$/m)
  expect(output).toContain(
    'refreshed on change and at least every 30 s; served for 1 d while its source is down',
  )
  expect(output).toContain(`warning  unused: LEFT_OVER in dotenv:${path}: `)
  expect(output).toContain('secrets: 4, problems: 0, warnings: 1\n')
})

it('names where the definition contradicts the family that is declared here, and no contradiction of another service', async () => {
  const here = await mkdtemp(join(tmpdir(), 'rekey-doctor-family-'))
  onTestFinished(() => rm(here, { recursive: true }))
  const repository = join(import.meta.dirname, '../../../..')
  await symlink(join(repository, 'node_modules'), join(here, 'node_modules'))
  for (const service of ['certtransparency', 'frontend', 'signing']) {
    const sources = join('services', service, 'src')
    await cp(join(repository, sources), join(here, sources), { recursive: true })
  }
  const family = JSON.parse(await readFile(join(repository, 'family.json'), 'utf8')) as object
  const other = {
    databases: [{ service: 'frontend' }],
    secrets: { 'api-key': ['frontend:signing'] },
  }
  await writeFile(join(here, 'family.json'), JSON.stringify({ ...family, ...other }))
  const env = { REKEY_ENVIRONMENT: 'development', ...signingSecrets() }
  const found = await runProgram(['doctor', 'signing', '--json', '--strict'], { env, cwd: here })
  const contradictions = found.lines().filter((line) => line['type'] === 'contradiction')
  expect(contradictions.map(({ rule, where }) => [rule, where])).toEqual([
    ['unknown-kind', { file: 'services/signing/src/secrets.ts', part: 'secrets.ca' }],
    ['unknown-kind', { file: 'services/signing/src/secrets.ts', part: 'secrets.tls' }],
    ['call', { file: 'services/signing/src/secrets.ts', part: 'secrets.certtransparency' }],
  ])
  expect(found.code).toBe(1)
})

it.each<[string, string[], Record<string, string>, number, string]>([
  [
    'an unknown service',
    ['doctor', 'nobody'],
    {},
    2,
    'there is no definition of nobody; there are: certtransparency, frontend, signing',
  ],
  [
    'a module that is none',
    ['doctor', 'x', '--definition', '/nowhere.ts'],
    {},
    2,
    'it cannot be imported',
  ],
  [
    'an unknown source',
    ['doctor', 'signing'],
    { REKEY_SECRETS: 'etcd:x' },
    1,
    'REKEY_SECRETS: malformed',
  ],
])('says what is wrong with %s', async (_what, args, env, code, words) => {
  const run = await runProgram(args, { env })
  expect(run).toMatchObject({ code, output: expect.stringContaining(words) as string })
})

it('reads definitions of other repositories', async () => {
  const definition = join(import.meta.dirname, '../../../../services/signing/src/secrets.ts')
  const { code, lines } = await runProgram(
    ['doctor', 'signing', '--json', '--definition', definition],
    { env: { REKEY_ENVIRONMENT: 'development', ...signingSecrets() }, cwd: tmpdir() },
  )
  expect(code).toBe(0)
  expect(lines()).toHaveLength(4)
})

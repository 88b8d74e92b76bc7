import { readdir, readFile, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { openStore } from '@rekey/config-loader/store'
import type { Deployment } from '@rekey/rekey/internal'
import { openRotator } from '@rekey/rekey'
import type { Rotator } from '@rekey/rekey/internal/rotator'
import { findStack } from '@rekey/rekey/internal/stacks'
import { type Report } from '@rekey/stack'
import { findForTest, isExhaustive, type ProgramName } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runRekey } from '@rekey/test-support'
import { shownBy, valuesOf } from './secret-values.ts'
import { leftIn, reportOf, type Run, stackIn, start, until } from './start-stack.ts'

/** Whole: ten minutes of rotations while replicas come and go. */
const ROUNDS_WITH_VISITS = isExhaustive ? 20 : 1
const SLOW_MS = isExhaustive ? 1_500_000 : 240_000
/** Of a login that Vault makes here. */
const MAX_TTL_MS = 14_000
const KEY = 'API_KEY_FRONTEND_SIGNING'
const EVERYTHING = [
  'api-key frontend:signing',
  'api-key signing:certtransparency',
  'database frontend',
  'database certtransparency',
  'oidc-client frontend',
  'tls certtransparency',
  'tls frontend',
  'tls signing',
  'integration frontend:notices',
  'signing-secret frontend:session',
  'rotator-login main',
]
/** The SDK says on stderr which Node.js its versions of next year need. */
const QUIET = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }
const NO_LOGINS = EVERYTHING.filter((title) => !title.startsWith('database'))

interface StoreCase {
  readonly name: string
  readonly flags: readonly string[]
  readonly rounds: number
  readonly programs: readonly ProgramName[]
  readonly title: string
  readonly rotated: readonly string[]
}

const CASES: readonly StoreCase[] = [
  {
    name: 'Vault',
    flags: ['--store', 'vault'],
    rounds: 1,
    programs: ['vault'],
    title: 'Vault 1.21.4',
    rotated: EVERYTHING,
  },
  {
    name: 'Vault that makes the database logins',
    flags: ['--store', 'vault', '--dynamic'],
    rounds: 1,
    programs: ['vault'],
    title: 'Vault 1.21.4',
    rotated: NO_LOGINS,
  },
  {
    name: 'AWS Secrets Manager',
    flags: ['--store', 'aws'],
    rounds: 1,
    programs: ['moto'],
    title: 'moto 5.2.5',
    rotated: EVERYTHING,
  },
  {
    name: 'Kubernetes',
    flags: ['--store', 'kubernetes', '--autoscale'],
    rounds: ROUNDS_WITH_VISITS,
    programs: ['kube-apiserver', 'etcd', 'kubelet-writer'],
    title: 'Kubernetes 1.36.3',
    rotated: EVERYTHING,
  },
]

const found = new Map<ProgramName, boolean>()
for (const name of new Set(CASES.flatMap(({ programs }) => programs))) {
  found.set(name, (await findForTest(name)).found)
}

const runnable = CASES.filter(({ programs }) => programs.every((name) => found.get(name)))

describe.each(runnable)('npm start on $name', ({ flags, rounds, title, rotated }) => {
  const ends: (() => unknown)[] = []
  const isLent = flags.includes('--dynamic')
  const values = new Set<string>()
  let run: Run
  let stack: string
  let family: Deployment
  let rotator: Rotator
  let report: Report

  const collect = async () => {
    const names = [...rotator.kinds.values()].map(({ name }) => name)
    const all = [...names, 'DATABASE_ROTATOR', 'IDENTITY_PROVIDER_ADAPTER']
    for (const value of await valuesOf(rotator.store, all)) values.add(value)
  }

  beforeAll(async () => {
    const some = ['--rounds', String(rounds), '--people', '2', '--validation-ms', '300']
    run = await start([...flags, ...some, '--json', '--keep'], {
      atEnd: (work) => ends.unshift(work),
    })
    await until(run, 'Stop with Ctrl-C')
    report = reportOf(run)
    stack = await stackIn(run)
    family = await findStack(stack)
    rotator = await openRotator(family)
    await collect()
  }, SLOW_MS)
  afterAll(async () => {
    await rotator.close()
    for (const end of ends) await end()
  })

  it('rotates everything as often as asked, and loses nothing', () => {
    expect(report).toMatchObject({ losses: [], load: { failures: 0, failuresByReason: {} } })
    expect(report.load.profiles).toBeGreaterThan(0)
    if (flags.includes('--autoscale')) expect(report.visits).toBeGreaterThan(0)
    expect(report.rotations).toEqual(Object.fromEntries(rotated.map((each) => [each, rounds])))
    expect(report.store).toContain(title)
    expect(run.output()).toContain(`starting ${report.store}`)
  })

  it.runIf(isLent)('is past the longest life of two logins of each service, which are gone', () => {
    const { lentLogins = {}, logins, durationMs } = report
    expect(Object.keys(lentLogins)).toEqual(['frontend', 'certtransparency'])
    for (const [service, names] of Object.entries(lentLogins)) {
      expect(names.length, service).toBeGreaterThanOrEqual(3)
      expect(logins[service], service).toHaveLength(1)
      expect(names.slice(0, 2), service).not.toContain(logins[service]?.[0])
    }
    expect(durationMs).toBeGreaterThan(2 * MAX_TTL_MS)
  })

  it.runIf(!isLent)('leaves the login of the last round', () => {
    const last = `_g${rounds + 1}`
    expect(report.logins).toEqual({
      frontend: [`frontend${last}`],
      certtransparency: [`certtransparency${last}`],
    })
  })

  it('leaves one version of each secret in the store', async () => {
    for (const { name } of rotator.kinds.values()) {
      const { pending, previous } = await rotator.store.read(name)
      expect([pending, previous], name).toEqual([undefined, undefined])
    }
  })

  it(
    'can be examined and rotated from another terminal',
    async () => {
      const status = await runRekey(['status', '--json', '--stack', stack], QUIET)
      expect(status).toMatchObject({ code: 0, stderr: '' })
      expect(
        status
          .lines()
          .map(({ secret }) => String(secret))
          .toSorted(),
      ).toEqual(rotated.toSorted())
      const before = (await rotator.store.read(KEY)).current.version
      const path = join(stack, 'stack.json')
      const rotate = ['rotate', 'api-key', 'frontend:signing', '--json', '--family', path]
      const { code, stderr, stdout } = await runRekey(rotate, QUIET)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      await collect()
      expect((await rotator.store.read(KEY)).current.version).not.toBe(before)
      for (const value of values) expect(status.stdout + stdout).not.toContain(value)
    },
    SLOW_MS,
  )

  // moto checks no rights.
  it.runIf(!flags.includes('aws'))(
    'lets the rotator read no secret that it does not rotate or need',
    async () => {
      const reading = rotator.store.read('CA_PASSPHRASE_SIGNING')
      await expect(reading).rejects.toMatchObject({ code: 'forbidden' })
    },
  )

  it.runIf(flags.includes('vault'))('lets a service read its own secrets only', async () => {
    const roleOf = (file: string) => join(stack, 'vault', `signing-${file}`)
    const env = {
      ...onlyText(family.store.variables),
      VAULT_ROLE_ID_FILE: roleOf('role-id'),
      VAULT_SECRET_ID_FILE: roleOf('secret-id'),
    }
    await using store = await openStore(family.store.locator, { env, startJitterMs: 0 })
    expect((await store.read(KEY)).current.version).not.toBe('')
    for (const name of ['DATABASE_FRONTEND', 'OIDC_CLIENT_SECRET_FRONTEND', 'DATABASE_ROTATOR']) {
      await expect(store.read(name)).rejects.toMatchObject({ code: 'forbidden' })
    }
  })

  it.runIf(flags.includes('kubernetes'))('mounts to a service its own secrets only', async () => {
    const names = await readdir(join(stack, 'volumes', 'signing'))
    expect(names.filter((name) => !name.startsWith('.')).sort()).toEqual([
      KEY,
      'API_KEY_SIGNING_CERTTRANSPARENCY',
      'CA_PASSPHRASE_SIGNING',
      'TLS_SIGNING',
    ])
  })

  it('keeps credentials from other users', async () => {
    const texts = Object.values(family.store.variables)
    const files = texts.map((each) => (typeof each === 'string' ? each : each.file))
    const paths = [stack, join(stack, 'stack.json'), ...files.filter((file) => isAbsolute(file))]
    expect(paths.length).toBeGreaterThan(2)
    for (const folder of ['vault', 'aws'].filter((name) => flags.includes(name))) {
      const own = await readdir(join(stack, folder))
      paths.push(join(stack, folder), ...own.map((file) => join(stack, folder, file)))
    }
    for (const path of paths) expect((await stat(path)).mode & 0o077, path).toBe(0)
  })

  it.runIf(process.platform === 'linux')(
    'shows no secret in arguments, environments, logs and stack.json',
    async () => {
      for (const value of Object.values(family.store.variables)) {
        if (typeof value !== 'string') values.add((await readFile(value.file, 'utf8')).trim())
      }
      expect(values.size).toBeGreaterThanOrEqual(rotated.length + 2)
      const shown = await shownBy(run.directory, stack)
      expect([...shown.keys()].filter((where) => where.includes('environment'))).not.toEqual([])
      shown.set('its own output', run.output())
      for (const [where, text] of shown) {
        for (const value of values) expect(text.includes(value), where).toBe(false)
      }
    },
  )

  it(
    'ends with Ctrl-C, and leaves nothing behind',
    async () => {
      run.child.kill('SIGINT')
      expect(await run.ended()).toEqual({ code: 0, signal: null })
      expect(await leftIn(run.directory)).toEqual([])
    },
    SLOW_MS,
  )
})

function onlyText(variables: Deployment['store']['variables']): Record<string, string> {
  const entries = Object.entries(variables)
  return Object.fromEntries(entries.filter((each): each is [string, string] => !isFile(each[1])))
}

function isFile(value: unknown): boolean {
  return typeof value !== 'string'
}

it.each([
  ['vault', 'REKEY_VAULT'],
  ['aws', 'REKEY_MOTO'],
  ['kubernetes', 'REKEY_ETCD'],
])('says how to install the server of --store %s when it is not here', async (store, variable) => {
  const place = { env: { [variable]: '/nowhere' } }
  const run = await start(['--store', store], place)
  expect(await run.ended()).toMatchObject({ code: 1 })
  expect(run.output()).toContain('npm run testbed:install')
  expect(run.output()).not.toContain('starting PostgreSQL')
  expect(await leftIn(run.directory)).toEqual([])
})

it.runIf(found.get('vault'))(
  'cleans up and exits with 130 on Ctrl-C while the store is started',
  async () => {
    const run = await start(['--store', 'vault'])
    await until(run, 'starting Vault')
    run.child.kill('SIGINT')
    expect(await run.ended()).toEqual({ code: 130, signal: null })
    expect(await leftIn(run.directory)).toEqual([])
  },
  SLOW_MS,
)

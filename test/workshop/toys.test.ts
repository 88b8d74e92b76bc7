import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeSecretStore } from '@rekey/config-loader/store/contract'
import type { SecretStore } from '@rekey/secret'
import { Linter } from 'eslint'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from './contributing-rows.ts'
import { openWorkbench } from './workbench.ts'

const bench = await openWorkbench([
  'packages/config-loader',
  'packages/eslint-plugin',
  'packages/rekey',
])
afterAll(() => bench[Symbol.asyncDispose]())

const LOCATE = 'packages/config-loader/src/store/locate'
const KINDS = 'packages/rekey/src/family'
const LINTER = 'packages/eslint-plugin'
const COMMANDS = 'packages/rekey/src/commands'

const STORE = `
import type { SecretStore, StagedSecret } from '@rekey/secret'
import { createMemoryStore } from './memory-store.ts'

/** Opens a store that has names of its own. */
export async function openToyStore(place: string): Promise<SecretStore> {
  const inner = createMemoryStore()
  const own = (name: string) => place + name
  const under = async (name: string, staged: Promise<StagedSecret>) => ({ ...(await staged), name })
  return {
    locator: 'toy:' + place,
    read: (name, ...rest) => under(name, inner.read(own(name), ...rest)),
    create: (name, value) => under(name, inner.create(own(name), value)),
    stage: (name, ...rest) => under(name, inner.stage(own(name), ...rest)),
    abort: (name, expected) => under(name, inner.abort(own(name), expected)),
    promote: (name, expected) => under(name, inner.promote(own(name), expected)),
    rollback: (name, expected) => under(name, inner.rollback(own(name), expected)),
    revoke: (name, expected) => under(name, inner.revoke(own(name), expected)),
  }
}`

interface StoreModule {
  openStore: (locator: string, options: object) => Promise<SecretStore & AsyncDisposable>
}

describe('a store', async () => {
  const toy = bench.add('a store')
  await toy.write('packages/config-loader/src/store/toy-store.ts', STORE)
  await toy.insert(
    `${LOCATE}/built-in-stores.ts`,
    `  {\n    scheme: 'vault',`,
    `  {
    scheme: 'toy',
    place: 'a name, as in toy:bear',
    open: async (place) => (await import('../toy-store.ts')).openToyStore(place),
  },\n`,
  )
  const { openStore } = (await bench.load(`${LOCATE}/open-locator.ts`)) as StoreModule
  describeSecretStore(
    'a toy store',
    async () => {
      const store = await openStore('toy:BEAR_', { env: {}, production: false })
      return { store, close: async () => store[Symbol.asyncDispose]() }
    },
    { watches: false },
  )
})

interface DeploymentModule {
  loadDeployment: (path: string) => Promise<object>
}
interface RotatorModule {
  openRotator: (deployment: object) => Promise<Rotator>
}
interface EngineModule {
  rotate: (kind: object, options: object) => Promise<{ readonly version: string }>
}
interface Rotator extends AsyncDisposable {
  readonly store: SecretStore
  readonly journal: object
  readonly audit: object
  readonly kinds: ReadonlyMap<string, object>
}

/** Opens the rotator of a family with a licence key, and its register, which accepts that one. */
async function openLicences(name: string) {
  const [first, store, register] = [newKey(), bench.at(`${name}.env`), bench.at(name)]
  await writeFile(store, `LICENCE_FRONTEND=${first}\n`, { mode: 0o600 })
  await writeFile(register, first)
  const url = 'http://127.0.0.1:9'
  const family = {
    ...{ services: ['frontend'], journal: 'store', validationMs: 0, environment: 'development' },
    secrets: { licence: [{ service: 'frontend', register }] },
    store: { locator: `dotenv:${store}` },
    fleet: [{ service: 'frontend', url, healthUrl: url }],
    auditDirectory: bench.at(`${name}.audit`),
  }
  await writeFile(bench.at(`${name}.json`), JSON.stringify(family))
  const { loadDeployment } = (await bench.load(`${KINDS}/deployment.ts`)) as DeploymentModule
  const { openRotator } = (await bench.load(`${KINDS}/rotator/open-rotator.ts`)) as RotatorModule
  const { rotate } = (await bench.load('packages/rekey/src/engine/rotate.ts')) as EngineModule
  const rotator = await openRotator(await loadDeployment(bench.at(`${name}.json`)))
  return {
    first,
    accepted: () => readFile(register, 'utf8'),
    async rotate(options: object = {}) {
      const kind = rotator.kinds.get('licence frontend') ?? {}
      const { store, journal, audit } = rotator
      await rotate(kind, { store, journal, audit, ...options })
      return (await store.read('LICENCE_FRONTEND')).current.value.expose()
    },
    [Symbol.asyncDispose]: () => rotator[Symbol.asyncDispose](),
  }
}

const newKey = () => `dev-${randomBytes(32).toString('hex')}`

describe('a kind', async () => {
  const toy = bench.add('a kind')
  const kind = await readFile(join(ROOT, 'test/outside/seventh-kind.ts'), 'utf8')
  const exports = { './internal/rotate': './src/rotate/index.ts' }
  const manifest = { name: '@rekey/licence', type: 'module', exports }
  await toy.write('packages/licence/src/rotate/index.ts', kind)
  await toy.write('packages/licence/package.json', JSON.stringify(manifest))
  await bench.link('@rekey/licence', 'packages/licence')
  await toy.insert(
    `${KINDS}/kinds.ts`,
    `  ['api-key', async`,
    `  ['licence', async () => (await import('@rekey/licence/internal/rotate')).licenceKind],\n`,
  )

  it('is declared by a family, and rotated by the engine', async () => {
    await using licences = await openLicences('licences')
    const after = await licences.rotate()
    expect(after).toMatch(/^dev-[0-9a-f]{64}$/)
    expect(after).not.toBe(licences.first)
    expect(await licences.accepted()).toBe(after)
  })
})

const RULE = `
import { createRule } from '../create-rule.ts'

/** Finds variables that are named like a toy. */
export const noToy = createRule<[], 'toy'>({
  name: 'no-toy',
  meta: {
    type: 'problem',
    docs: { description: 'Keep no toy', cwe: 'CWE-1' },
    messages: { toy: 'This is a toy.' },
    schema: [],
    defaultOptions: [],
  },
  create: (context) => ({
    Identifier(node) {
      if (node.name === 'toy') context.report({ node, messageId: 'toy' })
    },
  }),
})`
const PAGE = `# no-toy

Keep no toy.

## Why

## Incorrect

## Correct

## Options

None.

## Limits
`

describe('a lint rule', async () => {
  const toy = bench.add('a lint rule')
  await toy.write(`${LINTER}/src/rules/no-toy.ts`, RULE)
  await toy.insert(
    `${LINTER}/src/index.ts`,
    `import { noWeakSetting }`,
    `import { noToy } from './rules/no-toy.ts'\n`,
  )
  await toy.insert(`${LINTER}/src/index.ts`, `    'no-weak-setting'`, `    'no-toy': noToy,\n`)
  await toy.insert(
    `${LINTER}/src/configs.ts`,
    `  '@rekey/no-timing-unsafe-compare': 'error',`,
    `  '@rekey/no-toy': 'error',\n`,
  )
  await toy.write(`${LINTER}/docs/rules/no-toy.md`, PAGE)
  const link =
    'https://github.com/rekey/rekey/blob/main/packages/eslint-plugin/docs/rules/no-toy.md'
  await toy.insert(
    `${LINTER}/README.md`,
    '| [no-weak-setting',
    `| [no-toy](${link}) | toys | CWE-1 |\n`,
  )
  const { default: plugin } = (await bench.load(`${LINTER}/src/index.ts`)) as {
    default: { configs: { recommended: Linter.Config[] } }
  }

  it('reports what it finds by the recommended config', () => {
    const found = new Linter().verify('export const toy = 1', plugin.configs.recommended)
    expect(found).toMatchObject([{ ruleId: '@rekey/no-toy', message: 'This is a toy.' }])
  })

  describe('the test of the row', async () => {
    await bench.load(`${LINTER}/src/plugin.test.ts`)
  })
})

const COMMAND = `
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { jsonLine, printing } from './json-output.ts'
import { createPrinter } from './printer.ts'

const LINE = jsonLine('toy', 'A toy.', { name: z.string() })

/** Defines \`rekey toy\`. */
export function defineToy(command: Command, context: CliContext): void {
  printing(command, LINE, ['rekey toy']).action((flags: CommonFlags) => {
    createPrinter<typeof LINE>(flags, context).line({ type: 'toy', name: 'bear' }, 'a toy bear')
  })
}`

interface ProgramModule {
  runProgram: (args: readonly string[]) => Promise<{
    readonly output: string
    readonly lines: () => Record<string, unknown>[]
  }>
}

describe('a command', async () => {
  const toy = bench.add('a command')
  await toy.write(`${COMMANDS}/toy-command.ts`, COMMAND)
  await toy.insert(
    `${COMMANDS}/commands.ts`,
    `  {\n    path: 'complete',`,
    `  {\n    ...{ path: 'toy', group: OPERATE },\n    summary: 'print a toy',\n    load: async () => (await import('./toy-command.ts')).defineToy,\n  },\n`,
  )
  const { runProgram } = (await bench.load(
    'packages/rekey/test/commands/run-program.support.ts',
  )) as ProgramModule

  it('is in the help, and prints what its schema describes', async () => {
    expect((await runProgram(['--help'])).output).toMatch(/^ {2}toy .*print a toy$/m)
    const [line] = (await runProgram(['schema', 'toy', '--json'])).lines()
    // As the test of the schemas writes it.
    await toy.write('packages/rekey/schemas/toy.json', JSON.stringify(line?.['schema']))
    expect((await runProgram(['toy'])).output).toBe('a toy bear\n')
    expect((await runProgram(['toy', '--json'])).lines()).toEqual([{ type: 'toy', name: 'bear' }])
  })
})

const SINK = `
import { appendFile } from 'node:fs/promises'
import { SecretError } from '@rekey/secret'
import type { AuditSink } from './audit-entry.ts'

/** Creates a sink that writes the action of each event to a file. */
export function createToySink(path: string): AuditSink {
  return {
    record: ({ action, outcome }) =>
      appendFile(path, action + ' ' + outcome + '\\n', { flush: true }).catch(() => {
        throw new SecretError('unreachable', 'the toy cannot be written: try again')
      }),
  }
}`

describe('an audit sink', async () => {
  const toy = bench.add('an audit sink')
  await toy.write('packages/audit-log/src/toy-sink.ts', SINK)
  const { createToySink } = (await bench.load('packages/audit-log/src/toy-sink.ts')) as {
    createToySink: (path: string) => object
  }

  it('gets an entry for each step, and the rotation waits where it cannot be written', async () => {
    await using licences = await openLicences('audited')
    const silent = createToySink(bench.at('nowhere/toy.log'))
    await expect(licences.rotate({ audit: silent })).rejects.toThrow()
    expect(await licences.accepted()).toBe(licences.first)
    const after = await licences.rotate({ audit: createToySink(bench.at('toy.log')) })
    expect(await licences.accepted()).toBe(after)
    const lines = (await readFile(bench.at('toy.log'), 'utf8')).trimEnd().split('\n')
    expect(lines).toContain('rotation.promote succeeded')
    expect(lines.at(-1)).toMatch(/ succeeded$/)
  })
})

const METRIC = `  {
    name: 'rekey_secret_toys_total',
    type: 'counter',
    help: 'Toys of a secret.',
    samples: ({ name }) => [[{ toy: 'bear' }, name.length]],
  },
`

describe('a metric', async () => {
  const file = 'packages/config-loader/src/metrics.ts'
  await bench.add('a metric').insert(file, `  {\n    name: 'rekey_secret_info',`, METRIC)
  const { metricsOf } = (await bench.load(file)) as { metricsOf: (report: object) => string }

  it('is among those of each secret', () => {
    const usage = { versions: [], failures: 0 }
    const secret = { name: 'KEY', source: 'env', state: 'fresh', versions: [], usage, counts: {} }
    const text = metricsOf({ service: 'app', secrets: [secret] })
    expect(text).toContain(
      '# HELP rekey_secret_toys_total Toys of a secret.\n# TYPE rekey_secret_toys_total counter\nrekey_secret_toys_total{service="app",secret="KEY",source="env",toy="bear"} 3\n',
    )
  })
})

// @lane servers
import { join } from 'node:path'
import { DisposalStack } from '@rekey/secret'
import { listEntries, PACKAGES, succeed } from '@rekey/test-packed'
import ts from 'typescript'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closureOf } from './entry-closure.ts'
import { openStrangerProject, type StrangerProject } from './stranger-project.ts'

const OPTIONAL_PEERS = [
  ...['express', 'fastify', 'hono', 'pino', 'vitest', 'eslint', 'pkcs11js'],
  ...[
    '@aws-sdk/client-secrets-manager',
    '@kubernetes/client-node',
    'node-vault',
    '@opentelemetry/api',
    'postgres',
  ],
]
const TYPES = ['@types/node', '@types/express', '@types/pg']
/** What entries that a service imports load of others, with what that loads in turn. */
const LOADED: Readonly<Record<string, readonly string[]>> = {
  secret: [],
  'config-loader': ['zod'],
  'config-loader/host': [],
  'api-key-auth': [],
  'api-key-auth/express': [],
  'api-key-auth/fastify': [],
  'api-key-auth/hono': [],
  'log-redactor': [],
  'log-redactor/pino': [],
  'oidc-client': ['jose', 'oauth4webapi', 'openid-client', 'zod'],
  'tls-identity': ['undici'],
  'integration-secret': [],
  'aws-iam': [],
  kafka: [],
  mariadb: [],
  mongodb: [],
  rabbitmq: [],
  redis: [],
  'signing-keys': [],
  smtp: [],
  spiffe: [],
  'secret/trust': ['zod'],
  'config-loader/store': ['dotenv'],
  'config-loader/internal/locate': ['dotenv'],
}
/** The second one guards the process before anything else, so it loads the redactor too. */
const MOST: ReadonlyMap<string, { readonly files: number; readonly kilobytes: number }> = new Map([
  ['config-loader', { files: 10, kilobytes: 102 }],
  ['config-loader/host', { files: 23, kilobytes: 252 }],
  // A line of each store and source that a locator may name.
  ['config-loader/store', { files: 26, kilobytes: 132 }],
  // With the guard of a process, and what masks for each of seven loggers.
  ['log-redactor', { files: 16, kilobytes: 205 }],
])
/** Describes tests, so it is imported by vitest alone. */
const CONTRACT = '@rekey/config-loader/store/contract'

const own = new DisposalStack()
let project: StrangerProject
let entries: readonly string[]

beforeAll(async () => {
  entries = await listEntries(PACKAGES)
  const installed = [...PACKAGES, ...OPTIONAL_PEERS, ...TYPES]
  project = own.use(await openStrangerProject(installed), 'project')
}, 240_000)
afterAll(() => own.dispose())

/** A module that imports every entry, and uses two in the way that the documentation shows. */
function moduleOfAll(): string {
  const imports = entries.map((entry, at) => `import * as all${at} from '${entry}'`)
  return `${imports.join('\n')}
import { type LiveSecret, Secret, SecretError, SingleFlights } from '@rekey/secret'

const secret: Secret = Secret.of('text', 'NAME')
export const text: string = secret.expose()
export const flights: SingleFlights<string, number> = new SingleFlights()
export const read = (live: LiveSecret<string>): string => live.current.value.expose()
export const codeOf = (error: unknown) => (error instanceof SecretError ? error.code : undefined)
// @ts-expect-error -- a secret is no text: expose() alone gives its value
export const wrong: string = secret
export const all = [${entries.map((_, at) => `all${at}`).join(', ')}]
`
}

const { ModuleKind, ModuleResolutionKind } = ts
const NODE = { module: ModuleKind.Node16, moduleResolution: ModuleResolutionKind.Node16 }
const NEXT = { module: ModuleKind.NodeNext, moduleResolution: ModuleResolutionKind.NodeNext }
const BUNDLER = { module: ModuleKind.ESNext, moduleResolution: ModuleResolutionKind.Bundler }

it.each([
  ['a .cts file under node16', 'cts', NODE],
  ['a .mts file under node16', 'mts', NODE],
  ['a .cts file under nodenext', 'cts', NEXT],
  ['a .mts file under nodenext', 'mts', NEXT],
  ['a .ts file of a bundler', 'ts', BUNDLER],
])(
  '%s that imports every entry compiles, and so do the declarations that it gets',
  async (_name, ending, options) => {
    await project.write({ [`main.${ending}`]: moduleOfAll() })
    const main = join(project.root, `main.${ending}`)
    const program = ts.createProgram([main], {
      ...options,
      ...{ target: ts.ScriptTarget.ES2023, strict: true, noEmit: true },
      ...{ types: ['node'], typeRoots: [join(project.root, 'node_modules/@types')] },
    })
    const files = program.getSourceFiles().filter(({ fileName }) => isOwn(fileName))
    expect(files.length).toBeGreaterThan(entries.length)
    const found = files.flatMap((file) => ts.getPreEmitDiagnostics(program, file))
    expect(
      found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
    ).toEqual([])
  },
  120_000,
)

/** The main module, and the declarations of Rekey: a service that does not skip those of libraries compiles them too. */
const isOwn = (file: string) => /\/main\.[cm]?ts$|\/@rekey\/.*\.d\.c?ts$/.test(file)

it('require gives what import gives, from every entry', async () => {
  const loaded = entries.filter((entry) => entry !== CONTRACT)
  await project.write({
    'same.cjs': `const same = async (entry) => {
  const required = require(entry)
  const imported = await import(entry)
  const names = Object.keys(imported).filter((name) => name !== 'module.exports')
  if ('default' in imported) return required === imported.default
  return names.every((name) => required[name] === imported[name])
}
;(async () => {
  const different = []
  for (const entry of ${JSON.stringify(loaded)}) if (!(await same(entry))) different.push(entry)
  console.log(JSON.stringify(different))
})()
`,
  })
  const printed = await succeed(process.execPath, [join(project.root, 'same.cjs')], project.root)
  expect(JSON.parse(printed)).toEqual([])
}, 60_000)

it.each(Object.entries(LOADED))(
  '%s loads of other packages, of Rekey and of Node.js what it needs at once, and nothing that waits for its use',
  async (entry, packages) => {
    const closure = await closureOf(project.root, `@rekey/${entry}`)
    expect(closure.packages).toEqual(packages)
    expect(closure.hasFetch).toBe(false)
    const most = MOST.get(entry) ?? { files: 26, kilobytes: 130 }
    expect(closure.files).toBeLessThanOrEqual(most.files)
    expect(closure.bytes).toBeLessThanOrEqual(most.kilobytes * 1024)
  },
)

it('db-pool-rotator loads of other packages and of Node.js what pg does', async () => {
  const closure = await closureOf(project.root, '@rekey/db-pool-rotator')
  const { packages, hasFetch } = await closureOf(project.root, 'pg')
  expect(closure).toMatchObject({ packages, hasFetch })
})

it.each(Object.keys(LOADED))(
  '%s leaves standard input to the service: one that is opened no longer blocks, so a read of it fails',
  async (entry) => {
    const watch = `Object.defineProperty(process, 'stdin', { enumerable: true, get: () => console.log('opened') })`
    await project.write({
      'stdin.mjs': `${watch}\nawait import('@rekey/${entry}')\nconsole.log('imported')\n`,
    })
    const program = join(project.root, 'stdin.mjs')
    expect(await succeed(process.execPath, [program], project.root)).toBe('imported\n')
  },
)

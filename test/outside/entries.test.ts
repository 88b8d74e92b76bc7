import { join } from 'node:path'
import { DisposalStack } from '@rekey/secret'
import { listEntries, PACKAGES, succeed } from '@rekey/test-packed'
import ts from 'typescript'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStrangerProject, type StrangerProject } from './stranger-project.ts'

const OPTIONAL_PEERS = [
  ...['express', 'fastify', 'hono', 'pino', 'vitest', 'eslint', 'pkcs11js'],
  ...['@aws-sdk/client-secrets-manager', '@kubernetes/client-node', 'node-vault'],
]
const TYPES = ['@types/node', '@types/express', '@types/pg']
/** Describes tests, so it is imported by vitest alone. */
const CONTRACT = '@rekey/secret-stores/contract'

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
import { listEntries, PACKAGES, succeed } from '@rekey/test-packed'
import { listEntries, PACKAGES, succeed } from '@rekey/test-packed'

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
  '%s that imports every entry compiles, and so do the types of CommonJS that it gets',
  async (_name, ending, options) => {
    await project.write({ [`main.${ending}`]: moduleOfAll() })
    const main = join(project.root, `main.${ending}`)
    const program = ts.createProgram([main], {
      ...options,
      ...{ target: ts.ScriptTarget.ES2023, strict: true, noEmit: true },
      ...{ types: ['node'], typeRoots: [join(project.root, 'node_modules/@types')] },
    })
    const files = program.getSourceFiles().filter(({ fileName }) => isOwn(fileName))
    expect(files.length).toBe(ending === 'cts' ? entries.length + 1 : 1)
    const found = files.flatMap((file) => ts.getPreEmitDiagnostics(program, file))
    expect(
      found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
    ).toEqual([])
  },
  120_000,
)

/** The main module, and what is made for CommonJS. */
const isOwn = (file: string) => /\/main\.[cm]?ts$|\/@rekey\/.*\.d\.cts$/.test(file)

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

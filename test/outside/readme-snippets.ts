import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listEntries, PACKAGES } from '@rekey/test-packed'
import { readRunbook, withImports } from '@rekey/test-support'
import type { LibraryFolder } from './library-folder.ts'

/** What the snippets of a README take as given. */
interface Given {
  /** Names of values of any type, with blanks between. */
  readonly names?: string
  /** The text of a module with more of them, typed. */
  readonly values?: string
  /** Entries whose names are meant where others have the same. */
  readonly entries?: readonly string[]
}

/** By the document. */
const GIVEN: ReadonlyMap<string, Given> = new Map([
  ['README.md', {}],
  [
    'packages/api-key-auth/README.md',
    { names: 'service app', entries: ['@rekey/api-key-auth/fastify'] },
  ],
  ['packages/audit-log/README.md', { values: "export const directory = 'readmes/audit'\n" }],
  [
    'packages/ca-keystore/README.md',
    {
      names: [
        'directory passphrase rootDirectory rootPassphrase service csr person order pin root ca pem',
        'held lists serial validityMs certificate',
      ].join(' '),
    },
  ],
  [
    'packages/config-loader/README.md',
    {
      names: 'app pool log',
      values: `import { apiKeyTo } from '@rekey/api-key-auth'
import { defineService, listenerSettings } from '@rekey/config-loader'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { oidcClient } from '@rekey/oidc-client'
import { z } from 'zod'
export const definition = defineService({
  name: 'shop',
  settings: z.object(listenerSettings),
  secrets: { database: postgresLogin(), oidc: oidcClient(), signing: apiKeyTo('signing') },
})
`,
    },
  ],
  ['packages/rekey/docs/console.md', { names: 'readMyFamily' }],
  ['packages/db-pool-rotator/README.md', { names: 'service onNotification onGap pool' }],
  [
    'packages/integration-secret/README.md',
    { names: 'settings service sendMail server url key it' },
  ],
  ['packages/aws-iam/README.md', { names: 'settings service region' }],
  [
    'packages/kafka/README.md',
    { names: 'settings service options value Kafka brokers eachMessage' },
  ],
  ['packages/mariadb/README.md', { names: 'settings service' }],
  ['packages/mongodb/README.md', { names: 'settings service order' }],
  ['packages/rabbitmq/README.md', { names: 'settings service order' }],
  ['packages/redis/README.md', { names: 'settings service' }],
  ['packages/spiffe/README.md', { names: 'definition service ca Pool host database' }],
  ['packages/smtp/README.md', { names: 'settings service from to subject text' }],
  [
    'packages/signing-keys/README.md',
    {
      names: 'settings service app server request response sub signing id body url pool number',
    },
  ],
  [
    'packages/log-redactor/README.md',
    {
      names: [
        'service error pinoHttp winston combine json transports bunyan consola log4js',
        'BatchSpanProcessor OTLPTraceExporter Sentry dsn',
      ].join(' '),
    },
  ],
  ['packages/oidc-client/README.md', { names: 'settings service issuer clientId returnTo state' }],
  ['packages/rekey/docs/engine.md', { names: 'replicas key validationMs store pool audit' }],
  [
    'packages/secret/README.md',
    {
      values: `export const text: string = 'dev-'.repeat(10)
export const send = (value: string): void => {
  if (value !== text) throw new Error('another value')
}
`,
    },
  ],
  ['packages/config-loader/docs/stores.md', { names: 'openMyStore close' }],
  [
    'packages/tls-identity/README.md',
    {
      names: 'settings service server trust body roots',
      entries: ['@rekey/tls-identity/fastify'],
    },
  ],
  ['packages/audit-log/docs/transparency.md', { names: 'administrator pool signer key entry' }],
  ['packages/secret/docs/trust.md', {}],
])

/** Modules whose names the snippets use without an import. */
const FOREIGN = [
  ['zod', ['z']],
  ['fastify', ['Fastify']],
  ['pino', ['pino']],
] as const

/** A block of a README as a module of its own. */
export interface Snippet {
  readonly document: string
  /** The file, without its ending. */
  readonly name: string
  /** Whether it can be executed. */
  readonly runs: boolean
}

/** The documents of packages that show code. */
export const DOCUMENTS: readonly string[] = [...GIVEN.keys()]

/** Writes each `ts` block of the READMEs into `readmes/`, with an import for each name that it does not declare. */
export async function writeSnippets(folder: LibraryFolder): Promise<Snippet[]> {
  await mkdir(join(folder.root, 'readmes'))
  const exported = await exportsIn(folder)
  const written: Snippet[] = []
  for (const [document, { names = '', values = '', entries = [] }] of GIVEN) {
    const about = nameOf(document)
    const given = `given-${about}`
    const anything = names.split(' ').filter((name) => name !== '')
    const text = anything.map((name) => `export declare const ${name}: any\n`).join('')
    await writeFile(join(folder.root, 'readmes', `${given}.ts`), `${values}${text}export {}\n`)
    const known = values.matchAll(/^export const (\w+)/gm)
    const sources = [
      [`./${given}.js`, [...anything, ...Array.from(known, ([, name = '']) => name)]],
      ...entries.map((entry) => [entry, exported.get(entry) ?? []] as const),
      ...exported,
      ...FOREIGN,
    ] as const
    const blocks = (await readRunbook(document)).blocks('ts')
    for (const [at, block] of blocks.entries()) {
      const name = `${about}-${at + 1}`
      await writeFile(
        join(folder.root, 'readmes', `${name}.ts`),
        withImports(block, sources).replace("{ Fastify } from 'fastify'", "Fastify from 'fastify'"),
      )
      written.push({ document, name, runs: RUNS.test(name) })
    }
  }
  return written
}

/** Snippets that take nothing as given which has no value here. */
const RUNS = /^(?:audit-log|secret|audit-log-transparency)-1$/

/** `audit-log` for its README, `audit-log-transparency` for a page beside it. */
function nameOf(document: string): string {
  const [, name = 'repository', , page] = document.split('/')
  return page === undefined
    ? name.replace('README.md', 'repository')
    : `${name}-${page.replace('.md', '')}`
}

/** What each installed entry exports; those whose optional peers are not installed export nothing here. */
async function exportsIn(folder: LibraryFolder): Promise<Map<string, readonly string[]>> {
  const entries = await listEntries(PACKAGES)
  const script = `const found = []
for (const entry of ${JSON.stringify(entries)}) {
  const names = await import(entry).then(Object.keys, () => [])
  found.push([entry, names])
}
process.stdout.write(JSON.stringify(found))
`
  const path = join(folder.root, 'readmes/exports.mjs')
  await writeFile(path, script)
  const { code, stdout, stderr } = await folder.type('node readmes/exports.mjs')
  if (code !== 0) throw new Error(stderr)
  return new Map(JSON.parse(stdout) as [string, readonly string[]][])
}

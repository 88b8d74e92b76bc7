import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { installPackages, packPackages, succeed } from '@rekey/test-packed'
import { type CellTable, effort } from './bench-table.ts'

const ROUNDS = effort(101, 1)

/** The packages of others that a service has already, which are installed beside Rekey. */
const PEERS = ['zod', 'pg', 'pino', 'express', 'fastify', 'hono', 'openid-client']

/** What is imported, by the name of the row, and which peers the process has imported before. */
const ROWS: ReadonlyMap<string, { readonly entries: readonly string[]; readonly over: string[] }> =
  new Map([
    ['secret', { entries: ['secret'], over: [] }],
    ['config-loader', { entries: ['config-loader'], over: ['zod'] }],
    ['config-loader/host', { entries: ['config-loader/host'], over: ['zod'] }],
    ['api-key-auth', { entries: ['api-key-auth'], over: [] }],
    ['api-key-auth/express', { entries: ['api-key-auth/express'], over: ['express'] }],
    ['api-key-auth/fastify', { entries: ['api-key-auth/fastify'], over: ['fastify'] }],
    ['api-key-auth/hono', { entries: ['api-key-auth/hono'], over: ['hono'] }],
    ['db-pool-rotator', { entries: ['db-pool-rotator'], over: ['pg'] }],
    ['log-redactor', { entries: ['log-redactor'], over: [] }],
    ['log-redactor/pino', { entries: ['log-redactor/pino'], over: ['pino'] }],
    ['oidc-client', { entries: ['oidc-client'], over: ['zod', 'openid-client'] }],
    ['tls-identity', { entries: ['tls-identity'], over: [] }],
    ['integration-secret', { entries: ['integration-secret'], over: [] }],
    ['secret/trust', { entries: ['secret/trust'], over: ['zod'] }],
    ['config-loader/store', { entries: ['config-loader/store'], over: [] }],
    ['config-loader/locate', { entries: ['config-loader/internal/locate'], over: [] }],
    [
      'a receiver with a database',
      {
        entries: ['config-loader', 'db-pool-rotator', 'api-key-auth', 'api-key-auth/express'],
        over: ['zod', 'pg', 'express'],
      },
    ],
  ])

/** Imports its peers, then the entries, and prints how long those took in milliseconds: on the clock, and of a processor. */
const CHILD = `
const [peers, entries] = process.argv.slice(1).map((names) => names.split(',').filter(Boolean))
for (const name of peers) await import(name)
const usage = process.cpuUsage()
const startMs = performance.now()
await Promise.all(entries.map((name) => import(name)))
const wallMs = performance.now() - startMs
const { user, system } = process.cpuUsage(usage)
console.log(JSON.stringify([wallMs, (user + system) / 1_000]))
`

/** How long a fresh process needs to import what a service imports, from tarballs that npm installed, beyond their peers. */
export async function benchServiceImports(): Promise<CellTable> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-imports-'))
  try {
    const entries = [...ROWS.values()].flatMap((row) => row.entries)
    const names = new Set(['audit-log', ...entries].map((entry) => `@rekey/${entry.split('/')[0]}`))
    const tarballs = await packPackages([...names], folder)
    await using project = await installPackages(tarballs, PEERS)
    const times = await timeInTurns(project.root)
    const sizes = tarballs.map(({ name, unpackedSize }) => `${name} ${kibibytes(unpackedSize)}`)
    return {
      title: 'Cold imports of what a service imports, over their peers',
      columns: ['median', 'p99', 'processor', 'peers'],
      rows: Array.from(ROWS, ([name, { over }]) => {
        const each = times.get(name) ?? []
        const wall = each.map(([wallMs]) => wallMs)
        const processor = each.map(([, processorMs]) => processorMs)
        const cells = [quantile(wall, 0.5), quantile(wall, 0.99), quantile(processor, 0.5)]
        return { name, cells: [...cells.map((ms) => `${ms.toFixed(1)} ms`), over.join(' ')] }
      }),
      aim: 'at most 90 ms',
      note: `${ROUNDS} rounds, taking turns; installed by npm; unpacked sizes: ${sizes.join(', ')}`,
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

type Times = readonly [wallMs: number, processorMs: number]

async function timeInTurns(root: string): Promise<ReadonlyMap<string, readonly Times[]>> {
  const times = new Map(Array.from(ROWS.keys(), (name) => [name, [] as Times[]]))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, { entries, over }] of ROWS) {
      const own = entries.map((entry) => `@rekey/${entry}`)
      const args = ['--input-type=module', '--eval', CHILD, over.join(), own.join()]
      times.get(name)?.push(JSON.parse(await succeed(process.execPath, args, root)) as Times)
    }
  }
  return times
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.round((values.length - 1) * part)] ?? NaN
}

const kibibytes = (bytes: number) => `${Math.ceil(bytes / 1024)} KiB`

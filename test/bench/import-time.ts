import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type BenchTable, effort, writePackages } from './bench-table.ts'

const ROUNDS = effort(11, 1)

/** Where all of them can be found, the drivers too. */
const FROM = new URL('../../packages/config-loader', import.meta.url)

/** What a program imports at its start, by the name of the row. */
const IMPORTS: Readonly<Record<string, readonly string[]>> = {
  zod: ['zod'],
  'config-loader with zod': ['@rekey/config-loader', 'zod'],
  '@t3-oss/env-core with zod': ['@t3-oss/env-core', 'zod'],
  envalid: ['envalid'],
  convict: ['convict'],
  'config-loader/store': ['@rekey/config-loader/store'],
  'config-loader/locate': ['@rekey/config-loader/internal/locate'],
  'config-loader/vault': ['@rekey/config-loader/vault'],
  'node-vault': ['node-vault'],
  'config-loader/aws': ['@rekey/config-loader/aws'],
  '@aws-sdk/client-secrets-manager': ['@aws-sdk/client-secrets-manager'],
  'config-loader/kubernetes': ['@rekey/config-loader/kubernetes'],
  '@kubernetes/client-node': ['@kubernetes/client-node'],
}

/** Imports what it is told to, and prints how long that took in milliseconds. */
const CHILD = `
const startMs = performance.now()
for (const name of process.argv.slice(1)) await import(name)
process.stdout.write(String(performance.now() - startMs))
`

/** How long a fresh process needs to import what it loads its configuration with. Of ours it takes the built packages. */
export async function benchImportTime(): Promise<BenchTable> {
  await writePackages()
  const times = new Map(Object.keys(IMPORTS).map((name) => [name, [] as number[]]))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, packages] of Object.entries(IMPORTS)) {
      times.get(name)?.push(await importInChild(packages))
    }
  }
  const rows = Array.from(times, ([name, each]) => ({ name, ms: medianOf(each) }))
  const firstMs = rows[0]?.ms ?? NaN
  return {
    title: 'Cold imports a second, each in a process of its own',
    rows: rows.map(({ name, ms }) => ({
      name: `${name} (${ms.toFixed(1)} ms)`,
      perSecond: 1_000 / ms,
      ratio: firstMs / ms,
    })),
    note: `median of ${ROUNDS} rounds, taking turns, without the start of Node.js itself; the files are in the page cache`,
  }
}

async function importInChild(packages: readonly string[]): Promise<number> {
  const args = ['--input-type=module', '--eval', CHILD, ...packages]
  const child = spawn(process.execPath, args, {
    cwd: fileURLToPath(FROM),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ])
  if (code === 0) return Number(stdout)
  throw new Error(`cannot import ${packages.join(' and ')}\n${stderr}`)
}

function medianOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN
}

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { findPackages } from '../find-entries.ts'

const COMMANDS = [
  '--version',
  '--help',
  'complete -- rotate api',
  'status --family development.json',
  'rotate api-key orders:billing --plan --family development.json',
  'family check',
]

const definitionOf = (service: string, way: string, other: string) => `
import { ${way} } from '@rekey/api-key-auth'
import { defineService } from '@rekey/config-loader'
import { z } from 'zod'
const secrets = { ${other}: ${way}('${other}') }
export const definition = defineService({ name: '${service}', settings: z.object({}), secrets })
`
const replicaOf = (service: string, port: number) => {
  const url = `http://127.0.0.1:${String(port)}`
  return { service, url, healthUrl: url }
}

/** A family of two services with one secret. No replica of them runs. */
const FAMILY: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module" }',
  'family.json': `{ "services": ["billing", "orders"], "secrets": { "api-key": ["orders:billing"] } }`,
  'development.json': JSON.stringify({
    extends: 'family.json',
    environment: 'development',
    store: { locator: 'dotenv:.env' },
    journal: 'store',
    fleet: [replicaOf('billing', 59_101), replicaOf('orders', 59_102)],
    validationMs: 1000,
    auditDirectory: 'audit',
  }),
  'services/billing/src/secrets.mjs': definitionOf('billing', 'apiKeyFrom', 'orders'),
  'services/orders/src/secrets.mjs': definitionOf('orders', 'apiKeyTo', 'billing'),
}

/**
 * Measures commands of `rekey` as it is packed, in `dist` of the repository at `root`, with a family of its own: the files that each loads,
 * those of this repository and those of others, and the processor time of it and its children, the median of as many runs.
 *
 * @throws {Error} if a command fails, as each does where it is not built
 */
export function measureCommands(root: string, runs = 5): Record<string, number> {
  const main = findMain(root)
  // Definitions import packages of this repository, so the folder is in it.
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'rekey-weigh-'))
  try {
    for (const [path, text] of Object.entries(FAMILY)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    cpuMsOf(folder, [main, ...'issue api-key orders:billing --env .env'.split(' ')])
    const costs = COMMANDS.flatMap((command): [string, number][] => {
      const args = [main, ...command.split(' ')]
      const files = loadedFiles(folder, args)
      const foreign = files.filter((url) => url.includes('/node_modules/')).length
      const times = Array.from({ length: runs }, () => cpuMsOf(folder, args))
      return [
        [`rekey ${command}: own files`, files.length - foreign],
        [`rekey ${command}: files of others`, foreign],
        [`rekey ${command}: processor time (ms)`, medianOf(times)],
      ]
    })
    return Object.fromEntries(costs)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[(values.length - 1) / 2] ?? 0
}

function findMain(root: string): string {
  for (const folder of findPackages(root)) {
    const manifest = readFileSync(join(folder, 'package.json'), 'utf8')
    const { bin } = JSON.parse(manifest) as { bin?: { readonly rekey?: string } }
    if (bin?.rekey !== undefined) return join(folder, bin.rekey)
  }
  throw new Error('no package has a command rekey')
}

/** V8 has the coverage of each script that a process, its threads and its children load, apart from empty ones: modules of both kinds, by URL. */
function loadedFiles(folder: string, args: readonly string[]): string[] {
  const coverage = join(folder, 'coverage')
  cpuMsOf(folder, args, { NODE_V8_COVERAGE: coverage })
  const urls = readdirSync(coverage).flatMap((name) => {
    const text = readFileSync(join(coverage, name), 'utf8')
    const { result } = JSON.parse(text) as { result: readonly { readonly url: string }[] }
    return result.map(({ url }) => url).filter((url) => url.startsWith('file:'))
  })
  rmSync(coverage, { recursive: true })
  return [...new Set(urls)]
}

/** Runs Node.js in a folder, and returns the processor time that it took. */
function cpuMsOf(
  folder: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): number {
  const script = `TIMEFORMAT='%3U %3S'; { time "$@" >&3 2>&3; } 3>output`
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', process.execPath, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...environment },
    encoding: 'utf8',
  })
  if (status !== 0) {
    const output = readFileSync(join(folder, 'output'), 'utf8')
    throw new Error(`node ${args.join(' ')} ended with ${String(status)}: ${output}`)
  }
  const seconds = stderr.trim().split(' ').map(Number)
  return Math.round(seconds.reduce((sum, each) => sum + each, 0) * 1000)
}

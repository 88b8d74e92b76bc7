import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { type Coverage, coveragePage } from './coverage-page.ts'

// main.ts [--servers] [PACKAGE...]: measures what the tests of packages reach, one after the other; default: all, by the tests that need no server.
const ROOT = join(import.meta.dirname, '../../../..')
const PAGE = join(ROOT, 'docs/reference/coverage.md')
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')

const { values, positionals } = parseArgs({
  options: { servers: { type: 'boolean' } },
  allowPositionals: true,
})
const packages = readdirSync(join(ROOT, 'packages')).toSorted()
const lanes = values.servers === true ? ['embedded', 'servers'] : ['embedded']

for (const name of positionals.length > 0 ? positionals : packages) {
  const coverage = measure(name)
  if (coverage === undefined) process.exitCode = 1
  else {
    const by = `${new Date().toISOString().slice(0, 10)}, Node.js ${process.versions.node}`
    const before = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : ''
    writeFileSync(PAGE, coveragePage(packages, new Map([[name, { lanes, coverage, by }]]), before))
  }
}

/** Runs the tests of a package. Undefined where one fails. */
function measure(name: string): Coverage | undefined {
  const folder = join('coverage', name)
  const args = [
    ...['run', `packages/${name}/`, '--reporter=dot', ...lanes.map((lane) => `--project=${lane}*`)],
    ...['--coverage.enabled', '--coverage.provider=v8', '--coverage.reporter=json-summary'],
    ...[`--coverage.include=packages/${name}/src/**/*.ts`, '--coverage.exclude=**/*.test.ts'],
    `--coverage.reportsDirectory=${folder}`,
  ]
  const { status } = spawnSync(process.execPath, [VITEST, ...args], { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) return undefined
  const summary = readFileSync(join(ROOT, folder, 'coverage-summary.json'), 'utf8')
  return (JSON.parse(summary) as { readonly total: Coverage }).total
}

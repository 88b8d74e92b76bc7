import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { bundlePackages } from '../bundle.ts'
import { findPackages } from '../find-entries.ts'
import { measureCommands } from './commands.ts'
import { countWords } from './count-words.ts'
import { weigh } from './weigh.ts'

// main.ts [--json] [--before FILE] [--ci-minutes N]: prints how much this repository is, and beside it how much it was when --json wrote FILE.
const ROOT = join(import.meta.dirname, '../../../..')

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    before: { type: 'string' },
    'ci-minutes': { type: 'string' },
  },
})
await bundlePackages(findPackages(ROOT))
const load = loadavg()[0]?.toFixed(1) ?? ''
const minutes = values['ci-minutes']
const rows: Readonly<Record<string, number>> = {
  ...weigh(ROOT),
  ...countWords(ROOT),
  ...measureCommands(ROOT),
  ...(minutes !== undefined && { 'CI (minutes)': Number(minutes) }),
}

if (values.json === true) {
  process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
} else {
  const before = values.before && (JSON.parse(readFileSync(values.before, 'utf8')) as typeof rows)
  const columns = before ? [before, rows] : [rows]
  const names = new Set(columns.flatMap((column) => Object.keys(column)))
  const width = Math.max(...Array.from(names, ({ length }) => length))
  for (const name of names) {
    const cells = columns.map((column) => column[name]?.toLocaleString('en') ?? '-')
    const line = cells.map((cell) => cell.padStart(10)).join('')
    process.stdout.write(`${name.padEnd(width)}${line}\n`)
  }
  process.stdout.write(`Node.js ${process.version}, load of the machine at the start ${load}\n`)
}

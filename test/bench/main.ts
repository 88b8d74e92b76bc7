import process from 'node:process'
import type { BenchTable } from './bench-table.ts'
import { benchImportTime } from './import-time.ts'
import { benchLoadSecrets, benchLoadSettings } from './load-settings.ts'
import { benchLogLine } from './log-line.ts'
import { benchRefreshCost } from './refresh-cost.ts'
import { benchRotationCost } from './rotation-cost.ts'
import { benchRotatingPool } from './rotating-pool.ts'
import { benchVerifyKey } from './verify-key.ts'

const BENCHES: Readonly<Record<string, () => Promise<BenchTable>>> = {
  'verify-key': benchVerifyKey,
  'rotating-pool': benchRotatingPool,
  'rotation-cost': benchRotationCost,
  'log-line': benchLogLine,
  'load-settings': benchLoadSettings,
  'load-secrets': benchLoadSecrets,
  'import-time': benchImportTime,
  'refresh-cost': benchRefreshCost,
}

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !Object.hasOwn(BENCHES, name))
if (unknown === undefined) {
  for (const [name, run] of Object.entries(BENCHES)) {
    if (asked.length === 0 || asked.includes(name)) print(await run())
  }
} else {
  process.stderr.write(
    `there is no bench ${unknown}; there are: ${Object.keys(BENCHES).join(', ')}\n`,
  )
  process.exitCode = 2
}

function print({ title, rows, aim, note }: BenchTable): void {
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2
  const lines = rows.map(({ name, perSecond, ratio }) => {
    const rate = Math.round(perSecond).toLocaleString('en').padStart(14)
    return `  ${name.padEnd(width)}${rate}/s  ${ratio.toFixed(3).padStart(8)}×`
  })
  const remarks = [aim && `  aim: ${aim}`, note && `  note: ${note}`].filter(Boolean)
  process.stdout.write(['', title, ...lines, ...remarks, ''].join('\n'))
}

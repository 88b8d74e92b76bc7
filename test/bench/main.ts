import process from 'node:process'
import type { BenchTable, CellTable } from './bench-table.ts'
import { benchClients } from './clients.ts'
import { benchConsoleView } from './console-view.ts'
import { benchDueAtOnce } from './due-at-once.ts'
import { benchEmergency } from './emergency.ts'
import { benchFleetAcknowledgement } from './fleet-acknowledgement.ts'
import { benchForeign, FOREIGN_LISTS } from './foreign/foreign.ts'
import { benchGateSpeed } from './gate-speed.ts'
import { benchHostileLines } from './hostile-lines.ts'
import { benchImportTime } from './import-time.ts'
import { benchIssueCertificate } from './issue-certificate.ts'
import { benchIssueCrl } from './issue-crl.ts'
import { benchLintCorpus } from './lint-corpus.ts'
import { benchLintSpeed } from './lint-speed.ts'
import { benchLoadSecrets, benchLoadSettings } from './load-settings.ts'
import { benchLogLine } from './log-line.ts'
import { benchOpenCa } from './open-ca.ts'
import { benchRefreshCost } from './refresh-cost.ts'
import { benchRotationCost } from './rotation-cost.ts'
import { benchRotatingPool } from './rotating-pool.ts'
import { benchServiceImports } from './service-imports.ts'
import { benchTransparencyLog } from './transparency-log.ts'
import { benchVerifyKey } from './verify-key.ts'

const BENCHES: Readonly<Record<string, () => Promise<BenchTable | CellTable>>> = {
  'verify-key': benchVerifyKey,
  'rotating-pool': benchRotatingPool,
  clients: benchClients,
  'rotation-cost': benchRotationCost,
  'due-at-once': benchDueAtOnce,
  'fleet-acknowledgement': benchFleetAcknowledgement,
  emergency: benchEmergency,
  'log-line': benchLogLine,
  'hostile-lines': benchHostileLines,
  'load-settings': benchLoadSettings,
  'load-secrets': benchLoadSecrets,
  'import-time': benchImportTime,
  'service-imports': benchServiceImports,
  'refresh-cost': benchRefreshCost,
  'issue-certificate': benchIssueCertificate,
  'issue-crl': benchIssueCrl,
  'open-ca': benchOpenCa,
  'transparency-log': benchTransparencyLog,
  'console-view': benchConsoleView,
  'lint-corpus': benchLintCorpus,
  'lint-speed': benchLintSpeed,
  'gate-speed': benchGateSpeed,
  foreign: () => benchForeign(FOREIGN_LISTS.tuned),
  'foreign-held-out': () => benchForeign(FOREIGN_LISTS.heldOut),
  'foreign-names': () => benchForeign(FOREIGN_LISTS.names),
}

const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
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

function print(table: BenchTable | CellTable): void {
  const lines = 'columns' in table ? cellLines(table) : rateLines(table)
  const { title, aim, note } = table
  const remarks = [aim && `  aim: ${aim}`, note && `  note: ${note}`].filter(Boolean)
  process.stdout.write(['', title, ...lines, ...remarks, ''].join('\n'))
}

function rateLines({ rows }: BenchTable): string[] {
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2
  return rows.map(({ name, perSecond, ratio }) => {
    const rate = Math.round(perSecond).toLocaleString('en').padStart(14)
    return `  ${name.padEnd(width)}${rate}/s  ${ratio.toFixed(3).padStart(8)}×`
  })
}

/** Markdown, so that a page can show it. */
function cellLines({ columns, rows }: CellTable): string[] {
  const lines = [{ name: '', cells: columns }, ...rows]
  const nameWidth = Math.max(...lines.map(({ name }) => name.length))
  const widths = columns.map((_, i) => Math.max(...lines.map(({ cells }) => cells[i]?.length ?? 0)))
  const [head = '', ...others] = lines.map(({ name, cells }) => {
    const padded = cells.map((cell, i) => cell.padStart(widths[i] ?? 0))
    return `  | ${[name.padEnd(nameWidth), ...padded].join(' | ')} |`
  })
  return [head, head.replace(/[^|]/g, '-').replace(/^--/, '  '), ...others]
}

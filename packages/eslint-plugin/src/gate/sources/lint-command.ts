import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { formatReport } from '../report/format-report.ts'
import { toSarif } from '../report/sarif.ts'
import { writeReport } from '../report/write-report.ts'
import { lintSources, type Preset, PRESETS } from './lint-sources.ts'
import { listCode } from './list-code.ts'

const USAGE = `rekey-gate lint [--preset NAME] [--json] [--sarif FILE] [--root DIR] [PATH…]

Lints the code of any folder with the rules of @rekey/eslint-plugin: JavaScript, TypeScript,
JSX, and the script blocks of Vue components. It reads no configuration and needs none, leaves
out node_modules, dist and what git ignores, and does not use types.

  --preset NAME  recommended (default), rekey or strict
  --json         print the report as JSON
  --sarif FILE   also write the findings to FILE, for code scanning (SARIF 2.1.0)
  --root DIR     lint PATH in DIR instead of this folder (default PATH: all of it)

Ends with 0 if nothing or only warnings were found, 1 for errors, 2 if it could not be linted.
`

/**
 * Runs `rekey-gate lint` with its arguments.
 *
 * @returns the exit code: 0 if nothing has to be mended, 1 if something has, 2 if nothing could be linted
 */
export async function runLintCommand(args: readonly string[]): Promise<number> {
  try {
    return await lintAs(args)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    process.stderr.write(`lint: ${reason}\n\n${USAGE}`)
    return 2
  }
}

async function lintAs(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      preset: { type: 'string', default: 'recommended' },
      json: { type: 'boolean', default: false },
      sarif: { type: 'string' },
      root: { type: 'string', default: '.' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const preset = presetOf(values.preset)
  const root = resolve(values.root)
  const files = await listCode(root, positionals.length === 0 ? ['.'] : positionals)
  const { findings, suppressed } = await lintSources(root, files, preset)
  const covered = [
    count(files.length, 'file'),
    ...(suppressed === 0 ? [] : [`${count(suppressed, 'finding')} switched off by comments`]),
  ]
  const report = { findings, covered: { lint: covered.join(', ') }, skipped: [] }
  if (values.sarif !== undefined) {
    await writeReport(values.sarif, toSarif(findings))
  }
  process.stdout.write(
    values.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report, 'Nothing found.'),
  )
  return findings.every(({ level }) => level === 'warning') ? 0 : 1
}

function presetOf(name: string): Preset {
  const preset = PRESETS.find((each) => each === name)
  if (preset === undefined) {
    throw new Error(`there is no preset ${name}: name one of ${PRESETS.join(', ')}`)
  }
  return preset
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

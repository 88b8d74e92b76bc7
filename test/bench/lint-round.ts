import process from 'node:process'
import { ESLint, type Linter } from 'eslint'
import tseslint from 'typescript-eslint'

/** Whether our rules are there too, and with a stopwatch at each. */
export type OurRules = 'none' | 'all' | 'timed'

/** What linting a repository costs a process, without the import of ESLint, the parser and the plugins. */
export interface LintCost {
  /** Time of the processor, in user and kernel mode, of all threads. */
  readonly cpuMs: number
  readonly peakBytes: number
  /** How many findings there are, by rule. */
  readonly findings: Readonly<Record<string, number>>
  /** Milliseconds spent in each rule, if they were timed. */
  readonly ruleMs: Readonly<Record<string, number>>
}

async function measureLint(folder: string, our: OurRules): Promise<LintCost> {
  const rules = [
    ...tseslint.configs.recommendedTypeChecked,
    parserFor(folder),
    ...(our === 'none' ? [] : await ours()),
  ]
  const startCpu = process.cpuUsage()
  const eslint = new ESLint({
    cwd: folder,
    overrideConfigFile: true,
    overrideConfig: rules,
    stats: our === 'timed',
  })
  const results = await eslint.lintFiles(['**/*.ts'])
  const { user, system } = process.cpuUsage(startCpu)
  const findings = results.flatMap(({ messages }) => messages.map(({ ruleId }) => ruleId ?? 'none'))
  const times = results.flatMap(({ stats }) => stats?.times.passes ?? [])
  return {
    cpuMs: (user + system) / 1_000,
    // Kilobytes on every system.
    peakBytes: process.resourceUsage().maxRSS * 1_024,
    findings: sums(findings.map((rule) => [rule, 1])),
    ruleMs: sums(
      times.flatMap(({ rules = {} }) =>
        Object.entries(rules).map(([rule, { total }]): [string, number] => [rule, total]),
      ),
    ),
  }
}

function parserFor(folder: string): Linter.Config {
  return {
    files: ['**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: folder },
    },
  }
}

/** Our rules in their strictest form, as a package that is installed and not as source. */
async function ours(): Promise<Linter.Config[]> {
  const { default: plugin } = await import('@rekey/eslint-plugin')
  return plugin.configs.strict as Linter.Config[]
}

function sums(pairs: readonly (readonly [string, number])[]): Record<string, number> {
  const totals: Record<string, number> = {}
  for (const [name, amount] of pairs) totals[name] = (totals[name] ?? 0) + amount
  return totals
}

if (process.send !== undefined) {
  const [folder = '', our] = process.argv.slice(2)
  process.send(await measureLint(folder, our as OurRules))
  process.disconnect()
}

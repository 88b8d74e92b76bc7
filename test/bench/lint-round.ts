import process from 'node:process'
import { ESLint, type Linter } from 'eslint'
import tseslint from 'typescript-eslint'

/** The typed rules of others that a repository is linted with: a handful, or all that typescript-eslint recommends. */
export type TypedRules = 'five' | 'recommended'

/** Whether our rules are there too, and with a stopwatch at each. */
export type OurRules = 'none' | 'all' | 'timed'

/** What linting a repository costs a process, without the import of ESLint, the parser and the plugins. */
export interface LintCost {
  /** Time of the processor, in user and kernel mode, of all threads. */
  readonly cpuMs: number
  readonly wallMs: number
  readonly peakBytes: number
  /** How many findings there are, by rule. */
  readonly findings: Readonly<Record<string, number>>
  /** Milliseconds spent in each rule, if they were timed. */
  readonly ruleMs: Readonly<Record<string, number>>
}

const TYPED: Readonly<Record<TypedRules, readonly Linter.Config[]>> = {
  five: [
    {
      plugins: { '@typescript-eslint': tseslint.plugin },
      rules: {
        '@typescript-eslint/await-thenable': 'error',
        '@typescript-eslint/no-floating-promises': 'error',
        '@typescript-eslint/no-for-in-array': 'error',
        '@typescript-eslint/no-misused-promises': 'error',
        '@typescript-eslint/require-await': 'error',
      },
    },
  ],
  recommended: tseslint.configs.recommendedTypeChecked,
}

async function measureLint(folder: string, typed: TypedRules, our: OurRules): Promise<LintCost> {
  const rules = [...TYPED[typed], parserFor(folder), ...(our === 'none' ? [] : await ours())]
  const startMs = performance.now()
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
    wallMs: performance.now() - startMs,
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
  const [folder = '', typed, our] = process.argv.slice(2)
  process.send(await measureLint(folder, typed as TypedRules, our as OurRules))
  process.disconnect()
}

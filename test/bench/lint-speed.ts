import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CellTable, effort, writePackages } from './bench-table.ts'
import { generateRepository } from './generated-repository.ts'
import type { LintCost, OurRules, TypedRules } from './lint-round.ts'

const ROUNDS = effort(5, 1)
const CHILD = fileURLToPath(new URL('lint-round.ts', import.meta.url))

/** Without `--conditions=@rekey/source`, so that the plugin is the built one. */
const FLAGS = ['--import=tsx', '--max-old-space-size=4096']

/** One round: the same files linted without our rules and with them, one after the other. */
interface Pair {
  readonly without: LintCost
  readonly with: LintCost
}

/** Of forty things, those with secrets: a file in 13 takes values out of them, as in this repository; or a file in five. */
const FEW = effort(15, 1)
const MANY = effort(40, 2)

/** What others' rules a repository is linted with, and how many of its things have secrets. */
type Fixture = readonly [name: string, typed: TypedRules, thingsWithSecrets: number]
const ALL_FIXTURES: readonly Fixture[] = [
  ['five typed rules', 'five', FEW],
  ['typescript-eslint recommendedTypeChecked', 'recommended', FEW],
  ['the same, secrets everywhere', 'recommended', MANY],
]
const FIXTURES = ALL_FIXTURES.slice(0, effort(ALL_FIXTURES.length, 1))

/** What all our rules add to a typed lint of a generated repository. */
export async function benchLintSpeed(): Promise<CellTable> {
  await writePackages()
  const parent = await mkdtemp(join(tmpdir(), 'rekey-lint-speed-'))
  const folderOf = (thingsWithSecrets: number) => join(parent, String(thingsWithSecrets))
  try {
    const few = await generateRepository(folderOf(FEW), FEW)
    const many = await generateRepository(folderOf(MANY), MANY)
    const fixtures = FIXTURES.map(([name, typed, things]) => {
      const pairs: Pair[] = []
      return { name, typed, folder: folderOf(things), pairs }
    })
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { typed, folder, pairs } of fixtures) {
        const without = await lint(folder, typed, 'none')
        pairs.push({ without, with: await lint(folder, typed, 'all') })
      }
    }
    const timed = await lint(folderOf(FEW), 'recommended', 'timed')
    return {
      title: `Typed lint of ${few.files} files with ${few.functions.toLocaleString('en')} functions`,
      columns: ['processor', 'ratio', 'wall clock', 'ratio', 'peak memory', 'findings'],
      rows: [
        ...fixtures.flatMap(({ name, pairs }) => [
          costRow(name, 'without', pairs),
          costRow('and all of ours', 'with', pairs),
        ]),
        ...ruleRows(timed),
      ],
      aim: 'with all our rules at most 1.05 times the processor time',
      note:
        `${few.exposing} of the files take values out of Secrets, or ${many.exposing} where they are everywhere; ` +
        `medians of ${ROUNDS} rounds, of ratios too, each run in a process of its own, after the import of ESLint and the plugins. ` +
        'The times of single rules are from one more run with stopwatches, which cost time too; what rules share is in the first',
    }
  } finally {
    await rm(parent, { recursive: true })
  }
}

async function lint(folder: string, typed: TypedRules, our: OurRules): Promise<LintCost> {
  const child = fork(CHILD, [folder, typed, our], { execArgv: FLAGS })
  let cost: LintCost | undefined
  child.on('message', (message: LintCost) => (cost = message))
  await once(child, 'close')
  if (cost === undefined) throw new Error('the process that lints ended too early')
  return cost
}

function costRow(name: string, side: keyof Pair, pairs: readonly Pair[]) {
  const each = (pick: (cost: LintCost) => number) => medianOf(pairs.map((pair) => pick(pair[side])))
  const ratio = (pick: (cost: LintCost) => number) =>
    medianOf(pairs.map((pair) => pick(pair[side]) / pick(pair.without))).toFixed(3)
  return {
    name,
    cells: [
      seconds(each(({ cpuMs }) => cpuMs)),
      ratio(({ cpuMs }) => cpuMs),
      seconds(each(({ wallMs }) => wallMs)),
      ratio(({ wallMs }) => wallMs),
      `${(each(({ peakBytes }) => peakBytes) / 2 ** 20).toFixed(0)} MiB`,
      String(each(({ findings }) => Object.values(findings).reduce((a, b) => a + b, 0))),
    ],
  }
}

function ruleRows({ cpuMs, ruleMs, findings }: LintCost) {
  return Object.entries(ruleMs)
    .filter(([rule]) => rule.startsWith('@rekey/'))
    .sort(([, a], [, b]) => b - a)
    .map(([rule, ms]) => ({
      name: rule,
      cells: [seconds(ms), (ms / cpuMs).toFixed(3), '', '', '', String(findings[rule] ?? 0)],
    }))
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`
}

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CellTable, effort, writePackages } from './bench-table.ts'
import { generateRepository } from './generated-repository.ts'
import type { LintCost, OurRules } from './lint-round.ts'

/** Of two fixtures in one round each pair takes about 25 s of the processor. */
const ROUNDS = effort(4, 1)
const CHILD = fileURLToPath(new URL('lint-round.ts', import.meta.url))

/** Without `--conditions=@rekey/source`, so that the plugin is the built one. */
const FLAGS = ['--import=tsx', '--max-old-space-size=4096']

/** One round: the same files linted without our rules and with them, at once, so that what slows one slows the other. */
interface Pair {
  readonly without: LintCost
  readonly with: LintCost
}

/** Of forty things, those with secrets: a file in 13 takes values out of them, as in this repository; or a file in five. */
const FEW = effort(15, 1)
const MANY = effort(40, 2)

/** How many things of a repository have secrets. It is linted with all that typescript-eslint recommends. */
type Fixture = readonly [name: string, thingsWithSecrets: number]
const ALL_FIXTURES: readonly Fixture[] = [
  ['typescript-eslint recommendedTypeChecked', FEW],
  ['the same, secrets everywhere', MANY],
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
    const fixtures = FIXTURES.map(([name, things]) => {
      const pairs: Pair[] = []
      return { name, folder: folderOf(things), pairs }
    })
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { folder, pairs } of fixtures) {
        const [without, ours] = await Promise.all([lint(folder, 'none'), lint(folder, 'all')])
        pairs.push({ without, with: ours })
      }
    }
    const timed = await lint(folderOf(FEW), 'timed')
    return {
      title: `Typed lint of ${few.files} files with ${few.functions.toLocaleString('en')} functions`,
      columns: ['processor', 'ratio', 'of least', 'peak memory', 'findings'],
      rows: [
        ...fixtures.flatMap(({ name, pairs }) => [
          costRow(name, 'without', pairs),
          costRow('and all of ours', 'with', pairs),
        ]),
        ...ruleRows(timed),
      ],
      aim: 'with all our rules at most 1.03 times the processor time',
      note:
        `${few.exposing} of the files take values out of Secrets, or ${many.exposing} where they are everywhere; ` +
        `medians of ${ROUNDS} rounds, of ratios too, and the ratio of the least processor time of all rounds, which other work on the machine raises; ` +
        'the two runs of a round are processes of their own at the same time, measured after the import of ESLint and the plugins. ' +
        'The times of single rules are from one more run with stopwatches, which cost time too; what rules share is in the first',
    }
  } finally {
    await rm(parent, { recursive: true })
  }
}

async function lint(folder: string, our: OurRules): Promise<LintCost> {
  const child = fork(CHILD, [folder, our], { execArgv: FLAGS })
  let cost: LintCost | undefined
  child.on('message', (message: LintCost) => (cost = message))
  await once(child, 'close')
  if (cost === undefined) throw new Error('the process that lints ended too early')
  return cost
}

function costRow(name: string, side: keyof Pair, pairs: readonly Pair[]) {
  const cpuOf = (from: keyof Pair) => pairs.map((pair) => pair[from].cpuMs)
  const least = (from: keyof Pair) => Math.min(...cpuOf(from))
  const costs = pairs.map((pair) => pair[side])
  return {
    name,
    cells: [
      seconds(medianOf(cpuOf(side))),
      medianOf(pairs.map((pair) => pair[side].cpuMs / pair.without.cpuMs)).toFixed(3),
      (least(side) / least('without')).toFixed(3),
      `${(medianOf(costs.map(({ peakBytes }) => peakBytes)) / 2 ** 20).toFixed(0)} MiB`,
      String(
        medianOf(costs.map(({ findings }) => Object.values(findings).reduce((a, b) => a + b, 0))),
      ),
    ],
  }
}

function ruleRows({ cpuMs, ruleMs, findings }: LintCost) {
  return Object.entries(ruleMs)
    .filter(([rule]) => rule.startsWith('@rekey/'))
    .sort(([, a], [, b]) => b - a)
    .map(([rule, ms]) => ({
      name: rule,
      cells: [seconds(ms), (ms / cpuMs).toFixed(3), '', '', String(findings[rule] ?? 0)],
    }))
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`
}

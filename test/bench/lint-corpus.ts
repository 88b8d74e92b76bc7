import plugin from '@rekey/eslint-plugin'
import {
  CORPUS,
  corpusOptions,
  corpusRules,
  programOf,
  readCorpus,
  type Snippet,
} from '@rekey/eslint-plugin/internal/corpus'
import { Linter } from 'eslint'
import tseslint from 'typescript-eslint'
import { type CellTable, effort } from './bench-table.ts'
import { RIVALS } from './lint-rivals.ts'

const SUBJECT_WIDTH = 28

/** A plugin that is asked about one of our subjects. */
interface Contender {
  readonly name: string
  readonly isTyped: boolean
  /** Its part of an ESLint config; undefined if it has no rule for the subject. */
  readonly config?: Linter.Config
  /** The messages of a rule that count, where not all do. */
  readonly counted?: Readonly<Record<string, readonly string[]>>
}

/** How many snippets of each kind were reported. */
interface Score {
  readonly found: number
  readonly leaks: number
  readonly falseAlarms: number
  readonly clean: number
}

/** Our rules and those of other plugins, over the snippets that were written for ours. */
export async function benchLintCorpus(): Promise<CellTable> {
  const linter = new Linter({ cwd: CORPUS })
  const totals = new Map<string, Score[]>()
  const rows = corpusRules()
    .slice(0, effort(Infinity, 1))
    .flatMap((subject) => {
      const snippets = readCorpus(subject)
      const program = programOf(snippets)
      return contendersFor(subject).map((contender, i) => {
        const name = (i === 0 ? subject : '').padEnd(SUBJECT_WIDTH) + contender.name
        if (contender.config === undefined) return { name, cells: ['—', '—', '—', '—'] }
        const score = scoreOf({ linter, contender, program }, snippets)
        totals.set(contender.name, [...(totals.get(contender.name) ?? []), score])
        return { name, cells: cellsOf(score) }
      })
    })
  const sums = Array.from(totals, ([name, scores], i) => ({
    name: (i === 0 ? 'all that it has a rule for' : '').padEnd(SUBJECT_WIDTH) + name,
    cells: cellsOf(sumOf(scores)),
  }))
  return Promise.resolve({
    title: 'Leaks found and false alarms, with types unless it says otherwise',
    columns: ['found', 'recall', 'false alarms', 'precision'],
    rows: [...rows, ...sums],
    note:
      '— has no rule for it. The snippets were written for our rules, from code as people write it, so that they show what ' +
      'others leave open rather than how good they are at what they are for',
  })
}

function contendersFor(subject: string): Contender[] {
  const rule = `@rekey/${subject}`
  const ours: Linter.Config = {
    plugins: { '@rekey': plugin as never },
    rules: { [rule]: ['error', ...corpusOptions(subject)] },
  }
  return [
    { name: 'rekey', isTyped: true, config: ours },
    { name: 'rekey, no types', isTyped: false, config: ours },
    ...RIVALS.map((rival): Contender => {
      const rules = rival.rules[subject]
      if (rules === undefined) return { name: rival.name, isTyped: true }
      const prefixed = Object.entries(rules).map(
        ([id, rule]) => [`${rival.name}/${id}`, rule] as const,
      )
      return {
        name: rival.name,
        isTyped: true,
        config: {
          plugins: { [rival.name]: rival.plugin },
          rules: Object.fromEntries(
            prefixed.map(([id, { options = [] }]) => [id, ['error', ...options]]),
          ),
        },
        counted: Object.fromEntries(
          prefixed.flatMap(([id, { counted }]) => (counted === undefined ? [] : [[id, counted]])),
        ),
      }
    }),
  ]
}

interface Trial {
  readonly linter: Linter
  readonly contender: Contender
  readonly program: ReturnType<typeof programOf>
}

function scoreOf(trial: Trial, snippets: readonly Snippet[]): Score {
  const reported = snippets.filter((snippet) => isReported(trial, snippet))
  const count = (some: readonly Snippet[], isLeak: boolean) =>
    some.filter((snippet) => snippet.isLeak === isLeak).length
  return {
    found: count(reported, true),
    leaks: count(snippets, true),
    falseAlarms: count(reported, false),
    clean: count(snippets, false),
  }
}

function isReported({ linter, contender, program }: Trial, { file, code }: Snippet): boolean {
  const { isTyped, config, counted = {} } = contender
  const types = isTyped ? { programs: [program] } : {}
  const whole: Linter.Config = {
    ...config,
    files: ['**/*.{ts,tsx,js,jsx}'],
    languageOptions: { parser: tseslint.parser, parserOptions: types },
  }
  const messages = linter.verify(code, whole, { filename: file })
  const failure = messages.find(({ ruleId }) => ruleId === null)
  if (failure !== undefined) throw new Error(`${file}: ${failure.message}`)
  return messages.some(({ ruleId, messageId }) => {
    const ids = counted[ruleId ?? '']
    return ids === undefined || ids.includes(messageId ?? '')
  })
}

function sumOf(scores: readonly Score[]): Score {
  const sum = (key: keyof Score) => scores.reduce((total, score) => total + score[key], 0)
  return {
    found: sum('found'),
    leaks: sum('leaks'),
    falseAlarms: sum('falseAlarms'),
    clean: sum('clean'),
  }
}

function cellsOf({ found, leaks, falseAlarms, clean }: Score): string[] {
  const share = (part: number, whole: number) => (whole === 0 ? 'none' : (part / whole).toFixed(3))
  return [
    `${found}/${leaks}`,
    share(found, leaks),
    `${falseAlarms}/${clean}`,
    share(found, found + falseAlarms),
  ]
}

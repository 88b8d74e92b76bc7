// @lane servers
import { Linter } from 'eslint-v9'
import { describe, expect, it } from 'vitest'
import {
  CORPUS,
  corpusOptions,
  corpusRules,
  type Mode,
  programOf,
  readCorpus,
  type Snippet,
} from '../test/corpus.support.ts'
import plugin from './index.ts'
import { configOf, lintFile } from '../test/rule-runs.support.ts'

interface Score {
  /** Of so many `leaks`. */
  readonly found: number
  readonly leaks: number
  /** Of so many `clean` programs. */
  readonly falseAlarms: number
  readonly clean: number
}

type Report = Pick<Linter.LintMessage, 'line' | 'messageId' | 'message'>

const isExhaustive = process.env['REKEY_EXHAUSTIVE'] === '1'
const modes: readonly Mode[] = ['typed', 'untyped']
const corpus = new Map(corpusRules().map((rule) => [rule, readCorpus(rule)]))
const program = programOf([...corpus.values()].flat())

describe.each([...corpus])('%s', (rule, snippets) => {
  const options = corpusOptions(rule)

  it.each(snippets)('reports in $title what its comments say', ({ file, code, reports }) => {
    expect(named(lintFile(file, code, rule, program, options)), 'typed').toEqual(reports.typed)
    expect(named(lintFile(file, code, rule, false, options)), 'untyped').toEqual(reports.untyped)
  })

  it.each(isExhaustive ? modes : modes.slice(1))(
    'reports %s in ESLint 9 what it does in 10',
    { timeout: 120_000 },
    (mode) => {
      expect(Linter.version).toMatch(/^9\./)
      // The types of the two versions differ in their names only.
      const config = configOf(rule, mode === 'typed' && program, options) as Linter.Config
      for (const { title, file, code, reports } of snippets) {
        const messages = new Linter({ cwd: CORPUS }).verify(code, config, { filename: file })
        expect(named(messages), title).toEqual(reports[mode])
      }
    },
  )
})

it('has programs for every rule, each below a title of its own, three hundred of each kind', () => {
  expect(corpusRules()).toEqual(Object.keys(plugin.rules).sort())
  const files = [...corpus.values()].flat().map(({ file }) => file)
  expect(files).toEqual([...new Set(files)])
  const scores = [...corpus].flatMap(([rule, snippets]) =>
    modes.map((mode) => ({ rule, mode, ...scoreOf(snippets, mode) })),
  )
  console.info(scores.map(rowOf).join('\n'))
  const typed = scores.filter(({ mode }) => mode === 'typed')
  const sum = (key: keyof Score) => typed.reduce((total, score) => total + score[key], 0)
  const [found, leaks, falseAlarms] = [sum('found'), sum('leaks'), sum('falseAlarms')]
  console.info(
    `all, with types: recall ${found}/${leaks} = ${(found / leaks).toFixed(3)}, ` +
      `precision ${found}/${found + falseAlarms} = ${(found / (found + falseAlarms)).toFixed(3)}`,
  )
  expect(Math.min(leaks, sum('clean'))).toBeGreaterThanOrEqual(300)
})

/** `LINE: ID` of each report, each once. */
function named(reports: readonly Report[]): string[] {
  const lines = reports.map(({ line, messageId, message }) => `${line}: ${messageId ?? message}`)
  return [...new Set(lines)].sort()
}

/** What the comments of `snippets` say, which the tests above hold the rule to. */
function scoreOf(snippets: readonly Snippet[], mode: Mode): Score {
  const count = (leak: boolean) => {
    const alike = snippets.filter(({ isLeak }) => isLeak === leak)
    return [alike.length, alike.filter(({ reports }) => reports[mode].length > 0).length] as const
  }
  const [leaks, found] = count(true)
  const [clean, falseAlarms] = count(false)
  return { found, leaks, falseAlarms, clean }
}

function rowOf({ rule, mode, found, leaks, falseAlarms, clean }: Score & Record<string, unknown>) {
  const name = `${String(rule).padEnd(28)} ${String(mode).padEnd(8)}`
  return `${name} found ${found}/${leaks}, false alarms ${falseAlarms}/${clean}`
}

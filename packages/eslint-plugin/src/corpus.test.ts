// @lane servers
import { Linter } from 'eslint-v9'
import { describe, expect, it } from 'vitest'
import { programOf } from '../test/corpus-program.support.ts'
import {
  CORPUS,
  corpusOptions,
  corpusRules,
  corpusScore,
  readCorpus,
  type Snippet,
} from '../test/corpus.support.ts'
import plugin from './index.ts'
import { configOf, lintFile } from '../test/rule-runs.support.ts'

type Mode = 'typed' | 'untyped'
interface Score {
  /** Of so many `leaks`. */
  readonly found: number
  readonly leaks: number
  /** Of so many `clean` snippets. */
  readonly falseAlarms: number
  readonly clean: number
}

type Report = Pick<Linter.LintMessage, 'messageId' | 'message'>

const scores: Record<string, Record<Mode, Score>> = {}
const modes: readonly Mode[] = ['typed', 'untyped']
const corpus = new Map(corpusRules().map((rule) => [rule, readCorpus(rule)]))
const program = programOf([...corpus.values()].flat())

describe.each([...corpus])('%s', (rule, snippets) => {
  const options = corpusOptions(rule)
  const reportsIn = {
    typed: reporterOf(({ file, code }) => lintFile(file, code, rule, program, options)),
    untyped: reporterOf(({ file, code }) => lintFile(file, code, rule, false, options)),
  }

  it('reports in ESLint 9 what it reports in ESLint 10', { timeout: 60_000 }, () => {
    expect(Linter.version).toMatch(/^9\./)
    // The types of the two versions differ in their names only.
    const config = configOf(rule, false, options) as Linter.Config
    const inNine = reporterOf(({ file, code }) =>
      new Linter({ cwd: CORPUS }).verify(code, config, { filename: file }),
    )
    for (const snippet of snippets) {
      expect(inNine(snippet), snippet.title).toEqual(reportsIn.untyped(snippet))
    }
  })

  describe.each(modes)('%s', (mode) => {
    const reportsOf = reportsIn[mode]
    const certain = snippets.filter(
      ({ needsTypes, isKnown }) => !isKnown && (mode === 'typed' || !needsTypes),
    )

    it.each(certain.filter(({ isLeak }) => isLeak))('finds $title', (snippet) => {
      const reports = reportsOf(snippet)
      expect(reports).not.toEqual([])
      if (snippet.reports !== undefined) {
        expect([...new Set(reports)].sort()).toEqual([...snippet.reports].sort())
      }
    })

    it.each(certain.filter(({ isLeak }) => !isLeak))('accepts $title', (snippet) => {
      expect(reportsOf(snippet)).toEqual([])
    })

    it('is not worse than it was, over all snippets', () => {
      const [leaks, clean] = [true, false].map((kind) =>
        snippets.filter(({ isLeak }) => isLeak === kind),
      ) as [Snippet[], Snippet[]]
      const count = (some: Snippet[]) => some.filter((each) => reportsOf(each).length > 0).length
      const score: Score = {
        found: count(leaks),
        leaks: leaks.length,
        falseAlarms: count(clean),
        clean: clean.length,
      }
      scores[rule] = { ...scores[rule], [mode]: score } as Record<Mode, Score>
      expect(score, `corpus/${rule}/score.json`).toEqual(corpusScore(rule)[mode])
    })
  })
})

it('has snippets for every rule, three hundred of each kind', () => {
  expect(corpusRules()).toEqual(Object.keys(plugin.rules).sort())
  const all = Object.values(scores).map(({ typed }) => typed)
  const sum = (key: keyof Score) => all.reduce((total, score) => total + score[key], 0)
  const [found, leaks] = [sum('found'), sum('leaks')]
  const [falseAlarms, clean] = [sum('falseAlarms'), sum('clean')]
  console.info(table())
  console.info(
    `all, with types: recall ${found}/${leaks} = ${(found / leaks).toFixed(3)}, ` +
      `precision ${found}/${found + falseAlarms} = ${(found / (found + falseAlarms)).toFixed(3)}`,
  )
  expect(Math.min(leaks, clean)).toBeGreaterThanOrEqual(300)
})

/** What `lint` reports in a snippet, which it lints once. */
function reporterOf(lint: (snippet: Snippet) => readonly Report[]) {
  const known = new Map<Snippet, readonly string[]>()
  return (snippet: Snippet): readonly string[] => {
    const reports =
      known.get(snippet) ?? lint(snippet).map(({ messageId, message }) => messageId ?? message)
    known.set(snippet, reports)
    return reports
  }
}

function table(): string {
  const rows = Object.entries(scores).flatMap(([rule, byMode]) =>
    modes.map((mode) => {
      const { found, leaks, falseAlarms, clean } = byMode[mode]
      return `${rule.padEnd(28)} ${mode.padEnd(8)} found ${found}/${leaks}, false alarms ${falseAlarms}/${clean}`
    }),
  )
  return rows.join('\n')
}

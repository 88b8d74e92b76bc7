import { describe, expect, it } from 'vitest'
import {
  corpusOptions,
  corpusRules,
  corpusScore,
  readCorpus,
  type Snippet,
} from './corpus.test.support.ts'
import plugin from './index.ts'
import { lintFile } from './rule-runs.test.support.ts'

type Mode = 'typed' | 'untyped'
interface Score {
  /** Of so many `leaks`. */
  readonly found: number
  readonly leaks: number
  /** Of so many `clean` snippets. */
  readonly falseAlarms: number
  readonly clean: number
}

const scores: Record<string, Record<Mode, Score>> = {}
const modes: readonly Mode[] = ['typed', 'untyped']

describe.each(corpusRules())('%s', (rule) => {
  const snippets = readCorpus(rule)
  const options = corpusOptions(rule)

  describe.each(modes)('%s', (mode) => {
    const found = new Map<Snippet, readonly string[]>()
    const reportsOf = (snippet: Snippet) => {
      const reports =
        found.get(snippet) ??
        lintFile(snippet.file, snippet.code, rule, mode === 'typed', options).map(
          ({ messageId, message }) => messageId ?? message,
        )
      found.set(snippet, reports)
      return reports
    }
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

function table(): string {
  const rows = Object.entries(scores).flatMap(([rule, byMode]) =>
    modes.map((mode) => {
      const { found, leaks, falseAlarms, clean } = byMode[mode]
      return `${rule.padEnd(28)} ${mode.padEnd(8)} found ${found}/${leaks}, false alarms ${falseAlarms}/${clean}`
    }),
  )
  return rows.join('\n')
}

import { Linter } from 'eslint-v9'
import { expect, it } from 'vitest'
import { CORPUS, corpusOptions, corpusRules, readCorpus } from './corpus.test.support.ts'
import { configOf, lintFile } from './rule-runs.test.support.ts'

it('reports in ESLint 9 what it reports in ESLint 10', { timeout: 120_000 }, () => {
  expect(Linter.version).toMatch(/^9\./)
  const differences = corpusRules().flatMap((rule) => {
    const options = corpusOptions(rule)
    // The types of the two versions differ in their names only.
    const config = configOf(rule, false, options) as Linter.Config
    return readCorpus(rule).flatMap(({ file, code, title }) => {
      const now = lintFile(file, code, rule, false, options).map(idOf)
      const nine = new Linter({ cwd: CORPUS }).verify(code, config, { filename: file }).map(idOf)
      return now.join() === nine.join() ? [] : [{ snippet: `${rule}/${title}`, now, nine }]
    })
  })
  expect(differences).toEqual([])
})

function idOf({ messageId, message }: Pick<Linter.LintMessage, 'messageId' | 'message'>): string {
  return messageId ?? message
}

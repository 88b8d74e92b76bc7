import * as parser from '@typescript-eslint/parser'
import { describe, expect, it } from 'vitest'
import { programOf, readCorpus } from '../test/corpus.support.ts'
import { asSnippet, type Example, HEADINGS, RulePage } from '../test/rule-pages.support.ts'
import { lintFile } from '../test/rule-runs.support.ts'
import plugin from './index.ts'

/** Each example of it is a sequence, of which one statement is wrong for its place. */
const OF_SEQUENCES = 'require-startup-validation'

describe.each(Object.keys(plugin.rules))('the page of %s', (name) => {
  const page = new RulePage(name)

  it('has all sections, in one order', () => {
    expect(page.text.startsWith(`# ${name}\n\n`)).toBe(true)
    expect(page.headings).toEqual(HEADINGS)
    for (const heading of HEADINGS) expect(page.section(heading).trim()).not.toBe('')
  })

  it('describes each option, and no other', () => {
    const schema = [plugin.rules[name]?.meta.schema].flat() as { properties?: object }[]
    const options = schema.flatMap(({ properties = {} }) => Object.keys(properties))
    expect(page.options.toSorted()).toEqual(options.toSorted())
    if (options.length === 0) expect(page.section('Options')).toMatch(/^\nNone\.\n/)
  })

  // After a change of a rule, `npx vitest run packages/eslint-plugin/src/rule-pages.test.ts -u` writes them anew.
  it('states the configs, the types and the defaults as they are', async () => {
    await expect(page.withFacts).toMatchFileSnapshot(page.file)
  })

  it('has only incorrect examples that the rule reports, in each statement', () => {
    const examples = page.examples('Incorrect')
    expect(examples).not.toEqual([])
    for (const example of examples) {
      const lines = linesReported(page, example)
      expect(lines, example.code).not.toEqual([])
      if (name === OF_SEQUENCES) continue
      for (const [first, last, text] of statementsOf(example.code)) {
        expect(
          lines.some((line) => line >= first && line <= last),
          text,
        ).toBe(true)
      }
    }
  })

  it('has only correct examples that it does not report', () => {
    const examples = page.examples('Correct')
    expect(examples).not.toEqual([])
    for (const example of examples) expect(linesReported(page, example), example.code).toEqual([])
  })

  it('says that types change nothing only where that is so in the corpus', () => {
    if (!page.section('Types').includes('with them it does the same')) return
    for (const { title, reports } of readCorpus(name)) {
      expect(reports.typed, title).toEqual(reports.untyped)
    }
  })
})

/** The lines that the rule reports, alone and with its defaults; with types where the page says that it needs them. */
function linesReported({ name, needsTypes }: RulePage, example: Example): number[] {
  const snippet = asSnippet(example, 0)
  const messages = needsTypes
    ? lintFile(snippet.file, snippet.code, name, programOf([snippet]), example.options)
    : lintFile(example.file, example.code, name, false, example.options, '/project')
  expect(messages.filter(({ ruleId }) => ruleId === null)).toEqual([])
  return messages.map(({ line }) => line)
}

/** The first and last line of each statement, but for imports and declarations. */
function statementsOf(code: string): [first: number, last: number, text: string][] {
  const { body } = parser.parse(code, { loc: true, range: true, sourceType: 'module' })
  return body
    .filter(({ type, range }) => {
      return type !== 'ImportDeclaration' && !code.startsWith('declare ', range[0])
    })
    .map(({ loc, range }) => [loc.start.line, loc.end.line, code.slice(...range)])
}

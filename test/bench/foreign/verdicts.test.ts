import { readFileSync } from 'node:fs'
import plugin from '@rekey/eslint-plugin'
import { expect, it } from 'vitest'
import type { Judgement } from './foreign.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

const packages = JSON.parse(read('packages.json')) as readonly unknown[]
const verdicts = Object.values(JSON.parse(read('verdicts.json')) as Record<string, Judgement>)

const heldOut = Object.values(
  JSON.parse(read('held-out-verdicts.json')) as Record<string, Judgement>,
)

it('the README of the linter counts the verdicts that are kept, by rule', () => {
  const counts = [...new Set(verdicts.map(({ rule }) => rule))].toSorted().map((rule) => {
    const own = verdicts.filter((each) => each.rule === rule)
    const of = (verdict: string) => own.filter((each) => each.verdict === verdict).length
    return [rule, ...['right', 'arguable', 'wrong'].map((verdict) => String(of(verdict)))]
  })
  const readme = read('../../../packages/eslint-plugin/README.md')
  const rows = [...readme.matchAll(/^\| ([a-z-]+) +\| +(\d+) \| +(\d+) \| +(\d+) \|$/gm)]
  expect(rows.map(([, ...cells]) => cells)).toEqual(counts)
  expect(readme).toContain(`the sources of ${packages.length} packages of the registry`)
})

it('the README counts the verdicts on packages that no rule was changed for', () => {
  const of = (verdict: string) => heldOut.filter((each) => each.verdict === verdict).length
  const readme = read('../../../packages/eslint-plugin/README.md').replaceAll('\n', ' ')
  const { length } = JSON.parse(read('held-out.json')) as readonly unknown[]
  expect(readme).toContain(`On ${length} further packages`)
  expect(readme).toContain(
    `had ${heldOut.length} findings: ${of('right')} right, ${of('arguable')} arguable, ${of('wrong')} wrong`,
  )
})

it('each verdict has a reason', () => {
  expect([...verdicts, ...heldOut].filter(({ reason }) => reason.length < 10)).toEqual([])
})

const [{ rules: recommended = {} } = {}] = [plugin.configs.recommended].flat()

// After a change of a verdict, `npx vitest run test/bench/foreign/verdicts.test.ts -u` writes them anew.
it.each(Object.keys(plugin.rules))('the page of %s has its verdicts', async (rule) => {
  const path = `../../../packages/eslint-plugin/docs/rules/${rule}.md`
  const page = read(path).replace(
    /(\n## Precision\n\n).*?(?=\n\n## )/s,
    (_, heading: string) => `${heading}${precisionOf(rule)}`,
  )
  await expect(page).toMatchFileSnapshot(path)
})

/** The measured precision of a rule in one sentence. */
function precisionOf(rule: string): string {
  if (!(`@rekey/${rule}` in recommended)) {
    return 'Not measured on code of other people, since it is not part of `recommended`.'
  }
  const bench = `the sources of ${packages.length} packages of other people, with \`recommended\` and without types`
  const [right, arguable, wrong] = ['right', 'arguable', 'wrong'].map(
    (verdict) => verdicts.filter((each) => each.rule === rule && each.verdict === verdict).length,
  )
  const counts = `${right} right, ${arguable} arguable, ${wrong} wrong`
  return verdicts.some((each) => each.rule === rule)
    ? `Findings in ${bench}: ${counts}.`
    : `It reports nothing in ${bench}.`
}

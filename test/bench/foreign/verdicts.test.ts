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

const byName = Object.values(JSON.parse(read('name-verdicts.json')) as Record<string, Judgement>)

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
  const [errors, warnings] = [false, true].map((isWarning) => {
    const judged = heldOut.filter(({ rule }) => isWarning === (rule === 'no-secret-fallback'))
    return ['right', 'wrong'].map((each) => judged.filter(({ verdict }) => verdict === each).length)
  })
  expect(readme).toContain(
    `of the errors ${errors?.[0]} were right and ${errors?.[1]} wrong, of the warnings ${warnings?.[0]} right and ${warnings?.[1]} wrong`,
  )
})

it('each verdict has a reason', () => {
  expect([...verdicts, ...heldOut, ...byName].filter(({ reason }) => reason.length < 10)).toEqual(
    [],
  )
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
  const named = byName.filter((each) => each.rule === rule)
  if (named.length > 0) {
    const { length } = JSON.parse(read('held-out.json')) as readonly unknown[]
    return `Findings in the sources of ${packages.length + length} packages of other people, without types: ${countsOf(named)}.`
  }
  if (!(`@rekey/${rule}` in recommended)) {
    return 'Not measured on code of other people, since it is not part of `recommended`.'
  }
  const bench = `the sources of ${packages.length} packages of other people, with \`recommended\` and without types`
  const own = verdicts.filter((each) => each.rule === rule)
  return own.length > 0
    ? `Findings in ${bench}: ${countsOf(own)}.`
    : `It reports nothing in ${bench}.`
}

function countsOf(judged: readonly Judgement[]): string {
  return ['right', 'arguable', 'wrong']
    .map((verdict) => `${judged.filter((each) => each.verdict === verdict).length} ${verdict}`)
    .join(', ')
}

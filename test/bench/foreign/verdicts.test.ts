import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Judgement } from './foreign.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

const verdicts = Object.values(JSON.parse(read('verdicts.json')) as Record<string, Judgement>)

it('the README of the linter counts the verdicts that are kept, by rule', () => {
  const counts = [...new Set(verdicts.map(({ rule }) => rule))].toSorted().map((rule) => {
    const own = verdicts.filter((each) => each.rule === rule)
    const of = (verdict: string) => own.filter((each) => each.verdict === verdict).length
    return [rule, ...['right', 'arguable', 'wrong'].map((verdict) => String(of(verdict)))]
  })
  const readme = read('../../../packages/eslint-plugin/README.md')
  const rows = [...readme.matchAll(/^\| ([a-z-]+) +\| +(\d+) \| +(\d+) \| +(\d+) \|$/gm)]
  expect(rows.map(([, ...cells]) => cells)).toEqual(counts)
  const packages = JSON.parse(read('packages.json')) as readonly unknown[]
  expect(readme).toContain(`the sources of ${packages.length} packages of the registry`)
})

it('each verdict has a reason', () => {
  expect(verdicts.filter(({ reason }) => reason.length < 10)).toEqual([])
})

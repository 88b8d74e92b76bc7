import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import plugin from './index.ts'

const docs = new URL('../docs/rules/', import.meta.url)
const rules = Object.entries(plugin.rules)

const rulesIn = (config: keyof typeof plugin.configs) =>
  Object.keys([plugin.configs[config]].flat()[0]?.rules ?? {})

describe.each(rules)('%s', (name, rule) => {
  const page = () => readFileSync(new URL(`${name}.md`, docs), 'utf8')

  it('has ESLint show the address of its page, which is a file of this repository', () => {
    const ours = 'https://github.com/rekey/rekey/blob/main/packages/eslint-plugin/'
    const url = rule.meta.docs?.url ?? ''
    expect(url.startsWith(ours)).toBe(true)
    expect(readFileSync(new URL(`../${url.slice(ours.length)}`, import.meta.url), 'utf8')).toBe(
      page(),
    )
  })

  it.each(['rekey', 'strict'] as const)('is part of the config %s', (config) => {
    expect(rulesIn(config)).toContain(`@rekey/${name}`)
  })
})

it('names in its README the rules that the config rekey has beside recommended', () => {
  const recommended = rulesIn('recommended')
  const added = rulesIn('rekey').filter((rule) => !recommended.includes(rule))
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [, sentence = ''] = /`rekey` adds ([^.]*)\./.exec(readme) ?? []
  const named = [...sentence.matchAll(/`([\w-]+)`/g)].map(([, rule = '']) => `@rekey/${rule}`)
  expect(named.toSorted()).toEqual(added.toSorted())
})

it('names each rule in its README, with a link to its page', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const named = [
    ...readme.matchAll(
      /^\| \[([\w-]+)\]\(https:\/\/[^)]*\/packages\/eslint-plugin\/docs\/rules\/\1\.md\)/gm,
    ),
  ]
  expect(named.map(([, name]) => name)).toEqual(rules.map(([name]) => name).sort())
})

it('states in its README the weakness that each rule states', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const stated = [...readme.matchAll(/^\| \[([\w-]+)\].*\| (CWE-\d+) +\|$/gm)]
  const known = rules.map(([name, { meta }]) => [name, (meta.docs as { cwe: string }).cwe])
  expect(stated.map(([, name, cwe]) => [name, cwe])).toEqual(known.toSorted())
})

it('has no page without a rule', () => {
  expect(readdirSync(docs).map((file) => file.replace('.md', ''))).toEqual(
    rules.map(([name]) => name).sort(),
  )
})

it('tells ESLint its name and version', () => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { name, version } = JSON.parse(text) as { name: string; version: string }
  expect(plugin.meta).toMatchObject({ name, version })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { countTyped, GUIDE, listPages, parseBlocks, problemOf, readBlocks } from './guide-blocks.ts'

it('every block of the guide is executed, type-checked, or has the reason why not', () => {
  const blocks = listPages().flatMap(readBlocks)
  expect(blocks.length).toBeGreaterThan(30)
  expect(blocks.flatMap((block) => problemOf(block) ?? [])).toEqual([])
})

/** Pages to look something up in, which lead to nothing by themselves. */
const LOOKED_UP = new Set(['compared.md', 'glossary.md'])
const BOX = /^# .+\n\n> \[!NOTE\]\n>\n> \*\*You need\*\* [^]*?\n>\n> \*\*You will have\*\* /

it('each guide begins with what a reader needs, and what he will have', () => {
  const guides = listPages().filter((page) => !LOOKED_UP.has(page))
  expect(guides.filter((page) => !BOX.test(readFileSync(join(GUIDE, page), 'utf8')))).toEqual([])
})

it.each([
  ['of a language that nothing executes', '```toml\na = 1\n```\n'],
  ['without a language', '```\na\n```\n'],
  ['of TypeScript without a file', '```ts\nlet a\n```\n'],
  ['of TypeScript that is excused', '**`a.ts`**\n\n```ts unrun="too hard to check"\nlet a\n```\n'],
  ['that is excused without words', '```sh unrun="slow"\nls\n```\n'],
  ['with an unknown attribute', '```sh skip="it fails"\nls\n```\n'],
  ['whose file a Git host does not show', '```ts title="a.ts"\nlet a\n```\n'],
  ['of commands in a file', '**`a.sh`**\n\n```sh\nls\n```\n'],
  ['of output after no command', '**`a.json`**\n\n```json\n1\n```\n\n```text\nok\n```\n'],
])('a block %s is found', (_name, text) => {
  expect(parseBlocks('page.md', text).flatMap((block) => problemOf(block) ?? [])).toHaveLength(1)
})

it('of a file that is written again, the lines that change are counted as typed', () => {
  const one = '**`a.json`**\n\n```json\n{\n  "a": 1\n}\n```\n'
  const other = one.replace('"a": 1', '"a": 2')
  const others = '```sh\nls\n```\n\n```text\na.json\n```\n\n```sh variant="nest"\nls\n```\n'
  expect(countTyped(parseBlocks('page.md', `${one}\n${other}\n${others}`))).toBe(5)
})

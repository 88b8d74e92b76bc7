import { expect, it } from 'vitest'
import { listPages, parseBlocks, problemOf, readBlocks } from './guide-blocks.ts'

it('every block of the guide is executed, type-checked, or has the reason why not', () => {
  const blocks = listPages().flatMap(readBlocks)
  expect(blocks.length).toBeGreaterThan(30)
  expect(blocks.flatMap((block) => problemOf(block) ?? [])).toEqual([])
})

it.each([
  ['of a language that nothing executes', '```toml\na = 1\n```\n'],
  ['without a language', '```\na\n```\n'],
  ['of TypeScript without a file', '```ts\nlet a\n```\n'],
  ['of TypeScript that is excused', '```ts title="a.ts" unrun="too hard to check"\nlet a\n```\n'],
  ['that is excused without words', '```sh unrun="slow"\nls\n```\n'],
  ['with an unknown attribute', '```sh skip="it fails"\nls\n```\n'],
  ['of output after no command', '```json title="a.json"\n1\n```\n\n```text\nok\n```\n'],
])('a block %s is found', (_name, text) => {
  expect(parseBlocks('page.md', text).flatMap((block) => problemOf(block) ?? [])).toHaveLength(1)
})

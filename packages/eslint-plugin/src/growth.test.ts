// @lane servers
import * as parser from '@typescript-eslint/parser'
import { TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { describe, expect, it } from 'vitest'
import plugin from './index.ts'

/** How many times as much may be examined if a file becomes twice as long. */
const MAX_GROWTH = 2.3
const ENTRIES = 200

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n')

const table = (count: number) =>
  `const table = {\n${lines(count, (index) => `key${index}: { name: 'x', token: load(${index}) },`)}\n}\n`

/** Files that grow in all they have, by the number of their entries; a tenth of them is printed. */
const SHAPES: readonly (readonly [name: string, make: (count: number) => string])[] = [
  [
    'an object whose entries are printed one by one',
    (count) => table(count) + lines(count / 10, (index) => `console.log(table.key${index}.name)`),
  ],
  [
    'an object that is printed whole, time and again',
    (count) => table(count) + lines(count / 10, () => 'console.log(table)'),
  ],
  [
    'an object that is printed without one entry, time and again',
    (count) =>
      table(count) +
      lines(count / 10, (index) => `{ const { key${index}, ...rest } = table; console.log(rest) }`),
  ],
  [
    'an object to which one is added, and which is printed',
    (count) =>
      table(count) +
      lines(count / 10, (index) => `console.log({ ...table, key${index}: password })`),
  ],
  [
    'an object that is filled entry by entry',
    (count) =>
      `const table = {}\n${lines(count, (index) => `table.key${index} = load(${index}, password)`)}\n` +
      lines(count / 10, (index) => `console.log(table.key${index})`),
  ],
  [
    'a list whose elements are printed one by one',
    (count) =>
      `const list = [${lines(count, (index) => `load(${index}, password),`)}]\n` +
      lines(count / 10, (index) => `console.log(list[${index}])`),
  ],
  [
    'a class whose fields are printed one by one',
    (count) =>
      `class Table {\n${lines(count, (index) => `key${index} = load(${index}, password)`)}\n` +
      `print() {\n${lines(count / 10, (index) => `console.log(this.key${index})`)}\n}\n}`,
  ],
  [
    'an object of functions that are called one by one',
    (count) =>
      `const table = {\n${lines(count, (index) => `key${index}: () => load(${index}, password),`)}\n}\n` +
      lines(count / 10, (index) => `console.log(table.key${index}())`),
  ],
]

/** Lints `code` with all rules and counts how often an element of a list of nodes is read: a property, an argument. */
function readsIn(code: string): number {
  let reads = 0
  const counted = <T>(list: readonly T[]) =>
    new Proxy(list, {
      get(target, key) {
        if (typeof key === 'string' && key !== 'length' && Number(key) >= 0) reads += 1
        return Reflect.get(target, key) as unknown
      },
    })
  const countIn = (node: TSESTree.Node, keys: Readonly<Record<string, readonly string[]>>) => {
    const fields = node as unknown as Record<string, unknown>
    for (const key of keys[node.type] ?? []) {
      const children = [fields[key]].flat() as (TSESTree.Node | null | undefined)[]
      for (const child of children) if (child) countIn(child, keys)
      if (Array.isArray(fields[key])) fields[key] = counted(fields[key])
    }
  }
  const countingParser = {
    ...parser,
    parseForESLint(text: string, options?: parser.ParserOptions) {
      const parsed = parser.parseForESLint(text, options)
      countIn(parsed.ast, parsed.visitorKeys as Record<string, readonly string[]>)
      return parsed
    },
  }
  const config = {
    files: ['**/*.js'],
    languageOptions: { parser: countingParser as unknown as TSESLint.Parser.LooseParserModule },
  }
  const linter = new TSESLint.Linter({ configType: 'flat', cwd: '/project' })
  const messages = linter.verify(code, [config, ...plugin.configs.strict], {
    filename: '/project/file.js',
  })
  expect(messages.filter(({ messageId }) => messageId === 'ruleFailed')).toEqual([])
  return reads
}

describe('all rules together look at no more than twice as many nodes in twice as long a file:', () => {
  it.each(SHAPES)('%s', (_name, make) => {
    const [once, twice] = [readsIn(make(ENTRIES)), readsIn(make(2 * ENTRIES))] as const
    expect(once).toBeGreaterThan(ENTRIES)
    expect(twice / once).toBeLessThan(MAX_GROWTH)
  })
})

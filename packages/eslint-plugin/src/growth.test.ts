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
    'many prints behind a test of many terms',
    (count) =>
      `if (${lines(count, (index) => `['none', 'k${index}'].includes(password) ||`)} c) {\n${lines(count, () => 'console.log(password)')}\n}`,
  ],
  [
    'a fallback behind many others',
    (count) => `const apiKey = ${lines(count, (index) => `given${index} ||`)} 'none'`,
  ],
  [
    'a way through a tree, and a comparison with what is at its end',
    (count) =>
      `let node = load()\nwhile (more()) {\n${lines(count, (index) => `if (ask(${index})) node = node.key${index % 40}`)}\n}\n` +
      lines(count / 10, (index) => `if (request.headers.token === node.key${index}) open()`),
  ],
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
  [
    'options that are filled one by one, and given to a client time and again',
    (count) =>
      `import { Client } from 'pg'\nconst options = {}\n` +
      lines(count, (index) => `options.key${index} = load(${index})`) +
      lines(count / 10, () => '\nnew Client(options)'),
  ],
  [
    'options of a cookie that is set time and again',
    (count) => table(count) + lines(count / 10, () => "on((res) => res.cookie('token', x, table))"),
  ],
  [
    'an option that is weak time and again, behind a long test',
    (count) =>
      `if (${lines(count, () => 'c ||')} c) connect({ ${lines(count, () => 'rejectUnauthorized: false,')} })`,
  ],
  [
    'a flag that is taken away time and again',
    (count) =>
      lines(
        count,
        () => "on((res) => res.cookie('token', x, { httpOnly: false }))\noptions.httpOnly = false",
      ),
  ],
]

const chain = (count: number, first: string, next: (index: number) => string) =>
  `${first}\n${lines(count, next)}\n`

/** Long ways of a password, by the number of their steps: each must be found at its end. */
const WAYS: readonly (readonly [name: string, make: (count: number) => string])[] = [
  ['appended', (count) => `${chain(count, "let a = ''", () => 'a += password')}console.log(a)`],
  ['added', (count) => `${chain(count, "let a = ''", () => 'a = a + password')}console.log(a)`],
  [
    'appended and printed each time',
    (count) => chain(count, "let a = ''", () => 'a += password; console.log(a)'),
  ],
  [
    'set and printed each time',
    (count) => chain(count, "let a = ''", () => 'a = password; console.log(a)'),
  ],
  [
    'appended in a loop',
    (count) =>
      `let a = ''\nfor (const b of c) {\n${lines(count, () => 'a = a + password')}\nconsole.log(a) }`,
  ],
  [
    'an alias of an alias',
    (count) =>
      `${chain(count, 'const a0 = password', (index) => `const a${index + 1} = a${index}`)}console.log(a${count})`,
  ],
  [
    'a template in a template',
    (count) =>
      `${chain(count, 'const a0 = password', (index) => `const a${index + 1} = \`x\${a${index}}\``)}console.log(a${count})`,
  ],
  [
    'spread into the next object',
    (count) =>
      `${chain(count, 'const a0 = { password }', (index) => `const a${index + 1} = { ...a${index}, k${index}: 1 }`)}console.log(a${count})`,
  ],
  ['a part of a template', (count) => `console.log(\`${'${x}'.repeat(count)}\${password}\`)`],
  ['spread among others', (count) => `console.log({ ${'...x, '.repeat(count)}...{ password } })`],
  [
    'pushed into a list',
    (count) => `${chain(count, 'const a = []', () => 'a.push(password)')}console.log(a)`,
  ],
  [
    'given to functions that call each other',
    (count) =>
      `${chain(count, 'function f0(x) { return x }', (index) => `function f${index + 1}(x) { return f${index}(x) }`)}console.log(f${count}(password))`,
  ],
]

/** Ways that are as deep in the tree as ESLint and the parser can go. */
const DEPTHS: readonly (readonly [name: string, make: (count: number) => string])[] = [
  ['the first of many terms', (count) => `console.log(password${' + x'.repeat(count)})`],
  [
    'in calls of calls',
    (count) => `console.log(${'String('.repeat(count)}password${')'.repeat(count)})`,
  ],
  [
    'in objects in objects',
    (count) => `console.log(${'{ a: '.repeat(count)}password${'}'.repeat(count)})`,
  ],
  ['in lists in lists', (count) => `console.log(${'['.repeat(count)}password${']'.repeat(count)})`],
  ['trimmed again and again', (count) => `console.log(password${'.trim()'.repeat(count)})`],
  ['the last of many choices', (count) => `console.log(${'c ? x : '.repeat(count)}password)`],
]

/** Lints `code` with all rules, and counts how often a node or an element of a list of nodes is looked at. */
function lookAt(code: string) {
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
    const { type } = node
    Object.defineProperty(node, 'type', {
      enumerable: true,
      get() {
        reads += 1
        return type
      },
    })
    for (const key of keys[type] ?? []) {
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
  expect(messages.find(({ fatal }) => fatal)?.message).toBeUndefined()
  return {
    reads,
    rules: messages.map(({ ruleId }) => ruleId),
    ids: messages.map(({ messageId }) => messageId),
  }
}

describe('all rules together look at no more than twice as many nodes in twice as long a file:', () => {
  it.each(SHAPES)('%s', (_name, make) => {
    const [once, twice] = [lookAt(make(ENTRIES)).reads, lookAt(make(2 * ENTRIES)).reads]
    expect(once).toBeGreaterThan(ENTRIES)
    expect(twice / once).toBeLessThan(MAX_GROWTH)
  })

  it.each(WAYS)('a password of 5,000 steps is found: %s', (_name, make) => {
    const [once, twice] = [lookAt(make(2_500)), lookAt(make(5_000))]
    expect(twice.rules).toContain('@rekey/no-secret-name-in-output')
    expect(twice.reads / once.reads).toBeLessThan(MAX_GROWTH)
  })
})

it.each(DEPTHS)('a password 300 expressions deep is found: %s', (_name, make) => {
  expect(lookAt(make(300)).rules).toContain('@rekey/no-secret-name-in-output')
})

it('says where functions call each other in more ways than it follows', () => {
  const calls = (name: string) => Array.from({ length: 40 }, (_, index) => `${name}(x + ${index})`)
  const functions = ['a', 'b', 'c', 'd'].map(
    (name, index, { [index + 1]: next }) =>
      `function ${name}(x) { return [${next === undefined ? 'x' : calls(next).join()}] }`,
  )
  const { ids } = lookAt(`${functions.join('\n')}\nconsole.log(a(token.length))`)
  expect(ids).toContain('notFollowed')
})

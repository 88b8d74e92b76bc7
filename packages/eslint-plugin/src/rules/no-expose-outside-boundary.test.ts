import { describe, expect, it } from 'vitest'
import { lint, messages, runCases } from '../../test/rule-runs.support.ts'
import { noExposeOutsideBoundary } from './no-expose-outside-boundary.ts'

const rule = 'no-expose-outside-boundary'
const imports = "import { Secret } from './secret.ts'\n"
const taken = `${imports}declare const secret: Secret\n`
const get = 'export const get = () => secret.expose()'

runCases(rule, noExposeOutsideBoundary, () => ({
  valid: [
    { code: `${taken}${get}`, options: [{ allowReturn: true }], name: 'a result that is allowed' },
    {
      code: `${taken}declare function use(text: string): void\nuse(secret.expose())`,
      options: [{ boundary: ['**/*.ts'], maxPerFile: 1 }],
      name: 'once in a file of the boundary',
    },
  ],
  invalid: [
    {
      code: `${taken}export const key = secret.expose()`,
      name: 'offers to keep the Secret',
      errors: [
        {
          messageId: 'kept',
          data: { source: 'secret.expose()', line: 3, place: 'a variable of the module' },
          line: 3,
          column: 20,
          endColumn: 35,
          suggestions: [{ messageId: 'keepSecret', output: `${taken}export const key = secret` }],
        },
      ],
    },
    {
      code: `${taken}${get}`,
      name: 'offers to give the Secret back',
      errors: [
        {
          messageId: 'returned',
          data: { source: 'secret.expose()', line: 3 },
          suggestions: [
            { messageId: 'keepSecret', output: `${taken}export const get = () => secret` },
          ],
        },
      ],
    },
    {
      code: `${taken}export const bearer = { authorization: \`Bearer \${secret.expose()}\` }`,
      name: 'offers nothing for what was made of it',
      errors: [{ messageId: 'kept', suggestions: [] }],
    },
    {
      code: `${taken}${get}\nexport const key = secret.expose()`,
      name: 'says one thing only outside the boundary',
      options: [{ boundary: ['adapters/**'] }],
      errors: [
        { messageId: 'outsideBoundary', data: { source: 'secret.expose()' }, line: 3 },
        { messageId: 'outsideBoundary', data: { source: 'secret.expose()' }, line: 4 },
      ],
    },
    {
      code: `${taken}declare function use(one: string, two: string): void\nuse(secret.expose(), secret.expose())`,
      name: 'counts the exposures of a file',
      options: [{ maxPerFile: 1 }],
      errors: [{ messageId: 'tooMany', data: { count: 2, limit: 1 }, line: 4, column: 22 }],
    },
  ],
}))

describe('the place, in words', () => {
  it.each([
    ['a field', 'export class Held {\n  text = secret.expose()\n}'],
    ['an export', 'export default secret.expose()'],
    [
      'a variable that outlives this call',
      'let text\nexport function keep() {\n  text = secret.expose()\n}',
    ],
    [
      'something that outlives this call',
      'export function keep() {\n  process.env.KEY = secret.expose()\n}',
    ],
    [
      'a function that is handed out',
      'export function hold() {\n  const text = secret.expose()\n  return () => text.length\n}',
    ],
  ])('is %s', (place, code) => {
    expect(messages(`${taken}${code}`, rule)).toEqual([
      expect.stringContaining(`is kept in ${place},`),
    ])
  })
})

it('says nothing of a function that gives back what its caller took out', () => {
  const code = `${taken}export function pair(text: string) {\n  return { text }\n}\nexport const check = () => pair(secret.expose()).text === ''`
  expect(lint(code, rule, true)).toEqual([])
})

it('comes to an end where exports refer to each other', () => {
  const code = `${taken}const keys = { get: () => secret.expose(), other: () => other, keys }\nconst other = { keys }`
  expect(lint(code, rule, true)).toEqual([])
  expect(lint(`${code}\nexport { other }`, rule, true)).toEqual(['returned'])
})

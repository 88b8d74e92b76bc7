import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { lint, messages, runCases } from '../rule-runs.test.support.ts'
import { noTimingUnsafeCompare } from './no-timing-unsafe-compare.ts'

const crypto = "import { createHash, timingSafeEqual } from 'node:crypto'\n"
const digests = (one: string, other: string) =>
  `timingSafeEqual(createHash('sha256').update(${one}).digest(), createHash('sha256').update(${other}).digest())`

/** Comparisons, and what to write instead. */
const edits = [
  [
    'nameCompared',
    'export const is = (a: string) => a === process.env.API_KEY',
    `${crypto}export const is = (a: string) => ${digests('a', 'process.env.API_KEY')}`,
  ],
  [
    'nameCompared',
    'export const is = (a: string) => a != process.env.API_KEY',
    `${crypto}export const is = (a: string) => !${digests('a', 'process.env.API_KEY')}`,
  ],
  [
    'secretCompared',
    "import { createHash } from 'crypto'\nexport const is = (a: string) => Object.is(secret.expose(), a)",
    `import { timingSafeEqual } from 'node:crypto'\nimport { createHash } from 'crypto'\nexport const is = (a: string) => ${digests('secret.expose()', 'a')}`,
  ],
  [
    'nameCompared',
    "const fs = require('fs')\nmodule.exports = (a) => a === process.env.API_KEY",
    `const { createHash, timingSafeEqual } = require('node:crypto')\nconst fs = require('fs')\nmodule.exports = (a) => ${digests('a', 'process.env.API_KEY')}`,
  ],
] as const

/** What no single expression mends. */
const withoutEdit = [
  ['secretCompared', 'export const is = (a: string) => a.localeCompare(secret.expose()) === 0'],
  ['secretCompared', 'export const is = (a: string) => a.startsWith(secret.expose())'],
  [
    'nameCompared',
    'const createHash = 1\nexport const is = (a: string) => a === process.env.API_KEY',
  ],
] as const

const declared = 'declare const secret: any\n'

runCases('no-timing-unsafe-compare', noTimingUnsafeCompare, () => ({
  valid: [
    {
      code: 'export const is = (a: string) => a === process.env.API_KEY',
      options: [{ names: false }],
    },
    {
      code: `${declared}export const is = (a: string) => a === shorten(secret.expose())\ndeclare function shorten(text: string): string`,
      options: [{ sanitizers: ['shorten'] }],
    },
  ],
  invalid: [
    ...edits.map(([messageId, code, output]) => ({
      code: code + (code.includes('secret.') ? `\n${declared}` : ''),
      errors: [
        {
          messageId,
          suggestions: [
            {
              messageId: 'compareDigests' as const,
              output: output + (code.includes('secret.') ? `\n${declared}` : ''),
            },
          ],
        },
      ],
    })),
    ...withoutEdit.map(([messageId, code]) => ({
      code: declared + code,
      errors: [{ messageId }],
    })),
    {
      code: 'switch (given) {\n  case process.env.API_KEY:\n    break\n}',
      errors: [
        {
          messageId: 'nameCompared',
          data: { operation: 'switch', secret: 'process.env.API_KEY' },
          line: 2,
          column: 8,
          endColumn: 27,
        },
      ],
    },
  ],
}))

it('never repeats a text of the code in its message', () => {
  const text = randomBytes(16).toString('hex')
  const code = `export const is = (req) => req.headers['${text}-api-key'] === \`${text}\${process.env.API_KEY}\``
  const reported = messages(code, 'no-timing-unsafe-compare').join()
  expect(reported).toContain('process.env.API_KEY')
  expect(reported).not.toContain(text)
})

it('finds one finding in one comparison of two secrets', () => {
  const code = 'export const is = (req) => req.headers.authorization === process.env.API_KEY'
  expect(lint(code, 'no-timing-unsafe-compare', false)).toEqual(['nameCompared'])
})

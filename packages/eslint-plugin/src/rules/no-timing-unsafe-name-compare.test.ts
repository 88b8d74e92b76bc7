import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import plugin from '../index.ts'
import { lint, messages, runCases } from '../../test/rule-runs.support.ts'
import { digestsOf, IMPORT } from '../../test/rules/compare-rule.support.ts'
import { noTimingUnsafeNameCompare } from './compare-rules.ts'

const digests = digestsOf('a', 'process.env.API_KEY')

/** Comparisons, and what to write instead. */
const edits = [
  [
    'export const is = (a: string) => a === process.env.API_KEY',
    `${IMPORT}export const is = (a: string) => ${digests}`,
  ],
  [
    'export const is = (a: string) => a != process.env.API_KEY',
    `${IMPORT}export const is = (a: string) => !${digests}`,
  ],
  [
    "const fs = require('fs')\nmodule.exports = (a) => a === process.env.API_KEY",
    `const { createHash, timingSafeEqual } = require('node:crypto')\nconst fs = require('fs')\nmodule.exports = (a) => ${digests}`,
  ],
] as const

const WITHOUT_EDIT =
  'const createHash = 1\nexport const is = (a: string) => a === process.env.API_KEY'

runCases('no-timing-unsafe-name-compare', noTimingUnsafeNameCompare, () => ({
  valid: [
    'export function is(keys: unknown) {\n  if (keys === console) keys = [keys]\n  return keys\n}',
    'import { config } from "./config.ts"\nexport const same = config.apiKey === process.env.API_KEY',
  ],
  invalid: [
    ...edits.map(([code, output]) => ({
      code,
      errors: [
        {
          messageId: 'nameCompared' as const,
          suggestions: [{ messageId: 'compareDigests' as const, output }],
        },
      ],
    })),
    { code: WITHOUT_EDIT, errors: [{ messageId: 'nameCompared' }] },
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
  const reported = messages(code, 'no-timing-unsafe-name-compare').join()
  expect(reported).toContain('process.env.API_KEY')
  expect(reported).not.toContain(text)
})

it('finds one finding in one comparison of two secrets', () => {
  const code = 'export const is = (req) => req.headers.authorization === process.env.API_KEY'
  expect(lint(code, 'no-timing-unsafe-name-compare', false)).toEqual(['nameCompared'])
})

it('leaves what is certainly a secret to no-timing-unsafe-compare', () => {
  const code = 'export const is = (apiKey) => apiKey === secret.expose()'
  expect(lint(code, 'no-timing-unsafe-name-compare', false)).toEqual([])
})

it('is a warning in rekey, and an error in strict', () => {
  const severities = [plugin.configs.rekey, plugin.configs.strict].map(
    (config) => [config].flat()[0]?.rules?.['@rekey/no-timing-unsafe-name-compare'],
  )
  expect(severities).toEqual(['warn', 'error'])
})

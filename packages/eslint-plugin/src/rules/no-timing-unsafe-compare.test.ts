import { lint, runCases } from '../../test/rule-runs.support.ts'
import { expect, it } from 'vitest'
import { digestsOf, IMPORT } from '../../test/rules/compare-rule.support.ts'
import { noTimingUnsafeCompare } from './compare-rules.ts'

const declared = 'declare const secret: any\n'

/** Comparisons, and what to write instead. */
const edits = [
  [
    'export const is = (a: string) => a === secret.expose()',
    `${IMPORT}export const is = (a: string) => ${digestsOf('a', 'secret.expose()')}`,
  ],
  [
    "import { createHash } from 'crypto'\nexport const is = (a: string) => Object.is(secret.expose(), a)",
    `import { timingSafeEqual } from 'node:crypto'\nimport { createHash } from 'crypto'\nexport const is = (a: string) => ${digestsOf('secret.expose()', 'a')}`,
  ],
] as const

/** What no single expression mends. */
const withoutEdit = [
  'export const is = (a: string) => a.localeCompare(secret.expose()) === 0',
  'export const is = (a: string) => a.startsWith(secret.expose())',
]

runCases('no-timing-unsafe-compare', noTimingUnsafeCompare, () => ({
  valid: [
    {
      code: `${declared}export const is = (a: string) => a === shorten(secret.expose())\ndeclare function shorten(text: string): string`,
      options: [{ sanitizers: ['shorten'] }],
    },
  ],
  invalid: [
    ...edits.map(([code, output]) => ({
      code: `${code}\n${declared}`,
      errors: [
        {
          messageId: 'secretCompared' as const,
          suggestions: [{ messageId: 'compareDigests' as const, output: `${output}\n${declared}` }],
        },
      ],
    })),
    ...withoutEdit.map((code) => ({
      code: declared + code,
      errors: [{ messageId: 'secretCompared' as const }],
    })),
  ],
}))

it('leaves what only has the name of a secret to no-timing-unsafe-name-compare', () => {
  const code = 'export const is = (req) => req.headers.authorization === process.env.API_KEY'
  expect(lint(code, 'no-timing-unsafe-compare', false)).toEqual([])
})

import { describe, expect, it } from 'vitest'
import { lint, runCases } from '../../test/rule-runs.support.ts'
import { noSecretWidening } from './no-secret-widening.ts'

const imports = "import { Secret } from './secret.ts'\n"
const taken = `${imports}declare const secret: Secret\n`
const rule = 'no-secret-widening'

runCases(rule, noSecretWidening, () => ({
  valid: [`${taken}export const known: Secret = secret`],
  invalid: [
    {
      code: `${taken}export const known: unknown = secret`,
      name: 'offers to leave the annotation of a variable out',
      errors: [
        {
          messageId: 'hidden',
          data: { source: 'secret', type: 'unknown' },
          line: 3,
          column: 31,
          endColumn: 37,
          suggestions: [
            { messageId: 'dropAnnotation', output: `${taken}export const known = secret` },
          ],
        },
      ],
    },
    {
      code: `${taken}class Holder {\n  readonly #held: any = secret\n}`,
      name: 'offers to leave the annotation of a field out',
      errors: [
        {
          messageId: 'hidden',
          data: { source: 'secret', type: 'any' },
          suggestions: [
            {
              messageId: 'dropAnnotation',
              output: `${taken}class Holder {\n  readonly #held = secret\n}`,
            },
          ],
        },
      ],
    },
    {
      code: `${taken}export const [held]: unknown[] = [secret as unknown]`,
      name: 'offers nothing where more than one edit is needed',
      errors: [{ messageId: 'hidden', suggestions: [] }],
    },
  ],
}))

describe('where types are', () => {
  it.each([
    ['unknown', 'const held: Record<string, unknown> = { secret }'],
    ['Record<string, any>', 'const held: Record<string, any> = secret'],
    ['object', 'const held = [secret, { secret }] as object'],
    ['{}', 'const held: {} = { inner: [secret] }'],
  ])('is hidden by %s in %s', (_type, code) => {
    expect(new Set(lint(`${taken}${code}\nvoid held`, rule, true))).toEqual(new Set(['hidden']))
  })

  it('takes the word of a configured inspector', () => {
    const code = `${taken}declare const audit: { look(given: unknown): void }\naudit.look(secret)`
    expect(lint(code, rule, true)).toEqual(['hidden'])
    expect(lint(code, rule, true, [{ inspectors: ['look'] }])).toEqual([])
  })
})

it('asks nothing of a file that names no Secret', () => {
  const code = "import { version } from './version.ts'\nexport const held: unknown = version.value"
  expect(lint(code, rule, true)).toEqual([])
})

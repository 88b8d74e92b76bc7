import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { lint, messages, runCases } from '../../test/rule-runs.support.ts'
import { noSecretFallback } from './no-secret-fallback.ts'

const name = 'no-secret-fallback'

/** Code, and what it is without the fallback. */
const removals = [
  ["f(env.API_KEY ?? 'dev')", 'f(env.API_KEY)'],
  ["f(env.API_KEY ? env.API_KEY : 'dev')", 'f(env.API_KEY)'],
  ["f(isDevelopment ? 'dev' : env.API_KEY)", 'f(env.API_KEY)'],
  ["config.password ??= 'dev'", ''],
  ["const { clientSecret = 'dev', id } = x", 'const { clientSecret, id } = x'],
  ["function f(user: string, password = 'dev') {}", 'function f(user: string, password) {}'],
  ["f(getSecret('API_KEY', 'dev'))", "f(getSecret('API_KEY'))"],
  ["z.object({ API_KEY: z.string().default('dev') })", 'z.object({ API_KEY: z.string() })'],
  ["f({ API_KEY: str({ default: 'dev' }) })", 'f({ API_KEY: str({}) })'],
  ["f({ API_KEY: { default: 'dev', env: 'API_KEY' } })", "f({ API_KEY: { env: 'API_KEY' } })"],
  ["f({ API_KEY: { env: 'API_KEY', default: 'dev' } })", "f({ API_KEY: { env: 'API_KEY' } })"],
] as const

const withoutRemoval = [
  "if (!config.password) config.password = 'dev'",
  "function f() { if (!env.API_KEY) return 'dev'; return env.API_KEY }",
  "f({ password: 'dev', ...given })",
  "x = config.password ??= 'dev'",
]

runCases(name, noSecretFallback, () => ({
  valid: [],
  invalid: [
    ...removals.map(([code, output]) => ({
      code,
      errors: [
        {
          messageId: 'fallback' as const,
          suggestions: [{ messageId: 'removeFallback' as const, output }],
        },
      ],
    })),
    ...withoutRemoval.map((code) => ({
      code,
      errors: [{ messageId: 'fallback' as const, suggestions: [] }],
    })),
    {
      code: "const key = config.apiKey || ''",
      errors: [
        {
          messageId: 'emptyFallback',
          data: { what: 'config.apiKey' },
          line: 1,
          column: 30,
          endColumn: 32,
          suggestions: [{ messageId: 'removeFallback', output: 'const key = config.apiKey' }],
        },
      ],
    },
  ],
}))

it('leaves the names to the options that are none of secrets', () => {
  const code = "f(env.PARTITION_TOKEN ?? 'eu')"
  expect(lint(code, name, false)).toEqual(['fallback'])
  expect(lint(code, name, false, [{ ignoreNames: ['PARTITION_TOKEN'] }])).toEqual([])
})

it('can be told that an empty text will do', () => {
  const code = "f(env.API_KEY ?? '', env.JWT_SECRET ?? 'dev')"
  expect(lint(code, name, false)).toEqual(['emptyFallback', 'fallback'])
  expect(lint(code, name, false, [{ allowEmpty: true }])).toEqual(['fallback'])
})

it('never repeats the fallback in its message', () => {
  const fallback = randomBytes(16).toString('hex')
  const code = `f(env.API_KEY ?? '${fallback}', get('${fallback}.token', '${fallback}'))`
  expect(messages(code, name)).toHaveLength(2)
  expect(messages(code, name).join()).not.toContain(fallback)
})

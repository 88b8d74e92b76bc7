import { randomBytes, randomInt } from 'node:crypto'
import { expect, it } from 'vitest'
import { lint, messages, runCases } from '../../test/rule-runs.support.ts'
import { noHardcodedSecret } from './no-hardcoded-secret.ts'

const name = 'no-hardcoded-secret'
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const hex = (length: number) => randomBytes(length).toString('hex').slice(0, length)
const text = (length: number, characters = `${LETTERS}0123456789`) =>
  Array.from({ length }, () => characters[randomInt(characters.length)]).join('')
const key = hex(32)

runCases(name, noHardcodedSecret, () => ({
  valid: [],
  invalid: [
    {
      code: `f('npm_${text(36)}')`,
      errors: [
        {
          messageId: 'knownFormat',
          data: { what: 'an npm token' },
          line: 1,
          column: 3,
          endColumn: 45,
        },
      ],
    },
    {
      code: `f('redis://:${key}@cache')`,
      errors: [{ messageId: 'passwordInUrl', line: 1, column: 3 }],
    },
    {
      code: `f('/data?api_key=${key}')`,
      errors: [{ messageId: 'secretInText', data: { what: 'api_key' }, line: 1, column: 3 }],
    },
    {
      code: "import jwt from 'jsonwebtoken'\njwt.verify(token, 'weak')",
      errors: [{ messageId: 'givenSecret', data: { what: 'jwt.verify' }, line: 2, column: 19 }],
    },
    {
      code: `const settings = { apiKey: '${key}' }`,
      errors: [{ messageId: 'namedSecret', data: { what: 'apiKey' }, line: 1, column: 28 }],
    },
  ],
}))

it('reports a constant where it is written, and not where it is used', () => {
  const code = `const shared = '${key}'\nf({ apiKey: shared, clientSecret: shared })`
  expect(lint(code, name, false)).toEqual(['namedSecret'])
})

it('reports a text once, for the most certain of its reasons', () => {
  const code = `import jwt from 'jsonwebtoken'\nconst token = 'ghp_${text(36)}'\njwt.sign({}, token)`
  expect(lint(code, name, false)).toEqual(['knownFormat'])
})

const ISSUERS: readonly (readonly [issuer: string, draw: () => string])[] = [
  ['GitHub App', () => `ghs_${text(36)}`],
  ['GitLab runner', () => `glrt-${text(20)}`],
  ['GitLab deploy', () => `gldt-${text(20)}`],
  [
    'Slack app',
    () => `xapp-1-A${text(9, 'ABCDEF0123456789')}-${text(12, '0123456789')}-${hex(64)}`,
  ],
  ['Stripe webhook', () => `whsec_${text(32)}`],
  ['OpenAI', () => `sk-${text(20)}T3BlbkFJ${text(20)}`],
  ['Anthropic', () => `sk-ant-api03-${text(93)}AA`],
  ['Hugging Face', () => `hf_${text(34, LETTERS)}`],
  ['DigitalOcean', () => `dop_v1_${hex(64)}`],
  ['Shopify', () => `shpat_${hex(32)}`],
  ['Grafana', () => `glsa_${text(32)}_${hex(8)}`],
  ['Linear', () => `lin_api_${text(40)}`],
  ['Databricks', () => `dapi${hex(32)}`],
  ['Vault batch', () => `hvb.${text(100)}`],
]

it.each(ISSUERS)('knows each of 500 secrets of %s by its form', (_issuer, draw) => {
  const calls = Array.from({ length: 500 }, () => `f('${draw()}')`)
  expect(lint(calls.join('\n'), name, false)).toEqual(calls.map(() => 'knownFormat'))
})

it('leaves the names to the options that are none of secrets', () => {
  const code = `f({ partitionToken: '${key}' })`
  expect(lint(code, name, false)).toEqual(['namedSecret'])
  expect(lint(code, name, false, [{ ignoreNames: ['partitionToken'] }])).toEqual([])
})

it('accepts what is called an example, unless it has the form of a real secret', () => {
  expect(lint(`const exampleRequest = { apiKey: '${key}' }`, name, false)).toEqual([])
  const real = `const exampleRequest = { apiKey: 'ghp_${text(36)}' }`
  expect(lint(real, name, false)).toEqual(['knownFormat'])
})

it('never repeats a secret in its message', () => {
  const code = `
    const apiKey = '${key}'
    f('ghp_${text(36)}', 'mysql://app:${key}@db', '?token=${key}')
    f.set('x-api-key', '${key}')
    if (password === '${key}') f['${key}'].secret = '${key}'`
  const reported = messages(code, name)
  expect(reported).toHaveLength(7)
  expect(reported.join()).not.toContain(key)
})

it('is not slowed down by texts that refer to themselves in circles', () => {
  const code = `let a = 'x'; let b = a + a; a = b + b; const secret = a + b; let c = c + c + c; const apiKey = c`
  expect(lint(code, name, false)).toEqual([])
})

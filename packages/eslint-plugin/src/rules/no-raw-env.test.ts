import { expect, it } from 'vitest'
import { lint, lintFile, runCases } from '../../test/rule-runs.support.ts'
import { noRawEnv } from './no-raw-env.ts'

const name = 'no-raw-env'
const corpus = new URL('../../test/corpus/', import.meta.url)

runCases(name, noRawEnv, () => ({
  valid: [],
  invalid: [
    {
      code: 'const key = process.env.API_KEY',
      errors: [
        {
          messageId: 'variable',
          data: { what: 'process.env.API_KEY' },
          line: 1,
          column: 13,
          endColumn: 32,
        },
      ],
    },
    {
      code: 'schema.parse(process.env)',
      errors: [{ messageId: 'environment', data: { what: 'process.env' }, line: 1, column: 14 }],
    },
    {
      code: 'run(process)',
      errors: [{ messageId: 'process', data: { what: 'process' }, line: 1, column: 5 }],
    },
    {
      code: "import 'dotenv/config'",
      errors: [{ messageId: 'loader', line: 1, column: 1 }],
    },
  ],
}))

it('reports a variable at each place where it is read, and not where the environment gets another name', () => {
  const code = 'const { env } = process\nconst a = env.A\nconst b = env.B'
  expect(lint(code, name, false)).toEqual(['variable', 'variable'])
})

it('lets the options say which variables anybody may read, with all that begin alike', () => {
  const options = [{ allow: ['NODE_ENV', 'APP_*'] }]
  expect(lint('f(process.env.NODE_ENV, process.env.APP_REGION)', name, false, options)).toEqual([])
  expect(lint('f(process.env.CI)', name, false, options)).toEqual(['variable'])
  expect(lint('f(process.env[x])', name, false, options)).toEqual(['variable'])
})

it.each([
  ['services/signing/main.ts', [], 0],
  ['services/signing/routes.ts', [], 1],
  ['scripts/deploy.ts', [{ allowFiles: ['scripts/**'] }], 0],
  ['services/signing/main.ts', [{ allowFiles: ['scripts/**'] }], 1],
])('looks at the name of the file: %s with %j', (file, options, count) => {
  const path = new URL(file, corpus).pathname
  expect(lintFile(path, 'f(process.env.API_KEY)', name, false, options)).toHaveLength(count)
})

it('follows code that refers to itself in circles', () => {
  const code = 'let a = process.env\nlet b = a\na = b\nf(a.A, b.B)'
  expect(lint(code, name, false)).toEqual(['variable', 'variable'])
})

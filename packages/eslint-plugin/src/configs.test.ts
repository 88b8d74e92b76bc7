import * as parser from '@typescript-eslint/parser'
import { TSESLint } from '@typescript-eslint/utils'
import { describe, expect, it } from 'vitest'
import type { SharedConfigs } from './configs.ts'
import plugin from './index.ts'

const ROOT = import.meta.dirname

/** The rules that report in `code` as the file of that name, with their severity. */
function reportedAs(config: keyof SharedConfigs, filename: string, code: string) {
  const linter = new TSESLint.Linter({ configType: 'flat', cwd: ROOT })
  const languages = { files: ['**/*.ts'], languageOptions: { parser } }
  const messages = linter.verify(code, [languages, ...plugin.configs[config]], {
    filename: `${ROOT}/${filename}`,
  })
  return messages.map(({ ruleId, severity }) => [ruleId, severity])
}

const TEST_PLACES = [
  'src/login.test.ts',
  'src/login.spec.ts',
  'src/login.tst.ts',
  ...[
    'test',
    'tests',
    '__tests__',
    'spec',
    'e2e',
    'bench',
    'examples',
    'fixtures',
    '__mocks__',
  ].map((folder) => `${folder}/deep/login.ts`),
]

const COMPARES = `
  export const is = (req) => req.headers['x-api-key'] === process.env.API_KEY
  export const digest = createHmac('sha256', 'a key')`

const ASSERTS = `
  import assert from 'node:assert/strict'
  import { apiKey, password } from './login.ts'

  expect(password).toBe(apiKey)
  assert.equal(password, apiKey)
  assert.deepEqual({ password }, { password: apiKey }, \`for \${password}\`)
  t.is(password, apiKey)`

/** After a change of the configs `npx vitest run packages/eslint-plugin/src/configs.test.ts -u` writes the files anew. */
it.each(Object.entries(plugin.configs))('oxlint has %s as ESLint has it', async (name, config) => {
  const [{ rules } = {}, ...overrides] = [config].flat()
  const text = JSON.stringify(
    {
      jsPlugins: [{ name: '@rekey', specifier: '../dist/index.js' }],
      rules,
      overrides: overrides.map((each) => ({ files: each.files, rules: each.rules })),
    },
    null,
    2,
  )
  await expect(`${text}\n`).toMatchFileSnapshot(`../oxlint/${name}.json`)
})

describe.each(TEST_PLACES)('in %s, as in all tests,', (file) => {
  it('nothing that is made, read or compared is reported', () => {
    expect(reportedAs('recommended', file, COMPARES)).toEqual([])
  })

  it('an assertion is no output', () => {
    expect(reportedAs('strict', file, ASSERTS)).toEqual([])
  })

  it('what is printed is reported as elsewhere', () => {
    const code = 'console.log(password, secret.expose())'
    const reported = [
      ['@rekey/no-secret-name-in-output', 1],
      ['@rekey/no-secret-in-logs', 2],
    ]
    expect(reportedAs('rekey', file, code)).toEqual(expect.arrayContaining(reported))
    expect(reportedAs('rekey', file, code)).toHaveLength(reported.length)
    expect(reportedAs('recommended', file, code)).toEqual([['@rekey/no-secret-in-logs', 2]])
  })
})

describe('in code that is no test', () => {
  it.each(['src/login.ts', 'src/contest/login.ts', 'src/specification.ts'])('%s', (file) => {
    expect(reportedAs('strict', file, ASSERTS)).not.toEqual([])
    expect(reportedAs('strict', file, COMPARES)).not.toEqual([])
  })

  it('an assertion on what is named like a secret is a warning of rekey', () => {
    const reported = reportedAs('rekey', 'src/login.ts', ASSERTS)
    expect(new Set(reported.map(String))).toEqual(new Set(['@rekey/no-secret-name-in-output,1']))
  })

  it('a comparison of what is named like a secret is a warning of rekey', () => {
    const code = 'export const is = (req) => req.body.password === stored.password'
    expect(reportedAs('recommended', 'src/login.ts', code)).toEqual([])
    expect(reportedAs('rekey', 'src/login.ts', code)).toEqual([
      ['@rekey/no-timing-unsafe-name-compare', 1],
    ])
  })

  it('a server that loads nothing is reported only where the project uses the loader', () => {
    const code = 'app.listen(1)'
    const loading = "import { loadService } from '@rekey/config-loader'\n"
    expect(reportedAs('rekey', 'src/main.ts', code)).toEqual([])
    expect(reportedAs('rekey', 'src/main.ts', loading + code)).toEqual([
      ['@rekey/require-startup-validation', 2],
    ])
  })

  it('what services owe the loader is reported by rekey and strict, and not by recommended', () => {
    const code = 'export const port = process.env.PORT'
    const found = [['@rekey/no-raw-env', 2]]
    expect(reportedAs('rekey', 'src/settings.ts', code)).toEqual(found)
    expect(reportedAs('strict', 'src/settings.ts', code)).toEqual(found)
    expect(reportedAs('recommended', 'src/settings.ts', code)).toEqual([])
  })
})

import * as parser from '@typescript-eslint/parser'
import { TSESLint } from '@typescript-eslint/utils'
import { Linter as Linter9 } from 'eslint-v9'
import { describe, expect, it } from 'vitest'
import { createRule } from './create-rule.ts'
import plugin from './index.ts'

const VALUE = ['the', 'text', 'of', 'a', 'secret'].join('-')

type Where = 'create' | 'a listener' | 'every listener'

/** A rule that throws an error with text of the file in its message, where the file says `fail`. */
function failingRule(where: Where) {
  return createRule({
    name: 'failing-rule',
    meta: {
      type: 'problem',
      docs: { description: 'Fail', cwe: 'CWE-0' },
      messages: { seen: 'An identifier.' },
      schema: [],
      defaultOptions: [],
    },
    create(context) {
      const isBad = context.sourceCode.text.includes('fail')
      const fail = () => {
        throw new RangeError(`bad ${VALUE}\n    at file://${import.meta.dirname}/${VALUE}:1:1`)
      }
      if (isBad && where === 'create') fail()
      return {
        Identifier(node) {
          context.report({ node, messageId: 'seen' })
          if (isBad && where !== 'create') fail()
        },
        Literal() {
          if (isBad && where === 'every listener') fail()
        },
      }
    },
  })
}

const LEAK = `console.log(secret.expose(), '${VALUE}')`

const linters = {
  'ESLint 9': new Linter9({ cwd: '/project' }),
  'ESLint 10': new TSESLint.Linter({ configType: 'flat', cwd: '/project' }),
} as const

function run(version: keyof typeof linters, where: Where, code: string) {
  const config = {
    files: ['**/*.js'],
    languageOptions: { parser },
    plugins: { '@rekey': plugin, test: { rules: { failing: failingRule(where) } } },
    rules: { 'test/failing': 'warn', '@rekey/no-secret-in-logs': 'error' },
  }
  const linter = linters[version] as unknown as TSESLint.Linter
  return linter.verify(code, config as never, { filename: '/project/file.js' })
}

describe.each(['ESLint 9', 'ESLint 10'] as const)('a rule that throws, in %s,', (version) => {
  it.each(['create', 'a listener', 'every listener'] as const)(
    'is reported once for that file and leaves what the other rules find (%s throws)',
    (where) => {
      const found = run(version, where, `fail; ${LEAK}`)
      expect(found.filter(({ messageId }) => messageId === 'ruleFailed')).toHaveLength(1)
      expect(found.filter(({ ruleId }) => ruleId === '@rekey/no-secret-in-logs')).toHaveLength(1)
      expect(found.every(({ fatal }) => fatal !== true)).toBe(true)
    },
  )

  it('leaves what it finds itself in other files', () => {
    run(version, 'a listener', `fail; ${LEAK}`)
    const found = run(version, 'a listener', LEAK)
    expect(found.map(({ ruleId }) => ruleId)).toContain('test/failing')
    expect(found.map(({ messageId }) => messageId)).not.toContain('ruleFailed')
  })

  it('names the rule, the class of the error and the place in the plugin, and no text of the file', () => {
    const [failure] = run(version, 'create', `fail; ${LEAK}`).filter(
      ({ messageId }) => messageId === 'ruleFailed',
    )
    expect(failure?.message).toMatch(/failing-rule.*RangeError at failing-rule\.test\.ts:\d+/)
    expect(failure?.message).not.toContain(VALUE)
    expect(failure).toMatchObject({ line: 1, column: 1, severity: 1 })
  })
})

it.each(Object.entries(plugin.rules))('%s can report that it failed', (_name, rule) => {
  expect(rule.meta.messages).toHaveProperty('ruleFailed')
})

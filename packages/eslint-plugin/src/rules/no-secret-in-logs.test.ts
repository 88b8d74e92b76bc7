import { TSESLint } from '@typescript-eslint/utils'
import { expect, it } from 'vitest'
import plugin from '../index.ts'
import { lint, runCases } from '../../test/rule-runs.support.ts'
import { noSecretInLogs } from './output-rules.ts'

const given = "import { login, secret, type Secret } from './secret.ts'\n"

interface Suggested {
  readonly messageId: 'giveLabel' | 'dropProperty'
  readonly property?: string
  readonly output: string
}

/** One leak in `code`, and what is suggested in place of it. */
const suggesting = (code: string, ...suggestions: readonly Suggested[]) => ({
  code: given + code,
  errors: [
    {
      messageId: 'exposedSecret' as const,
      suggestions: suggestions.map(({ messageId, property, output }) => ({
        messageId,
        output: given + output,
        ...(property === undefined ? {} : { data: { property } }),
      })),
    },
  ],
})

runCases('no-secret-in-logs', noSecretInLogs, () => ({
  valid: [
    {
      name: 'lets through what a configured sanitizer gives',
      code: `${given}console.log(clean(secret.expose()))\nfunction clean(text: string) { return text }`,
      options: [{ sanitizers: ['clean'] }],
    },
  ],
  invalid: [
    {
      name: 'says where the value comes from and where it goes, and points at the argument',
      code: `${given}const key = secret.expose()\nconsole.info('ready', key)`,
      errors: [
        {
          messageId: 'exposedSecret',
          data: { source: 'secret.expose()', line: 2, sink: 'console.info' },
          line: 3,
          column: 23,
          endColumn: 26,
        },
      ],
    },
    {
      name: 'knows a configured logger',
      code: `${given}audit.info(secret.expose())`,
      options: [{ loggers: ['audit'] }],
      errors: [
        {
          messageId: 'exposedSecret',
          suggestions: [{ messageId: 'giveLabel', output: `${given}audit.info(secret.label)` }],
        },
      ],
    },
    {
      name: 'suggests the label of a Secret that is printed itself',
      code: `${given}function print(key: Secret) { console.log({ key }) }`,
      errors: [
        {
          messageId: 'secretObject',
          suggestions: [
            {
              messageId: 'giveLabel',
              output: `${given}function print(key: Secret) { console.log({ key: key.label }) }`,
            },
            {
              messageId: 'dropProperty',
              data: { property: 'key' },
              output: `${given}function print(key: Secret) { console.log({  }) }`,
            },
          ],
        },
      ],
    },
    suggesting('console.log(`key ${secret?.expose()}`)', {
      messageId: 'giveLabel',
      output: 'console.log(`key ${secret?.label}`)',
    }),
    suggesting('console.log(login.expose().password)', {
      messageId: 'giveLabel',
      output: 'console.log(login.label)',
    }),
    suggesting(
      "console.log({ id: 1, headers: { 'x-key': secret.expose(), accept: 'text' } })",
      {
        messageId: 'giveLabel',
        output: "console.log({ id: 1, headers: { 'x-key': secret.label, accept: 'text' } })",
      },
      {
        messageId: 'dropProperty',
        property: '…',
        output: "console.log({ id: 1, headers: { accept: 'text' } })",
      },
    ),
    suggesting('const key = secret.expose()\nconsole.log({ id: 1, key })', {
      messageId: 'dropProperty',
      property: 'key',
      output: 'const key = secret.expose()\nconsole.log({ id: 1 })',
    }),
    suggesting('const key = secret.expose()\nconsole.log({ a: { key, id: 1 }, b: 2 })', {
      messageId: 'dropProperty',
      property: 'key',
      output: 'const key = secret.expose()\nconsole.log({ a: { id: 1 }, b: 2 })',
    }),
    suggesting('const key = secret.expose()\nconsole.log(key)'),
  ],
}))

it('can leave out Secrets that print only their label', () => {
  const code = `${given}console.log(secret)\nconsole.log(secret.expose())`
  const options = [{ secretObjects: false }]
  expect(lint(code, 'no-secret-in-logs', true, options)).toEqual(['exposedSecret'])
})

it('does not end in circles, and follows deep code to its end', () => {
  const circle = 'let a = { ...b, x: 1 }\nlet b = { ...a, y: 2 }\na = { ...a, z: { ...b } }\n'
  const deep = `const deep = ${'['.repeat(400)}secret.expose()${']'.repeat(400)}\n`
  expect(lint(`${given}${circle}console.log(a, b)`, 'no-secret-in-logs', false)).toEqual([])
  expect(lint(`${given}${deep}console.log(deep)`, 'no-secret-in-logs', false)).toEqual([
    'exposedSecret',
  ])
})

it('works with the parser of ESLint itself', () => {
  const linter = new TSESLint.Linter({ configType: 'flat' })
  const code = `
    import { trace } from '@opentelemetry/api'
    import { execa } from 'execa'
    export class Keys {
      #log = createLogger()
      async show(response, key) {
        this.#log.info(key.expose())
        trace.getActiveSpan()?.setAttribute('key', key.expose())
        await execa\`login \${key.expose()}\`
        if (response.ok) response.json({ key: key.expose() })
        else throw new Error(key.expose())
      }
    }`
  const names = ['argv', 'errors', 'logs', 'response', 'telemetry'].map(
    (name) => `no-secret-in-${name}`,
  )
  const rules = Object.fromEntries(names.map((name) => [`@rekey/${name}`, 'error' as const]))
  const found = linter.verify(code, { plugins: { '@rekey': plugin }, rules })
  expect(found.map(({ ruleId }) => ruleId).sort()).toEqual(Object.keys(rules))
})

it('finds what is spread into itself', () => {
  const code = `${given}let line = { key: secret.expose() }\nline = { ...line, id: 1 }\nconsole.log(line)`
  expect(lint(code, 'no-secret-in-logs', false)).toEqual(['exposedSecret'])
})

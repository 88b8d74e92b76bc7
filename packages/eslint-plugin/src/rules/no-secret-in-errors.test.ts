import { runCases } from '../../test/rule-runs.support.ts'
import { noSecretInErrors } from './output-rules.ts'

const given = "import { secret } from './secret.ts'\n"
const inFactory =
  'class KeyError extends Error {\n  constructor(key: string) {\n    super(`bad ${key}`)\n  }\n}\n'

/** The suggestion to give the label, which makes `output` of the code. */
const label = (output: string) => [{ messageId: 'giveLabel' as const, output: given + output }]

runCases('no-secret-in-errors', noSecretInErrors, () => ({
  valid: [
    {
      name: 'lets through what a configured sanitizer gives',
      code: `${given}throw new Error(clean(secret.expose()))`,
      options: [{ sanitizers: ['clean'] }],
    },
  ],
  invalid: [
    {
      name: 'points at the argument, and suggests the label',
      code: `${given}throw new Error(\`bad \${secret.expose()}\`)`,
      errors: [
        {
          messageId: 'exposedSecret',
          data: { source: 'secret.expose()', line: 2, sink: 'new Error' },
          line: 2,
          column: 17,
          endColumn: 41,
          suggestions: label('throw new Error(`bad ${secret.label}`)'),
        },
      ],
    },
    {
      name: 'reports an error once, where it is made, and not again where it is rejected and thrown',
      code: `${given}const make = () => Promise.reject(new Error(secret.expose()))\nexport async function run() { try { await make() } catch (error) { throw error } }`,
      errors: [
        {
          messageId: 'exposedSecret',
          data: { source: 'secret.expose()', line: 2, sink: 'new Error' },
          suggestions: label(
            'const make = () => Promise.reject(new Error(secret.label))\nexport async function run() { try { await make() } catch (error) { throw error } }',
          ),
        },
      ],
    },
    {
      name: 'reports a class of the file where it is given the secret, and not in its constructor',
      code: `${given}${inFactory}throw new KeyError(secret.expose())`,
      errors: [
        {
          messageId: 'exposedSecret',
          line: 7,
          data: { source: 'secret.expose()', line: 7, sink: 'new KeyError' },
          suggestions: label(`${inFactory}throw new KeyError(secret.label)`),
        },
      ],
    },
    {
      name: 'calls an assignment by what it assigns to',
      code: `${given}export const explain = (error: Error) => { error.message += secret.expose() }`,
      errors: [
        {
          messageId: 'exposedSecret',
          data: { source: 'secret.expose()', line: 2, sink: 'error.message' },
          suggestions: label(
            'export const explain = (error: Error) => { error.message += secret.label }',
          ),
        },
      ],
    },
  ],
}))

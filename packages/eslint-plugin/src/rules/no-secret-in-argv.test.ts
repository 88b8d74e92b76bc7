import { runCases } from '../../test/rule-runs.support.ts'
import { noSecretInArgv } from './output-rules.ts'

const given = "import { secret } from './secret.ts'\nimport { spawn } from 'node:child_process'\n"

runCases('no-secret-in-argv', noSecretInArgv, () => ({
  valid: [
    {
      name: 'lets through what a configured sanitizer gives',
      code: `${given}spawn('revoke', [clean(secret.expose())])`,
      options: [{ sanitizers: ['clean'] }],
    },
  ],
  invalid: [
    {
      name: 'points at the list of arguments, and has no edit to suggest but the label',
      code: `${given}spawn('vault', ['login', secret.expose()], { stdio: 'inherit' })`,
      errors: [
        {
          messageId: 'exposedSecret',
          data: { source: 'secret.expose()', line: 3, sink: 'spawn' },
          line: 3,
          column: 16,
          endColumn: 42,
          suggestions: [
            {
              messageId: 'giveLabel',
              output: `${given}spawn('vault', ['login', secret.label], { stdio: 'inherit' })`,
            },
          ],
        },
      ],
    },
    {
      name: 'names what is set',
      code: `${given}process.title = secret.expose()`,
      errors: [
        {
          messageId: 'exposedSecret',
          data: { source: 'secret.expose()', line: 3, sink: 'process.title' },
          suggestions: [{ messageId: 'giveLabel', output: `${given}process.title = secret.label` }],
        },
      ],
    },
  ],
}))

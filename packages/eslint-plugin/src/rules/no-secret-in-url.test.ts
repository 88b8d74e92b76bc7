import { runCases } from '../../test/rule-runs.support.ts'
import { noSecretInUrl } from './output-rules.ts'

const given = "import { secret } from './secret.ts'\n"

runCases('no-secret-in-url', noSecretInUrl, () => ({
  valid: [
    {
      name: 'lets through what a configured sanitizer gives',
      code: `${given}await fetch('/users?key=' + clean(secret.expose()))`,
      options: [{ sanitizers: ['clean'] }],
    },
    {
      name: 'can leave out a Secret that shows only its label',
      code: "import { Secret } from './secret.ts'\nexport const ask = (key: Secret) => fetch(`/users?key=${key}`)",
      options: [{ secretObjects: false }],
    },
  ],
  invalid: [
    {
      name: 'points at the part of the URL',
      code: `${given}await fetch(\`/users?key=\${secret.expose()}\`)`,
      errors: [
        {
          messageId: 'exposedSecret',
          data: { source: 'secret.expose()', line: 2, sink: 'fetch' },
          line: 2,
          column: 27,
          endColumn: 42,
          suggestions: [
            {
              messageId: 'giveLabel',
              output: `${given}await fetch(\`/users?key=\${secret.label}\`)`,
            },
          ],
        },
      ],
    },
  ],
}))

import { runCases } from '../../test/rule-runs.support.ts'
import { noSecretInStorage } from './output-rules.ts'

const given = "import { secret } from './secret.ts'\n"

runCases('no-secret-in-storage', noSecretInStorage, () => ({
  valid: [
    {
      name: 'lets through what a configured sanitizer gives',
      code: `${given}localStorage.setItem('key', seal(secret.expose()))`,
      options: [{ sanitizers: ['seal'] }],
    },
    {
      name: 'can leave out a Secret that shows only its label',
      code: "import { Secret } from './secret.ts'\nexport const keep = (key: Secret) => localStorage.setItem('key', `${key}`)",
      options: [{ secretObjects: false }],
    },
  ],
  invalid: [
    {
      name: 'points at the value',
      code: `${given}localStorage.setItem('key', secret.expose())`,
      errors: [
        {
          messageId: 'exposedSecret',
          data: { source: 'secret.expose()', line: 2, sink: 'localStorage.setItem' },
          line: 2,
          column: 29,
          endColumn: 44,
          suggestions: [
            { messageId: 'giveLabel', output: `${given}localStorage.setItem('key', secret.label)` },
          ],
        },
      ],
    },
  ],
}))

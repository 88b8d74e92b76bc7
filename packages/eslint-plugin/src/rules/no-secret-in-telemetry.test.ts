import { runCases } from '../../test/rule-runs.support.ts'
import { noSecretInTelemetry } from './output-rules.ts'

const given = "import { secret } from './secret.ts'\nimport * as Sentry from '@sentry/node'\n"

runCases('no-secret-in-telemetry', noSecretInTelemetry, () => ({
  valid: [
    {
      name: 'lets through what a configured sanitizer gives',
      code: `${given}Sentry.setTag('key', clean(secret.expose()))`,
      options: [{ sanitizers: ['clean'] }],
    },
    {
      name: 'can leave out a Secret that shows only its label',
      code: "import { Secret } from './secret.ts'\nexport const mark = (span, key: Secret) => span.setAttribute('key', key)",
      options: [{ secretObjects: false }],
    },
  ],
  invalid: [
    {
      name: 'points at the argument, and suggests to leave the property out',
      code: `${given}const key = secret.expose()\nSentry.setUser({ id: '1', key })`,
      errors: [
        {
          messageId: 'exposedSecret',
          data: { source: 'secret.expose()', line: 3, sink: 'Sentry.setUser' },
          line: 4,
          column: 16,
          endColumn: 32,
          suggestions: [
            {
              messageId: 'dropProperty',
              data: { property: 'key' },
              output: `${given}const key = secret.expose()\nSentry.setUser({ id: '1' })`,
            },
          ],
        },
      ],
    },
  ],
}))

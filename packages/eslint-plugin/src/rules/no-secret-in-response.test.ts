import { runCases } from '../../test/rule-runs.support.ts'
import { noSecretInResponse } from './output-rules.ts'

const given = "import { secret } from './secret.ts'\nimport Fastify from 'fastify'\n"

runCases('no-secret-in-response', noSecretInResponse, () => ({
  valid: [
    {
      name: 'lets through what a configured sanitizer gives',
      code: `${given}export const show = (res) => res.send(clean(secret.expose()))`,
      options: [{ sanitizers: ['clean'] }],
    },
  ],
  invalid: [
    {
      name: 'points at the result of a route',
      code: `${given}Fastify().get('/', () => ({ id: 1, key: secret.expose() }))`,
      errors: [
        {
          messageId: 'exposedSecret',
          data: { source: 'secret.expose()', line: 3, sink: 'the answer of a route' },
          line: 3,
          column: 27,
          endColumn: 58,
          suggestions: [
            {
              messageId: 'giveLabel',
              output: `${given}Fastify().get('/', () => ({ id: 1, key: secret.label }))`,
            },
            {
              messageId: 'dropProperty',
              data: { property: 'key' },
              output: `${given}Fastify().get('/', () => ({ id: 1 }))`,
            },
          ],
        },
      ],
    },
    {
      name: 'names the whole chain of a response',
      code: `${given}export const show = (res) => res.status(200).send(secret.expose())`,
      errors: [
        {
          messageId: 'exposedSecret',
          data: { source: 'secret.expose()', line: 3, sink: 'res.status().send' },
          suggestions: [
            {
              messageId: 'giveLabel',
              output: `${given}export const show = (res) => res.status(200).send(secret.label)`,
            },
          ],
        },
      ],
    },
  ],
}))

import { runCases } from '../rule-runs.test.support.ts'
import { requireStartupValidation } from './require-startup-validation.ts'

const given = "import { app, definition, loadService } from './app.ts'\n"

/** What nothing waits for, and how it is waited for. */
const awaited = [
  ['loadService(definition)', 'await loadService(definition)'],
  ['void loadService(definition)', 'await loadService(definition)'],
  ['const service = loadService(definition)', 'const service = await loadService(definition)'],
  [
    'export async function start() { loadService(definition) }',
    'export async function start() { await loadService(definition) }',
  ],
] as const

runCases('require-startup-validation', requireStartupValidation, () => ({
  valid: [
    { code: 'await loadSecrets()\napp.listen(1)', options: [{ loaders: ['loadSecrets'] }] },
    { code: 'app.listen(1)', options: [{ listeners: ['connect'] }] },
    'export function start() { return app.listen(0) }',
  ],
  invalid: [
    ...awaited.map(([code, output]) => ({
      code: given + code,
      errors: [
        {
          messageId: 'notAwaited' as const,
          data: { loader: 'loadService' },
          suggestions: [{ messageId: 'awaitIt' as const, output: given + output }],
        },
      ],
    })),
    ...['export function start() { loadService() }', 'loadService()'].map((code) => ({
      code: code.startsWith('export') ? given + code : `const load = require('x')\n${code}`,
      errors: [{ messageId: 'notAwaited' as const }],
      name: `${code}, where await is not allowed`,
    })),
    {
      code: 'export function start() { return app.listen(0) }',
      options: [{ checkExported: true }],
      errors: [
        {
          messageId: 'listenBeforeLoad',
          data: { listener: 'app.listen', loader: 'loadService' },
          line: 1,
          column: 34,
          endColumn: 47,
        },
      ],
    },
    {
      code: 'bot.connect()',
      options: [{ listeners: ['connect'], loaders: ['loadSecrets', 'loadKeys'] }],
      errors: [
        {
          messageId: 'listenBeforeLoad',
          data: { listener: 'bot.connect', loader: 'loadSecrets or loadKeys' },
        },
      ],
    },
  ],
}))

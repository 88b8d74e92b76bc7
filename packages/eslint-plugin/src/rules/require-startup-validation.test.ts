import { runCases } from '../rule-runs.test.support.ts'
import { requireStartupValidation } from './require-startup-validation.ts'

const given = `declare const app: any, definition: any, log: any
declare function loadService(...given: unknown[]): Promise<Service>
interface Service { settings: { port: number } }
`

const validated = [
  'const service = await loadService(definition)\nawait app.listen({ port: service.settings.port })',
  'await app.listen({ port: (await loadService(definition)).settings.port })',
  'async function main() {\n  await loadService(definition)\n  app.listen(1)\n}\nawait main()',
  'const main = async () => {\n  const service = await loadService(definition)\n  app.listen(service)\n}\nvoid main()',
  'loadService(definition).then(() => app.listen(1))',
  'function start() { app.listen(1) }\nloadService(definition).then(start, process.exit)',
  'function start() { app.listen(1) }\nawait loadService(definition)\nstart()',
  'async function load() { return loadService(definition) }\nawait load()\napp.listen(1)',
  'async function load() { const s = await loadService(definition); return s }\nconst s = await load()\napp.listen(1)',
  'await Promise.all([loadService(definition), 1])\napp.listen(1)',
  'const loading = loadService(definition)\nconst service = await loading\napp.listen(1)',
  'try {\n  await loadService(definition)\n  app.listen(1)\n} catch (error) {\n  log.error(error)\n}',
  'try {\n  await loadService(definition)\n} catch (error) {\n  process.exit(1)\n}\napp.listen(1)',
  'await loadService(definition).catch((error) => { throw error })\napp.listen(1)',
  'await using service = await loadService(definition)\nif (log) {\n  app.listen(1)\n}',
  'export function start(service: Service) { return app.listen(service.settings.port) }\nawait start(await loadService(definition))',
  'export function openListener() { return app.listen(0) }',
  'export const load = () => loadService(definition)',
  'class Server {\n  open() { app.listen(1) }\n}\nawait loadService(definition)\nnew Server().open()',
  "app.on('listen', log)",
]

const unvalidated = [
  'app.listen(1)',
  'app.listen(1)\nawait loadService(definition)',
  'async function main() {\n  app.listen(1)\n  await loadService(definition)\n}\nawait main()',
  'if (log) await loadService(definition)\napp.listen(1)',
  'log && (await loadService(definition))\napp.listen(1)',
  'async function load() { await loadService(definition) }\napp.listen(1)',
  'function start() { app.listen(1) }\nstart()\nawait loadService(definition)\nstart()',
  'try {\n  await loadService(definition)\n} catch (error) {\n  log.error(error)\n}\napp.listen(1)',
  'await loadService(definition).catch(log)\napp.listen(1)',
  "import { serve } from '@hono/node-server'\nserve({ fetch: app.fetch })",
  'const load = async () => { if (log) await loadService(definition) }\nawait load()\napp.listen(1)',
  "process.on('exit', () => app.listen(1))",
]

runCases('require-startup-validation', requireStartupValidation, () => ({
  valid: [
    ...validated.map((code) => given + code),
    { code: 'await loadSecrets()\napp.listen(1)', options: [{ loaders: ['loadSecrets'] }] },
  ],
  invalid: [
    ...unvalidated.map((code) => ({
      code: given + code,
      errors: [{ messageId: 'listenBeforeLoad' as const }],
    })),
    {
      code: `${given}loadService(definition)\napp.listen(1)`,
      errors: [{ messageId: 'notAwaited' }, { messageId: 'listenBeforeLoad' }],
    },
    { code: `${given}void loadService(definition)`, errors: [{ messageId: 'notAwaited' }] },
    {
      code: `${given}const service = loadService(definition)\nlog(service)`,
      errors: [{ messageId: 'notAwaited' }],
    },
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
      options: [{ listeners: ['connect'], loaders: ['loadSecrets'] }],
      errors: [
        {
          messageId: 'listenBeforeLoad',
          data: { listener: 'bot.connect', loader: 'loadSecrets' },
        },
      ],
    },
  ],
}))

import process from 'node:process'
import { defineService, loadService } from '@rekey/config-loader'
import { runService } from '@rekey/config-loader/host'
import { NON_PRODUCTION_PREFIX, type SecretSpec } from '@rekey/secret'
import { z } from 'zod'

/** A service with one secret, which it reads again all the time. */
const text: SecretSpec<string> = {
  kind: 'text',
  rule: 'any text',
  access: { end: 'owner' },
  minLength: 1,
  nameFor: () => 'TEXT_APP',
  parse: (value) => ({
    value,
    sensitive: [value],
    nonProduction: value.startsWith(NON_PRODUCTION_PREFIX),
  }),
}

const definition = defineService({
  name: 'app',
  settings: z.object({ HEALTH_PORT: z.coerce.number() }),
  secrets: { text },
})

await runService(process, async (own) => {
  const policy = { ttlMs: 300 }
  const service = own.use(await loadService(definition, { env: process.env, policy }), 'secrets')
  return {
    service,
    healthPort: service.settings.HEALTH_PORT,
  }
})
process.stdout.write('ready\n')

import { apiKeyTo } from '@rekey/api-key-auth'
import { defineService, loadService } from '@rekey/config-loader'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { Secret } from '@rekey/secret'
import { z } from 'zod'
import type { Job } from './error-path.ts'

/** Is not tried, since there is no database. */
const database = { ...postgresLogin(), probe: () => Promise.resolve() }

/** A service as others are: two settings, an API key, a database. */
const definition = defineService({
  name: 'frontend',
  settings: z.object({ PORT: z.coerce.number().int(), ISSUER: z.url() }),
  secrets: { signing: apiKeyTo('signing'), database },
})

/** Loads it and closes it again. `see` gets what can be seen of it. */
export async function loadFrontend(
  { locator, env = {}, lastGood }: Job,
  see: (what: unknown) => void,
): Promise<void> {
  const service = await loadService(definition, {
    env: { PORT: '8080', ISSUER: 'https://id.example', ...env, REKEY_SECRETS: locator },
    onEvent: see,
    probeTimeoutMs: 3_000,
    ...(lastGood && { lastGood: { ...lastGood, key: Secret.of(lastGood.key, 'LAST_GOOD_KEY') } }),
  })
  see(service)
  see(service.health())
  await service.close()
}

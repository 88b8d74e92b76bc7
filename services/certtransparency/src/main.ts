import process from 'node:process'
import { API_KEY_FORMAT, createKeyring } from '@rekey/api-key-auth'
import {
  closeListener,
  healthAddress,
  LISTENER_LIMITS,
  loadService,
  runService,
  writeEvents,
} from '@rekey/config-loader'
import { openRotatingPool } from '@rekey/db-pool-rotator'
import { createRedactor } from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import { loadAuthorities } from './authorities.ts'
import { addRoutes } from './routes.ts'
import { definition } from './secrets.ts'

/** No query of ours takes longer, unless the server is silent; then its connection is cut. */
const QUERY_TIMEOUT_MS = 30_000

const onEvent = writeEvents(process.stderr)

await runService(process, async (own, redactWith) => {
  const service = own.use(await loadService(definition, { env: process.env, onEvent }), 'secrets')
  const { settings, secrets } = service
  const authorities = await loadAuthorities(settings.CA_CERTIFICATES_FILE)
  const markers = API_KEY_FORMAT.markers.map((literal) => ({ literal, label: 'api key' }))
  const redactor = createRedactor({ secrets: Object.values(secrets), markers })
  redactWith(redactor)
  const loggerInstance: FastifyBaseLogger = pino(
    redactPino(redactor, { level: settings.LOG_LEVEL }),
  )
  const pool = await openRotatingPool({
    credentials: secrets.database,
    ownerRole: 'certtransparency',
    application_name: 'certtransparency',
    query_timeout: QUERY_TIMEOUT_MS,
  })
  own.use(pool, 'database')
  const app = Fastify({ loggerInstance, ...LISTENER_LIMITS, http: LISTENER_LIMITS })
  own.defer(() => closeListener(app.server, { close: () => app.close() }), 'listener')
  const keyring = createKeyring({ signing: secrets.signing })
  addRoutes(app, { keyring, pool, authorities })
  await app.listen({ port: settings.PORT, host: settings.HOST })
  return {
    service,
    ...healthAddress(settings),
    checks: { database: () => pool.query('select 1') },
  }
})

import process from 'node:process'
import { API_KEY_FORMAT, createKeyring, withApiKey } from '@rekey/api-key-auth'
import { openCaKeystore } from '@rekey/ca-keystore'
import {
  closeListener,
  healthAddress,
  LISTENER_LIMITS,
  loadService,
  runService,
  writeEvents,
} from '@rekey/config-loader'
import { createRedactor } from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import { parseSecureUrl } from '@rekey/secret'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import { recordCertificate } from './record-certificate.ts'
import { addRoutes } from './routes.ts'
import { definition } from './secrets.ts'

const HOUR_MS = 60 * 60 * 1_000

const onEvent = writeEvents(process.stderr)

await runService(process, async (own, redactWith) => {
  const service = own.use(await loadService(definition, { env: process.env, onEvent }), 'secrets')
  const { settings, secrets } = service
  const markers = API_KEY_FORMAT.markers.map((literal) => ({ literal, label: 'api key' }))
  const redactor = createRedactor({ secrets: Object.values(secrets), markers })
  redactWith(redactor)
  const loggerInstance: FastifyBaseLogger = pino(
    redactPino(redactor, { level: settings.LOG_LEVEL }),
  )
  const ca = await openCaKeystore({ directory: settings.CA_DIRECTORY, passphrase: secrets.ca })
  own.use(ca, 'CA keystore')
  const url = settings.CERTTRANSPARENCY_URL
  const fetchWithKey = withApiKey(secrets.certtransparency, {
    origins: [parseSecureUrl(url, 'CERTTRANSPARENCY_URL').origin],
    onEvent: (event) => {
      loggerInstance.warn(event, 'api key')
    },
  })(fetch)
  const app = Fastify({ loggerInstance, ...LISTENER_LIMITS, http: LISTENER_LIMITS })
  own.defer(() => closeListener(app.server, { close: () => app.close() }), 'listener')
  addRoutes(app, {
    keyring: createKeyring({ frontend: secrets.frontend }),
    ca,
    record: (certificate) => recordCertificate(url, certificate, fetchWithKey),
    servers: {
      names: { frontend: settings.SERVER_NAMES_FRONTEND },
      allowLoopback: service.environment !== 'production',
      validityMs: settings.SERVER_VALIDITY_HOURS * HOUR_MS,
    },
  })
  await app.listen({ port: settings.PORT, host: settings.HOST })
  return {
    service,
    ...healthAddress(settings),
  }
})

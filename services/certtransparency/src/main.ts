import process from 'node:process'
import { apiKeyMarkers, createKeyring } from '@rekey/api-key-auth'
import { loadService } from '@rekey/config-loader'
import { hostService, LISTENER_LIMITS } from '@rekey/config-loader/host'
import { openRotatingPool, createPool, parseConnectionUrl } from '@rekey/db-pool-rotator'
import { createRedactor, withoutSecrets } from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import { ASK_CLIENTS, followTls } from '@rekey/tls-identity'
import { signHead, openPostgresLog } from '@rekey/audit-log/transparency'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import { followAuthorities, loadAuthorities } from './authorities.ts'
import { addRoutes } from './routes.ts'
import { definition } from './secrets.ts'

/** No query of ours takes longer, unless the server is silent; then its connection is cut. */
const QUERY_TIMEOUT_MS = 30_000

await hostService(process, {
  load: (options) => loadService(definition, options),
  redactor: (secrets) => createRedactor({ secrets, markers: apiKeyMarkers(secrets) }),
  async start({ settings, secrets, redactor, own }) {
    const authorities = await loadAuthorities(settings.CA_CERTIFICATES_FILE)
    const loggerInstance: FastifyBaseLogger = pino(
      redactPino(redactor, { level: settings.LOG_LEVEL }),
    )
    const logger = withoutSecrets(loggerInstance)
    const pool = await openRotatingPool({
      credentials: secrets.database,
      ownerRole: 'certtransparency',
      application_name: 'certtransparency',
      query_timeout: QUERY_TIMEOUT_MS,
    })
    own.use(pool, 'database')
    const https = { ...LISTENER_LIMITS, ...ASK_CLIENTS }
    const listener = Fastify({ loggerInstance, ...LISTENER_LIMITS, https })
    followTls(listener.server, secrets.tls, {
      // The CAs whose certificates are recorded issue those of the services as well.
      context: { ca: authorities.map((authority) => authority.toString()) },
      onEvent: (event) => {
        logger.info(event, 'tls')
      },
    })
    const keyring = createKeyring({ signing: secrets.signing })
    addRoutes(listener, {
      keyring,
      isIssued: followAuthorities(settings.CA_CERTIFICATES_FILE, authorities),
      log: openPostgresLog(pool),
      sign: (head) => signHead(secrets.log, head),
    })
    return {
      listener,
      checks: { database: () => pool.query('select 1') },
      auditDatabase: (login) => createPool(parseConnectionUrl(login.expose())),
    }
  },
})

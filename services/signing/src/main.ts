import { join } from 'node:path'
import process from 'node:process'
import { API_KEY_FORMAT, createKeyring, withApiKey } from '@rekey/api-key-auth'
import { openCaKeystore, openRevocationLists } from '@rekey/ca-keystore'
import { loadService } from '@rekey/config-loader'
import { hostService, LISTENER_LIMITS } from '@rekey/config-loader/host'
import { createRedactor } from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import { parseSecureUrl } from '@rekey/secret'
import { ASK_CLIENTS, createTlsFetch, followTls } from '@rekey/tls-identity'
import {
  checkpointFile,
  createCheckpointVerifier,
  createLogClient,
  openCheckpointMemory,
} from '@rekey/transparency-log'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import type { z } from 'zod'
import { recordCertificate } from './record-certificate.ts'
import { checkLists } from './revocations.ts'
import { addRoutes } from './routes.ts'
import { definition } from './secrets.ts'

const HOUR_MS = 60 * 60 * 1_000

const markers = API_KEY_FORMAT.markers.map((literal) => ({ literal, label: 'api key' }))

await hostService(process, {
  load: (options) => loadService(definition, options),
  redactor: (secrets) => createRedactor({ secrets, markers }),
  async start({ service, settings, secrets, redactor, own }) {
    const loggerInstance: FastifyBaseLogger = pino(
      redactPino(redactor, { level: settings.LOG_LEVEL }),
    )
    const ca = await openCaKeystore({ directory: settings.CA_DIRECTORY, passphrase: secrets.ca })
    own.use(ca, 'CA keystore')
    const lists = await openRevocationLists({ keystores: [ca], directory: settings.CRL_DIRECTORY })
    own.use(lists, 'revocation lists')
    const url = settings.CERTTRANSPARENCY_URL
    // certtransparency shows a certificate of this CA, and asks for one.
    const way = { trust: ca.chain, name: 'certtransparency', identity: secrets.tls }
    const calls = own.use(createTlsFetch(way), 'connections to certtransparency')
    const fetchWithKey = withApiKey(secrets.certtransparency, {
      origins: [parseSecureUrl(url, 'CERTTRANSPARENCY_URL').origin],
      onEvent: (event) => {
        loggerInstance.warn(event, 'api key')
      },
    })(calls.fetch)
    const memory = await openCheckpointMemory({
      verifier: createCheckpointVerifier({ log: settings.LOG_VERIFIER_KEY }),
      store: checkpointFile(join(settings.CA_DIRECTORY, 'log-checkpoint')),
      client: createLogClient({ url, fetch: fetchWithKey }),
    })
    const https = { ...LISTENER_LIMITS, ...ASK_CLIENTS }
    const listener = Fastify({ loggerInstance, ...LISTENER_LIMITS, https })
    followTls(listener.server, secrets.tls, {
      context: { ca: ca.chain },
      onEvent: (event) => {
        loggerInstance.info(event, 'tls')
      },
    })
    addRoutes(listener, {
      keyring: createKeyring({ frontend: secrets.frontend }),
      ca,
      lists,
      record: (certificate) => recordCertificate(certificate, { url, fetchWithKey, memory }),
      servers: {
        names: namesIn(settings),
        allowLoopback: service.environment !== 'production',
        validityMs: settings.SERVER_VALIDITY_HOURS * HOUR_MS,
      },
    })
    return { listener, checks: { crl: () => checkLists(lists) } }
  },
})

/** The names of servers in the settings, by service. */
function namesIn(settings: z.output<typeof definition.settings>) {
  return {
    frontend: settings.SERVER_NAMES_FRONTEND,
    certtransparency: settings.SERVER_NAMES_CERTTRANSPARENCY,
    signing: settings.SERVER_NAMES_SIGNING,
  }
}

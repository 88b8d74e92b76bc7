import process from 'node:process'
import { apiKeyMarkers, createKeyring } from '@rekey/api-key-auth'
import { type CaKeystore, checkDrill, drillGauge, openRevocationLists } from '@rekey/ca-keystore'
import { closeDebugDoors } from '@rekey/ca-keystore/signer'
import { loadService } from '@rekey/config-loader'
import { hostService, LISTENER_LIMITS } from '@rekey/config-loader/host'
import { createRedactor, withoutSecrets } from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import type { Secret } from '@rekey/secret'
import { ASK_CLIENTS, followTls } from '@rekey/tls-identity'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import type { z } from 'zod'
import { checkHorizon } from './answer-order.ts'
import { openRecorder } from './open-recorder.ts'
import { checkLists } from './revocations.ts'
import { addRoutes, CLIENT_VALIDITY_MS } from './routes.ts'
import { definition } from './secrets.ts'
import { signerLimits } from './signer-limits.ts'
import { checkSigners, type UnsealedGenerations, unsealGenerations } from './unseal-generations.ts'

type Settings = z.output<typeof definition.settings>

const HOUR_MS = 60 * 60 * 1_000

// Built, this file and that one are JavaScript.
const unlock = import.meta.url.endsWith('.ts') ? './unlock/main.ts' : './unlock/main.js'
const unlocker = { file: new URL(unlock, import.meta.url), env: process.env }
let generations: UnsealedGenerations | undefined

await hostService(process, {
  async load(options) {
    closeDebugDoors(process)
    return loadService(definition, {
      ...options,
      heldBy: {
        async ca({ settings }) {
          const limits = signerLimits(settings.CERTIFICATES_PER_DAY, namesIn(settings))
          const reach = { unlocker, ...tokenIn(settings), limits, log: process.stderr }
          generations = await unsealGenerations(settings.CA_DIRECTORY, reach)
          return generations
        },
      },
    })
  },
  redactor: (secrets) => createRedactor({ secrets, markers: apiKeyMarkers(secrets) }),
  async start({ service, settings, secrets, redactor, own }) {
    const level = settings.LOG_LEVEL
    const loggerInstance: FastifyBaseLogger = pino(redactPino(redactor, { level }))
    const logger = withoutSecrets(loggerInstance)
    if (generations === undefined) throw new TypeError('a service was loaded without its CA')
    const { ca, keystores, directories } = generations
    const { CA_DIRECTORY: directory, CRL_DIRECTORY: crl } = settings
    // While the key of the CA is replaced, other services have certificates of either generation.
    const trust = keystores.map(({ chain }) => chain).join('')
    const place = {
      trust,
      secrets,
      logger,
      directory,
      lists: crl,
      cas: casOf(generations),
      url: settings.CERTTRANSPARENCY_URL,
      logKey: settings.LOG_VERIFIER_KEY,
    }
    const { record, client } = await openRecorder(place, own)
    const lists = await openRevocationLists({ keystores, directory: crl })
    own.use(lists, 'revocation lists')
    const https = { ...LISTENER_LIMITS, ...ASK_CLIENTS }
    const listener = Fastify({ loggerInstance, ...LISTENER_LIMITS, https })
    followTls(listener.server, secrets.tls, {
      context: { ca: trust },
      onEvent: (event) => {
        logger.info(event, 'tls')
      },
    })
    addRoutes(listener, {
      keyring: createKeyring({ frontend: secrets.frontend }),
      ca,
      lists,
      record,
      log: client,
      servers: {
        names: namesIn(settings),
        allowLoopback: service.environment !== 'production',
        validityMs: settings.SERVER_VALIDITY_HOURS * HOUR_MS,
      },
    })
    const warnings = warningsOn(ca, directories[0], settings)
    const checks = { ca: () => checkSigners(keystores), crl: () => checkLists(lists) }
    const gauges = { ca_backup_last_drill_seconds: drillGauge({ directory: directories[0] }) }
    return { listener, checks, warnings, gauges, auditDatabase }
  },
})

/** The one database that signing may have is that of the audit log, so its driver is loaded with that. */
async function auditDatabase(login: Secret) {
  const { createPool, parseConnectionUrl } = await import('@rekey/db-pool-rotator')
  return createPool(parseConnectionUrl(login.expose()))
}

/** The generations with their keystores, the one that issues first. */
function casOf({ ca, keystores, directories }: UnsealedGenerations) {
  const [active, ...others] = directories
  const older = others.map((directory, at) => ({
    directory,
    chain: (keystores[at + 1] ?? ca).chain,
  }))
  return [{ directory: active, chain: ca.chain }, ...older] as const
}

/** Checks that fail before the CA stops working, or when no backup of it is proved. */
function warningsOn(ca: CaKeystore, directory: string, { SERVER_VALIDITY_HOURS }: Settings) {
  const longestMs = Math.max(CLIENT_VALIDITY_MS, SERVER_VALIDITY_HOURS * HOUR_MS)
  return {
    'ca-horizon': () => checkHorizon(ca, longestMs),
    'ca-drill': () => checkDrill({ directory }),
  }
}

/** How to reach the token that has the key of the CA, if the settings name one. */
function tokenIn({ CA_PKCS11_MODULE: module, CA_PKCS11_VARIABLES: names }: Settings) {
  if (module === '') return {}
  return {
    token: { module, env: Object.fromEntries(names.map((name) => [name, process.env[name]])) },
  }
}

/** The names of servers in the settings, by service. */
function namesIn(settings: Settings) {
  return {
    frontend: settings.SERVER_NAMES_FRONTEND,
    certtransparency: settings.SERVER_NAMES_CERTTRANSPARENCY,
    signing: settings.SERVER_NAMES_SIGNING,
  }
}

import process from 'node:process'
import cookie from '@fastify/cookie'
import { type ApiKey, withApiKey } from '@rekey/api-key-auth'
import { loadService } from '@rekey/config-loader'
import { hostService, LISTENER_LIMITS } from '@rekey/config-loader/host'
import { openRotatingPool, createPool, parseConnectionUrl } from '@rekey/db-pool-rotator'
import { followIntegration } from '@rekey/integration-secret'
import {
  createRedactor,
  type NoSecretLogger,
  type Redactor,
  withoutSecrets,
} from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import { type DisposalStack, type LiveSecret, parseSecureUrl } from '@rekey/secret'
import { followSigningSecret } from '@rekey/signing-keys'
import { createTlsFetch, followTls, type TlsEvent, type TlsIdentity } from '@rekey/tls-identity'
import { openTrustedFetch, readTrust } from '@rekey/secret/trust'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import type { z } from 'zod'
import { signedBy } from './cookies.ts'
import { createLastUses, type LastUses, type LastUsesParts } from './last-uses.ts'
import { createLogMemory, type LogMemory, type LogMemoryParts } from './log-memory.ts'
import { OidcLogin } from './oidc-login.ts'
import { notifyOfProfile } from './notices.ts'
import { revokeProfile } from './own-profiles.ts'
import { readPageFiles } from './page-files.ts'
import { createPatientPool } from './patient-pool.ts'
import { linkKeys } from './profile-keys.ts'
import { issueProfile, type OrderedProfile } from './profiles.ts'
import { serializers } from './request-log.ts'
import { addRoutes } from './routes.ts'
import { definition } from './secrets.ts'
import { SIGNED_OUT } from './sign-out-routes.ts'
import { parseUsesFiles } from './uses-setting.ts'
import { parseVpnServer } from './vpn-server.ts'

/** No query of ours takes longer, unless the server is silent; then its connection is cut. */
const QUERY_TIMEOUT_MS = 30_000

await hostService(process, {
  load: (options) => loadService(definition, options),
  redactor: (secrets) => createRedactor({ secrets }),
  async start({ settings, secrets, redactor, own }) {
    const loggerInstance = createLogger(redactor, settings.LOG_LEVEL)
    const logger = withoutSecrets(loggerInstance)
    const { connections, pool } = await openDatabase(secrets.database, own)
    const oidc = await openLogin(settings, secrets.oidc, own)
    const noticeFetch = await openCalls(settings.NOTICES_TRUST_FILE, own)
    const notices = { secret: secrets.notices, url: settings.NOTICES_URL, fetch: noticeFetch }
    const notify = openNotifier(notices, logger, own)
    const signingUrl = settings.SIGNING_URL
    const trust = await readTrust({ file: settings.CA_CERTIFICATES_FILE })
    const sender = createSender(trust, { signingUrl, secrets, logger, own })
    const way = { pool, signingUrl, fetchWithKey: sender }
    const log = followLog({ ...way, logKey: settings.LOG_VERIFIER_KEY, logger }, own)
    const uses = followUses(settings.VPN_USES_FILES, { pool, logger }, own)
    const issuing = { ...way, log, server: parseVpnServer(settings.VPN_SERVER) }
    const files = await readPageFiles()
    const listener = Fastify({ loggerInstance, ...LISTENER_LIMITS, https: LISTENER_LIMITS })
    followTls(listener.server, secrets.tls, { onEvent: logTls(logger) })
    const signing = followSigningSecret(secrets.session)
    own.defer(signing.close, 'secret of sessions')
    await listener.register(cookie, signedBy(signing.list))
    addRoutes(listener, {
      publicUrl: settings.PUBLIC_URL,
      certificatesPerDay: settings.CERTIFICATES_PER_DAY,
      pool,
      oidc,
      keys: signing.keys,
      files,
      uses,
      issueProfile: (person, order, admit) =>
        issueProfile(person, order, issuing, admit).then(notify),
      revokeProfile: (person, serial) => revokeProfile(person, serial, way),
    })
    return {
      listener,
      checks: { database: () => connections.query('select 1') },
      warnings: { log: () => log.check(), ...(uses && { uses: () => uses.check() }) },
      auditDatabase: (login) => createPool(parseConnectionUrl(login.expose())),
    }
  },
})

type Settings = z.output<typeof definition.settings>

async function openDatabase(
  credentials: Parameters<typeof openRotatingPool>[0]['credentials'],
  own: DisposalStack,
) {
  const connections = await openRotatingPool({
    credentials,
    ownerRole: 'frontend',
    application_name: 'frontend',
    query_timeout: QUERY_TIMEOUT_MS,
  })
  own.use(connections, 'database')
  const pool = createPatientPool(connections)
  await linkKeys(pool)
  return { connections, pool }
}

async function openLogin(settings: Settings, secret: LiveSecret, own: DisposalStack) {
  const oidc = new OidcLogin({
    fetch: await openCalls(settings.OIDC_TRUST_FILE, own),
    issuer: settings.OIDC_ISSUER,
    clientId: settings.OIDC_CLIENT_ID,
    redirectUri: new URL('/callback', settings.PUBLIC_URL).href,
    signedOutUri: new URL(SIGNED_OUT, settings.PUBLIC_URL).href,
    secret,
  })
  own.defer(oidc.close.bind(oidc), 'OIDC client')
  return oidc
}

/** Remembers the log, and compares it until the service stops. */
function followLog(parts: LogMemoryParts, own: DisposalStack): LogMemory {
  const log = createLogMemory(parts)
  keepFollowing(log, own, 'comparison of checkpoints')
  return log
}

/** Reads what the VPN servers record, until the service stops, if they do. */
function followUses(
  setting: string | undefined,
  parts: Omit<LastUsesParts, 'files'>,
  own: DisposalStack,
): LastUses | undefined {
  if (setting === undefined) return undefined
  const uses = createLastUses({ ...parts, files: parseUsesFiles(setting) })
  keepFollowing(uses, own, 'uses of profiles')
  return uses
}

function keepFollowing(
  followed: { follow(signal: AbortSignal): Promise<void> },
  own: DisposalStack,
  name: string,
): void {
  const stop = new AbortController()
  const following = followed.follow(stop.signal)
  own.defer(async () => {
    stop.abort()
    await following
  }, name)
}

/** Opens what calls one server outside the family, with trust in the roots of a file, if there is one. */
async function openCalls(file: string | undefined, own: DisposalStack): Promise<typeof fetch> {
  const trust = file === undefined ? undefined : { file }
  return own.use(await openTrustedFetch(trust), 'connections out of the family').fetch
}

/** The third party that takes notices. */
interface NoticesPlace {
  readonly secret: LiveSecret
  readonly url: string
  readonly fetch: typeof fetch
}

/** Notifies the third party of profiles. A profile is whole without that, so a notice that is not taken is logged. */
function openNotifier(
  place: NoticesPlace,
  logger: NoSecretLogger<FastifyBaseLogger>,
  own: DisposalStack,
) {
  const credential = followIntegration(place.secret)
  own.defer(credential.close.bind(credential), 'credential for notices')
  const { href: url } = parseSecureUrl(place.url, 'NOTICES_URL')
  const parts = { url, credential, fetch: place.fetch }
  return async (ordered: OrderedProfile): Promise<OrderedProfile> => {
    if (!ordered.isNew) return ordered
    await notifyOfProfile(ordered.profile, parts).catch((error: unknown) => {
      logger.warn(error, 'a notice was not taken')
    })
    return ordered
  }
}

function logTls(logger: NoSecretLogger<FastifyBaseLogger>): (event: TlsEvent) => void {
  return (event) => {
    logger.info(event, 'tls')
  }
}

function createLogger(redactor: Redactor, level: string): FastifyBaseLogger {
  return pino(redactPino(redactor, { level, serializers }))
}

/** The way to signing. */
interface SenderParts {
  readonly signingUrl: string
  readonly secrets: {
    readonly signing: LiveSecret<ApiKey>
    readonly tls: LiveSecret<TlsIdentity>
  }
  readonly logger: NoSecretLogger<FastifyBaseLogger>
  readonly own: DisposalStack
}

/** Creates what calls signing, and nothing else, with the certificate and the key of frontend. */
function createSender(trust: string, parts: SenderParts): typeof fetch {
  const { signingUrl, secrets, logger, own } = parts
  const identity = { trust, name: 'signing', identity: secrets.tls }
  const calls = own.use(createTlsFetch(identity), 'connections to signing')
  return withApiKey(secrets.signing, {
    origins: [parseSecureUrl(signingUrl, 'SIGNING_URL').origin],
    onEvent: (event) => {
      logger.warn(event, 'api key')
    },
  })(calls.fetch)
}

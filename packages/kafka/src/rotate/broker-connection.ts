import { isIP } from 'node:net'
import { SecretError, within } from '@rekey/secret'
import { importPeer } from '@rekey/secret/internal'
import { forbiddenTo, unanswered } from '@rekey/secret/internal/kind'
import { certificateRefusal } from '@rekey/secret/trust'
import type { Connection } from '@platformatic/kafka'
import { isLoginRefusal, protocolCodesIn, systemCodesIn } from '../login-refusal.ts'
import type { BrokerLogin } from '../spec/kafka-login.ts'

/** The client library, which is loaded when it is needed. */
export type Client = typeof import('@platformatic/kafka')

/** A cluster of Kafka, and who may change users there. */
export interface Cluster {
  /** `HOST:PORT` of some brokers. */
  readonly brokers: readonly string[]
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly tls: boolean
  /** PEM. Default: the roots of Node.js. */
  readonly ca?: string | undefined
  /** Reads the login of the administrator. */
  readonly administrator: () => Promise<BrokerLogin>
}

/** Answers a call at a broker. */
export type Ask = <T>(call: (client: Client, connection: Connection) => Promise<T>) => Promise<T>

const TIMEOUT_MS = 10_000

/** Which addresses of a cluster are asked for; the other ones are those of its controllers. */
const BROKERS = 1

/**
 * Logs in to a broker, does some work, and leaves. No attempt is made twice.
 *
 * @returns undefined if the broker refuses the login
 * @throws {SecretError} `unreachable` without an answer in ten seconds; `refused` for a certificate of another root, a cluster without ACLs,
 *   and where the client is not installed; `forbidden` for a call that the login may not make
 */
async function withBroker<T>(
  broker: string,
  login: BrokerLogin,
  { mechanism, tls, ca }: Cluster,
  { signal, work }: { readonly signal: AbortSignal; readonly work: (ask: Ask) => Promise<T> },
): Promise<T | undefined> {
  const client = await loadClient()
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(broker) ?? []
  const { user: username, password } = login
  const connection = new client.Connection('rekey', {
    ...{ connectTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS },
    ...(tls && { tls: ca === undefined ? {} : { ca: [ca] }, tlsServerName: isIP(host) === 0 }),
    sasl: { mechanism, username, password: password.expose() },
  })
  // Without a listener an error of the socket would end this process.
  connection.on('error', () => undefined)
  const limit = { what: `an answer of ${broker}`, limitMs: TIMEOUT_MS, signal }
  const answered = <A>(call: () => Promise<A>) =>
    within(limit, call).catch((error: unknown) => {
      signal.throwIfAborted()
      throw error instanceof SecretError ? error : describe(error, broker, username)
    })
  try {
    const accepted = await answered(async () => {
      try {
        await connection.connect(host, Number(port))
        return true
      } catch (error) {
        if (isLoginRefusal(error)) return false
        throw error
      }
    })
    if (!accepted) return undefined
    return await work((call) => answered(() => call(client, connection)))
  } finally {
    connection.close().catch(() => undefined)
  }
}

/** Asks the first broker that answers, as the administrator. @throws {SecretError} `forbidden` if its login is refused */
export async function asAdministrator<T>(
  cluster: Cluster,
  signal: AbortSignal,
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  const login = await cluster.administrator()
  let failure: unknown
  for (const broker of cluster.brokers) {
    try {
      const answer = await withBroker(broker, login, cluster, {
        signal,
        work: async (ask) => ({ is: await work(ask) }),
      })
      if (answer !== undefined) return answer.is
      const remedy = `check the password of ${login.user}, and that it may use ${cluster.mechanism}`
      throw forbiddenTo({ host: broker, reason: 'SASL_AUTHENTICATION_FAILED' }, remedy)
    } catch (error) {
      if (!(error instanceof SecretError) || error.code !== 'unreachable') throw error
      failure = error
    }
  }
  throw failure
}

/** Tries a login at each broker of the cluster: whether each accepts it. */
export async function verdictsOf(
  login: BrokerLogin,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<readonly boolean[]> {
  const brokers = await asAdministrator(cluster, signal, (ask) =>
    ask(async (client, connection) => {
      const { brokers } = await client.describeClusterV0.api.async(connection, false, BROKERS)
      return brokers.map(({ host, port }) => `${host}:${port}`)
    }),
  )
  return Promise.all(
    brokers.map(async (broker) => {
      const work = () => Promise.resolve(true)
      return (await withBroker(broker, login, cluster, { signal, work })) === true
    }),
  )
}

function describe(error: unknown, host: string, user: string): SecretError {
  const refusal = certificateRefusal(error, { host, option: 'trust of the brokers' })
  if (refusal !== undefined) return refusal
  const codes = protocolCodesIn(error)
  const [reason = systemCodesIn(error)[0] ?? 'cut'] = codes
  if (codes.includes('CLUSTER_AUTHORIZATION_FAILED')) {
    const remedy = `give ${user} ALTER and ALTER_CONFIGS on the cluster`
    return forbiddenTo({ host, reason: 'CLUSTER_AUTHORIZATION_FAILED' }, remedy)
  }
  if (codes.includes('SECURITY_DISABLED')) {
    const message = `${host} has no ACLs, so that open connections of an old user could not be ended: set authorizer.class.name`
    return new SecretError('refused', message, { host })
  }
  return unanswered(
    { host, reason },
    'check its address, its certificate, its SASL mechanisms and that it is up',
  )
}

function loadClient(): Promise<Client> {
  const peer = {
    url: import.meta.url,
    of: '@rekey/kafka',
    name: '@platformatic/kafka',
    need: 'the rotation at Kafka',
  }
  return importPeer(peer, () => import('@platformatic/kafka'))
}

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { type Clock, parseSecureUrl, Secret, SecretError, systemClock } from '@rekey/secret'
import type { Inspectable } from '../inspectable.ts'
import type { WatchableStore } from '../memory-store.ts'
import { createQuietAgents, limitAnswers } from '../http-agents.ts'
import { createStoreVerbs } from '../transitions.ts'
import { AwsApi } from './aws-api.ts'
import { awsPolicyFor, awsRights } from './aws-policy.ts'
import { AwsReader, createAwsReads } from './aws-reader.ts'
import { applyAwsChange } from './aws-writer.ts'

/** Options of {@link openAwsStore}. */
export interface AwsStoreOptions {
  /** Secrets are `PREFIX/NAME`. */
  readonly prefix: string
  /** Used and not closed. Without it one is made, from the following three and what the SDK finds by itself. */
  readonly client?: SecretsManagerClient
  /** Default: the one that the SDK finds. */
  readonly region?: string
  /** In place of the one that the SDK finds; http is for loopback. */
  readonly endpoint?: string
  /** Default: those that the SDK finds. */
  readonly credentials?: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** A watch looks again after a random time between half of this and all of it. Default 300,000. */
  readonly ttlMs?: number
  /** For one request. Default 5,000. */
  readonly timeoutMs?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** From 0 to 1. Default `Math.random`. */
  readonly random?: () => number
}

/** A store over AWS Secrets Manager. */
export interface AwsStore
  extends WatchableStore, Required<Pick<Inspectable, 'list' | 'rightsToRead'>>, AsyncDisposable {
  /**
   * Reads what a rotation function needs of the secret that it is called for.
   *
   * @param secretId its name in Secrets Manager, or its ARN
   * @throws {SecretError} `refused` if it does not lie under the prefix
   */
  describe(secretId: string): Promise<AwsSecretState>
}

/** Where the SDK is about to send a request. */
interface HttpAddress {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
}

const PREFIX = /^[A-Za-z0-9/_+=.@-]*[A-Za-z0-9_+=.@-]$/

/**
 * Opens AWS Secrets Manager as a store: one secret `PREFIX/NAME` for each name, whose staging labels `AWSPENDING`,
 * `AWSCURRENT` and `AWSPREVIOUS` are the stages. Values are `SecretString`s of any text.
 *
 * A read asks the service each time, but for a value only where a version is new; reads at the same time share one answer.
 * Requests that write are made once, so a reply that was lost is `unreachable`, and the next read decides.
 *
 * @throws {SecretError} `malformed` for a prefix that no secret can have, `refused` for an endpoint of clear text, also by
 * each request if the SDK found that endpoint in its own configuration
 *
 * @example
 * ```ts
 * await using store = await openAwsStore({ prefix: 'vpn', region: 'eu-central-1' })
 * ```
 */
export async function openAwsStore(options: AwsStoreOptions): Promise<AwsStore> {
  const { prefix, client = createClient(options), timeoutMs = 5_000, ttlMs = 300_000 } = options
  const { clock = systemClock, random = Math.random } = options
  if (!PREFIX.test(prefix)) throw badPrefix()
  const closing = new AbortController()
  const api = new AwsApi({ client, timeoutMs, closing: closing.signal })
  const reader = new AwsReader({ api, clock, random })
  const idOf = (name: string) => `${prefix}/${name}`
  const timing = { clock, random, ttlMs, closing: closing.signal }
  const reads = createAwsReads({ reader, idOf, ...timing })
  return Promise.resolve({
    locator: `aws:${prefix}`,
    ...createStoreVerbs(clock, async (change) => {
      try {
        return await applyAwsChange({ api, reader }, idOf(change.name), change)
      } finally {
        reads.changed(change.name)
      }
    }),
    read: (name, signal) => reads.read(name, signal),
    watch: (name, signal) => reads.watch(name, signal),
    describe: (secretId) => describeAwsSecret(api, secretId, prefix),
    async list(signal) {
      const names = await api.list(`${prefix}/`, signal)
      return names.map((name) => name.slice(prefix.length + 1))
    },
    rightsToRead: (names) => awsRights(awsPolicyFor(names, { prefix, access: 'read' })),
    [Symbol.asyncDispose]() {
      closing.abort(new SecretError('unreachable', `aws:${prefix} was closed: open it again`))
      if (options.client === undefined) client.destroy()
      return Promise.resolve()
    },
  })
}

/** Creates a client of the SDK that connects as the store does. */
export function createClient({
  region,
  endpoint,
  credentials,
}: Pick<AwsStoreOptions, 'region' | 'endpoint' | 'credentials'>): SecretsManagerClient {
  if (endpoint !== undefined) parseSecureUrl(endpoint, 'the endpoint of Secrets Manager')
  const { httpAgent, httpsAgent } = createQuietAgents({ keepAlive: true, maxSockets: 50 })
  const client = new SecretsManagerClient({
    // A repeated move of a label that had succeeded would look like a conflict; reads are repeated by the reader.
    maxAttempts: 1,
    requestHandler: { httpAgent: limitAnswers(httpAgent), httpsAgent: limitAnswers(httpsAgent) },
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
  })
  // The SDK also finds endpoints in variables and configuration files of its own.
  client.middlewareStack.add(
    (next) => (args) => {
      const { protocol, hostname, port } = args.request as HttpAddress
      const address = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`
      parseSecureUrl(address, 'the endpoint of Secrets Manager')
      return next(args)
    },
    { step: 'build', name: 'checkTransport' },
  )
  announceCredentials(client)
  return client
}

/** The SDK keeps what it finds as texts, and renews it by itself: redactors learn it once a request is signed. */
function announceCredentials(client: SecretsManagerClient): void {
  const announce = credentialsAnnouncer(client)
  client.middlewareStack.add(
    (next) => async (args) => {
      await announce()
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low', name: 'announceCredentials' },
  )
}

/** Returns a function that announces the credentials of a client to redactors, once each. */
export function credentialsAnnouncer(client: SecretsManagerClient): () => Promise<void> {
  const known: { identity?: object; secrets?: readonly Secret[] } = {}
  return async () => {
    const identity = await client.config.credentials()
    if (identity === known.identity) return
    const { secretAccessKey, sessionToken } = identity
    known.identity = identity
    known.secrets = [secretAccessKey, sessionToken].flatMap((text) =>
      text === undefined ? [] : Secret.of(text, 'AWS_CREDENTIALS'),
    )
  }
}

function badPrefix(): SecretError {
  return new SecretError(
    'malformed',
    'a prefix in Secrets Manager is letters, digits and /_+=.@- and does not end in a slash: correct it',
  )
}

/** The answer of Secrets Manager for a secret beside its values. */
export interface AwsSecretState {
  /** The name in this store, without the prefix. */
  readonly name: string
  /** Whether the service rotates it by a Lambda function. */
  readonly rotationEnabled: boolean
  /** The staging labels of each version, by its id. */
  readonly labels: Readonly<Record<string, readonly string[]>>
}

/** Asks for the state of a secret by its full name or its ARN. */
async function describeAwsSecret(
  api: AwsApi,
  secretId: string,
  prefix: string,
): Promise<AwsSecretState> {
  const { Name = '', RotationEnabled = false, VersionIdsToStages } = await api.describe(secretId)
  if (!Name.startsWith(`${prefix}/`)) {
    const message = `that secret does not lie under ${prefix}: correct the prefix or the trigger`
    throw new SecretError('refused', message)
  }
  return {
    name: Name.slice(prefix.length + 1),
    rotationEnabled: RotationEnabled,
    labels: VersionIdsToStages ?? {},
  }
}

import http from 'node:http'
import https from 'node:https'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import nodeVault from 'node-vault'
import { followRedirect } from './follow-redirect.ts'
import type { HttpAnswer } from './http-exchange.ts'
import { readAnswer, readJsonObject } from './read-answer.ts'
import { readFailure } from './read-failure.ts'
import { repeatRequest } from './repeat-request.ts'
import { requestHeaders, requestTarget } from './request-parts.ts'
import type { VaultAnswer, VaultConnection, VaultRequest } from './vault-connection.ts'
import { vaultError } from './vault-failure.ts'

/** How {@link createVaultClient} reaches Vault. */
export interface VaultClientOptions {
  /** `https://vault.example:8200` */
  readonly address: string
  /** Of all requests, such as `team/a`; sent as a header. */
  readonly namespace?: string
  /** Certificates to trust instead of the system's, as PEM text. */
  readonly caCert?: string
  /** For one request with all its repetitions. Default: 60 s, as Vault's own client. */
  readonly timeoutMs?: number
  /** How often a request is repeated at most. Default: 2, as Vault's own client. */
  readonly retries?: number
  /** Origins beside the address's own to which a redirect may take the token: `['https://vault-2.example:8200']`. */
  readonly redirectOrigins?: readonly string[]
  readonly clock?: Clock
}

type Client = Required<Omit<VaultClientOptions, 'namespace' | 'caCert'>> & {
  readonly namespace: string | undefined
  readonly agents: Agents
  send(request: Outgoing): Promise<HttpAnswer>
}

interface Agents {
  readonly kept: http.Agent
  readonly fresh: http.Agent
}

/** What node-vault takes, and hands to the transport together with a `uri`. */
interface Outgoing {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly json?: VaultRequest['body']
  readonly agent: http.Agent
  readonly what: string
  readonly signal: AbortSignal
}

/**
 * Creates the bare client: it has no token of its own and no timers, and keeps no process alive.
 *
 * node-vault makes the request, and only that. What it cannot be told to do safely is done here, through the hooks that it
 * has for it:
 * - Its HTTP client (axios) follows redirects with the token to any host, unpacks any size, and puts the token into its
 *   errors: `request-promise` replaces it by an exchange with limits.
 * - `DEBUG=node-vault` prints bodies: `debug` is replaced by nothing.
 * - It takes token, namespace and prefix from the environment behind one's back: they are set here.
 * - It keeps what Vault said in its errors: `handleVaultResponse` is replaced, and what Vault said becomes one of our reasons.
 *
 * @throws {SecretError} `malformed` for an address that is no `http` or `https` URL
 */
export function createVaultClient(options: VaultClientOptions): VaultConnection {
  const { protocol, origin } = parseAddress(options.address)
  const { timeoutMs = 60_000, retries = 2, redirectOrigins = [], clock = systemClock } = options
  const agents = createAgents(protocol === 'https:' ? https.Agent : http.Agent, options.caCert)
  const send = createSender(origin, [origin, ...redirectOrigins])
  const { namespace } = options
  const client = { address: origin, namespace, timeoutMs, retries, redirectOrigins, clock }
  return { address: origin, request: (request) => ask({ ...client, agents, send }, request) }
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined
  const isPlain = url?.pathname === '/' && url.username === '' && url.search === ''
  if (isPlain && ['http:', 'https:'].includes(url.protocol)) return url
  throw new SecretError(
    'malformed',
    "Vault's address must look like https://vault.example:8200, without a path: correct VAULT_ADDR",
  )
}

/** What must not reach Vault twice gets a connection of its own, so that one that was not made proves that nothing was sent. */
function createAgents(Agent: typeof http.Agent, ca: string | undefined): Agents {
  const trust = ca === undefined ? {} : { ca }
  return {
    kept: new Agent({ keepAlive: true, ...trust }),
    fresh: new Agent({ keepAlive: false, ...trust }),
  }
}

function createSender(endpoint: string, origins: readonly string[]): Client['send'] {
  const transport = ({ uri, json, ...rest }: Outgoing & { readonly uri: string }) =>
    followRedirect(
      { ...rest, url: new URL(uri), ...(json !== undefined && { body: JSON.stringify(json) }) },
      origins,
    )
  const vault = nodeVault({
    endpoint,
    apiVersion: 'v1',
    debug: () => undefined,
    'request-promise': { defaults: () => transport },
  })
  Object.assign(vault, { token: '', namespace: '', pathPrefix: '' })
  vault.handleVaultResponse = (answer) => Promise.resolve(answer)
  return (request) => vault.request({ ...request }) as Promise<HttpAnswer>
}

async function ask(client: Client, request: VaultRequest): Promise<VaultAnswer> {
  const { clock, timeoutMs, retries, agents } = client
  const what = `${request.method} ${request.path.split('?', 1).join('')}`
  const { repeatable = request.method === 'GET' || request.method === 'LIST' } = request
  request.signal?.throwIfAborted()
  const done = new AbortController()
  const late = new AbortController()
  clock.sleep(timeoutMs, done.signal).then(
    () => {
      late.abort(vaultError('timeout', what, { timeoutMs }))
    },
    () => undefined,
  )
  const signal = AbortSignal.any([late.signal, ...(request.signal ? [request.signal] : [])])
  const outgoing: Outgoing = {
    ...requestTarget(request),
    headers: requestHeaders(request, client.namespace),
    ...(request.body && { json: request.body }),
    agent: repeatable ? agents.kept : agents.fresh,
    what,
    signal,
  }
  const deadlineMs = clock.elapsed() + timeoutMs
  try {
    return await repeatRequest(async () => understand(await client.send(outgoing), what), {
      ...{ repeatable, retries, deadlineMs, clock, signal },
    })
  } finally {
    done.abort()
  }
}

function understand(answer: HttpAnswer, what: string): VaultAnswer {
  const body = readJsonObject(answer.text)
  const isSuccess = [200, 202, 204].includes(answer.status)
  if (!isSuccess) throw readFailure(answer, body, what)
  if (body === undefined) throw vaultError('not-json', what, { status: answer.status })
  return readAnswer(answer.status, body)
}

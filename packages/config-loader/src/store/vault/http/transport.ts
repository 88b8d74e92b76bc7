import { SecretError } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/internal/files'
import nodeVault from 'node-vault'
import type { Dispatcher } from 'undici'
import { request as send } from 'undici/lib/api/index.js'
import createConnector from 'undici/lib/core/connect.js'
import Agent from 'undici/lib/dispatcher/agent.js'
import { vaultError } from './vault-answer.ts'

/** A request as it is given to node-vault, which adds the `uri`. */
interface OutgoingRequest {
  readonly method: Dispatcher.HttpMethod
  /** Starts with a slash. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly json?: Readonly<Record<string, unknown>>
  /** `false` uses a connection of its own, so that one that was not made proves that nothing was sent. */
  readonly repeatable: boolean
  /** The name of the request in errors. */
  readonly what: string
  readonly signal: AbortSignal
}

/** The answer to it, whatever its status. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Sends one request, within the limits of {@link createTransport}. */
export type Transport = (request: OutgoingRequest) => Promise<HttpAnswer>

/** Where requests may go. */
export interface TransportOptions {
  /** The origin of Vault. */
  readonly endpoint: string
  /** Origins beside `endpoint` to which a redirect may lead. */
  readonly redirectOrigins: readonly string[]
  /** Certificates to trust instead of the system's, as PEM text. */
  readonly caCert: string | undefined
}

/**
 * Twice the size that Vault's integrated storage accepts for one entry (`max_entry_size`, 1 MiB by default), since JSON escapes
 * lengthen a text.
 */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024
const CONNECT_WITHIN_MS = 10_000
/** The redirects of a standby to the active server. As in Vault's own client, method and body stay as they are. */
const REDIRECTS = [301, 302, 307, 308]

/**
 * Creates the function that sends requests to Vault: node-vault makes each call, undici carries it. Everything that node-vault
 * does unsafely is replaced through its own hooks:
 * - Its HTTP client (axios) follows redirects with the token to any host, decompresses any size, and puts the token into its
 *   errors. `request-promise` replaces it.
 * - `DEBUG=node-vault` prints bodies. `debug` does nothing.
 * - It reads token, namespace and path prefix from the environment. They are emptied.
 * - It puts Vault's whole answer into its errors. `handleVaultResponse` returns every answer.
 *
 * The signal of a request ends it at any point. An answer above 2 MiB, or a compressed one, is not read. One redirect is
 * followed, within the allowed origins.
 */
export function createTransport({
  endpoint,
  redirectOrigins,
  caCert,
}: TransportOptions): Transport {
  const origins = [endpoint, ...redirectOrigins]
  const exchange = createExchange(caCert)
  const carry = async ({ uri, ...request }: OutgoingRequest & { readonly uri: string }) => {
    const url = new URL(uri)
    const answer = await exchange(request, url)
    const target = redirectTarget(answer, url, request.what)
    if (target === undefined) return answer
    if (!origins.includes(target.origin)) throw vaultError('redirected', request.what)
    const second = await exchange(request, target)
    if (redirectTarget(second, target, request.what) === undefined) return second
    throw vaultError('redirected', request.what)
  }
  const vault = nodeVault({
    endpoint,
    apiVersion: 'v1',
    debug: () => undefined,
    'request-promise': { defaults: () => carry },
  })
  Object.assign(vault, { token: '', namespace: '', pathPrefix: '' })
  vault.handleVaultResponse = (answer) => Promise.resolve(answer)
  return (request) => vault.request({ ...request }) as Promise<HttpAnswer>
}

function redirectTarget({ status, headers }: HttpAnswer, url: URL, what: string): URL | undefined {
  if (!REDIRECTS.includes(status)) return undefined
  const { location } = headers
  if (typeof location === 'string' && URL.canParse(location, url.href))
    return new URL(location, url)
  throw vaultError('redirected', what)
}

/**
 * Creates the function that makes one exchange, over connections that are kept for the next one, or over one of its own. It
 * throws `unreachable` with a reason (`not-connected` only if nothing was sent), or the reason of the request's signal.
 */
function createExchange(caCert: string | undefined) {
  const connectTo = createConnector({
    timeout: CONNECT_WITHIN_MS,
    ...(caCert !== undefined && { ca: caCert }),
  })
  const unconnected = new WeakSet()
  const options: Agent.Options = {
    maxResponseSize: MAX_ANSWER_BYTES,
    // The signal of each request limits both.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(target, callback) {
      connectTo(target, (...outcome) => {
        if (outcome[0] !== null) unconnected.add(outcome[0])
        callback(...outcome)
      })
    },
  }
  const kept = new Agent(options)
  const single = new Agent({ ...options, pipelining: 0 })
  return async (request: OutgoingRequest, url: URL): Promise<HttpAnswer> => {
    const { repeatable, signal, what } = request
    try {
      return await readAnswer(await sendBy(repeatable ? kept : single, request, url), what)
    } catch (error) {
      signal.throwIfAborted()
      const isUnsent = error instanceof Error && unconnected.has(error)
      throw connectionError(error, what, isUnsent)
    }
  }
}

function sendBy(agent: Agent, { method, headers, json, signal }: OutgoingRequest, url: URL) {
  return send.call(agent, {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method,
    headers: { ...headers },
    signal,
    ...(json !== undefined && { body: JSON.stringify(json) }),
  })
}

/** @throws {SecretError} `encoded`; the connection's own error */
async function readAnswer(
  { statusCode: status, headers, body }: Dispatcher.ResponseData<unknown>,
  what: string,
): Promise<HttpAnswer> {
  const { 'content-encoding': encoding = 'identity' } = headers
  if (encoding === 'identity') return { status, headers, text: await body.text() }
  body.on('error', () => undefined).destroy()
  throw vaultError('encoded', what)
}

function connectionError(error: unknown, what: string, isUnsent: boolean): SecretError {
  if (error instanceof SecretError) return error
  const errno = errnoOf(error) ?? 'unknown'
  if (errno === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return vaultError('too-large', what, { limit: MAX_ANSWER_BYTES })
  }
  if (errno.startsWith('HPE_')) return vaultError('not-json', what)
  return vaultError(isUnsent ? 'not-connected' : 'cut', what, { errno })
}

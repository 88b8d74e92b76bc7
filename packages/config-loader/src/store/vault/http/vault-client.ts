import {
  type Clock,
  parseSecureUrl,
  type Secret,
  SecretError,
  systemClock,
  within,
} from '@rekey/secret'
import { jitteredMs } from '@rekey/secret/internal'
import { createTransport, type HttpAnswer, type Transport } from './transport.ts'
import {
  isVaultReason,
  readAnswer,
  readFailure,
  readJsonObject,
  type VaultAnswer,
  vaultError,
  type VaultReason,
} from './vault-answer.ts'

/** One request to Vault's HTTP API. */
export interface VaultRequest {
  readonly method: 'GET' | 'LIST' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Without `/v1/`, each segment percent-encoded; a query is part of it: `secret/data/rekey/KEY?version=2`. */
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
  /** Exactly this token, or none. Absent: the connection's own, if it has one. */
  readonly token?: Secret | 'none'
  /** Asks for the answer wrapped in a token that lives this long (rounded up to seconds). */
  readonly wrapTtlMs?: number
  /**
   * Whether the request may reach Vault twice. Default: for GET and LIST. Must be `false` for what mints, such as
   * `database/creds/ROLE`, a login or an unwrapping: it is then repeated only after an answer, or the lack of a connection,
   * that proves that Vault did nothing.
   */
  readonly repeatable?: boolean
  readonly signal?: AbortSignal
}

/** Sends requests to Vault: a client, or a session that adds its token. */
export interface VaultConnection {
  /** `https://vault.example:8200` */
  readonly address: string
  /**
   * Sends one request.
   *
   * @throws {SecretError} with the cause in `details.reason` (see `VaultReason`); the reason of the request's signal
   */
  request(request: VaultRequest): Promise<VaultAnswer>
}

/** The address of a Vault, and the limits of requests to it. */
export interface VaultClientOptions {
  /** `https://vault.example:8200`; http is for loopback. */
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
  /** Default: the machine's own. */
  readonly clock?: Clock
}

interface Client {
  readonly namespace: string | undefined
  readonly timeoutMs: number
  readonly retries: number
  readonly clock: Clock
  readonly send: Transport
}

/**
 * Creates a client without a token of its own. It keeps no process alive. node-vault makes the calls; see `createTransport` for
 * the limits that are set to it.
 *
 * @example
 * ```ts
 * const client = createVaultClient({ address: 'https://vault.example:8200', namespace: 'team/a' })
 * ```
 *
 * @throws {SecretError} `malformed` for an address that is no `http` or `https` URL, `refused` for http beyond loopback
 */
export function createVaultClient(options: VaultClientOptions): VaultConnection {
  const { namespace, timeoutMs = 60_000, retries = 2, clock = systemClock } = options
  const { origin } = parseAddress(options.address)
  const redirectOrigins = (options.redirectOrigins ?? []).map(
    (address) => parseSecureUrl(address, 'redirectOrigins').origin,
  )
  const send = createTransport({ endpoint: origin, redirectOrigins, caCert: options.caCert })
  const client = { namespace, timeoutMs, retries, clock, send }
  return { address: origin, request: (request) => ask(client, request) }
}

function parseAddress(address: string): URL {
  const url = parseSecureUrl(address, 'VAULT_ADDR')
  if (url.pathname === '/' && url.search === '') return url
  throw new SecretError(
    'malformed',
    "Vault's address must look like https://vault.example:8200, without a path: correct VAULT_ADDR",
  )
}

async function ask(client: Client, request: VaultRequest): Promise<VaultAnswer> {
  const { clock, timeoutMs, retries } = client
  const what = `${request.method} ${request.path.split('?', 1).join('')}`
  const { repeatable = request.method === 'GET' || request.method === 'LIST' } = request
  request.signal?.throwIfAborted()
  const outgoing = {
    ...requestTarget(request),
    headers: requestHeaders(request, client.namespace),
    ...(request.body && { json: request.body }),
    repeatable,
    what,
  }
  const deadlineMs = clock.elapsed() + timeoutMs
  const limit = { what: `Vault's answer to ${what}`, clock, limitMs: timeoutMs }
  return within({ ...limit, signal: request.signal }, (signal) => {
    const attempt = async () => understand(await client.send({ ...outgoing, signal }), what)
    return repeatRequest(attempt, { repeatable, retries, deadlineMs, clock, signal })
  })
}

function understand(answer: HttpAnswer, what: string): VaultAnswer {
  const body = readJsonObject(answer.text)
  const isSuccess = [200, 202, 204].includes(answer.status)
  if (!isSuccess) {
    const { status, headers } = answer
    throw readFailure({ status, retryAfter: headers['retry-after'] }, body, what)
  }
  if (body === undefined) throw vaultError('not-json', what, { status: answer.status })
  return readAnswer(answer.status, body)
}

/** The method and path as they are sent. A listing is sent as GET, since proxies refuse methods that HTTP does not have. */
function requestTarget({ method, path }: VaultRequest): { method: string; path: string } {
  if (method !== 'LIST') return { method, path: `/${path}` }
  return { method: 'GET', path: `/${path}${path.includes('?') ? '&' : '?'}list=true` }
}

/**
 * The headers of a request (Vault's HTTP API, "API operations" and "Response wrapping"). Compression is declined: what is not
 * unpacked cannot be larger than it looks.
 *
 * @throws {SecretError} `malformed` for a token or a namespace that is no header value
 */
function requestHeaders(
  request: VaultRequest,
  namespace: string | undefined,
): Record<string, string> {
  const { method, token, wrapTtlMs, body } = request
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  return {
    Accept: 'application/json',
    'Accept-Encoding': 'identity',
    'X-Vault-Request': 'true',
    ...(body && { 'Content-Type': type }),
    ...(namespace !== undefined && { 'X-Vault-Namespace': namespaceHeader(namespace) }),
    ...(token !== undefined && token !== 'none' && { 'X-Vault-Token': tokenHeader(token) }),
    ...(wrapTtlMs !== undefined && { 'X-Vault-Wrap-TTL': String(Math.ceil(wrapTtlMs / 1_000)) }),
  }
}

const VISIBLE = /^[\x21-\x7e]+$/

function tokenHeader(token: Exclude<VaultRequest['token'], 'none' | undefined>): string {
  const text = token.expose()
  if (VISIBLE.test(text)) return text
  throw new SecretError(
    'malformed',
    `${token.label} is no Vault token: it must be one word, without a line end`,
  )
}

/** Vault takes it with or without a slash at the end, but not at the beginning. */
function namespaceHeader(namespace: string): string {
  const path = trimSlashes(namespace)
  if (VISIBLE.test(path)) return path
  throw new SecretError('malformed', 'the Vault namespace is no path: correct VAULT_NAMESPACE')
}

/** When a request is sent again. */
interface RepeatOptions {
  /** Whether the request may be carried out twice. */
  readonly repeatable: boolean
  readonly retries: number
  /** At which `clock.elapsed()` it is given up. */
  readonly deadlineMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Answers, and the lack of a connection, that prove that Vault did nothing. */
const NOT_DONE: readonly VaultReason[] = ['not-connected', 'replica-behind', 'throttled']
/** Failures that pass, for requests that may be carried out twice. */
const PASSING: readonly VaultReason[] = [...NOT_DONE, 'cut', 'sealed', 'server-error']
const NOT_IMPLEMENTED = 501

/** The wait of Vault's own Go client (`api.DefaultConfig`: `MinRetryWait` 1 s, `MaxRetryWait` 1.5 s). */
const LONGEST_WAIT_MS = 1_500
const WAIT_JITTER = 1 / 3

/**
 * Makes a request, and makes it again after what passes, by the rules of Vault's own Go client (`api.DefaultRetryPolicy`:
 * connection errors, 412, 429 with its Retry-After, 5xx except 501).
 */
async function repeatRequest<T>(attempt: () => Promise<T>, options: RepeatOptions): Promise<T> {
  const { retries, deadlineMs, clock, signal } = options
  for (let repeats = 0; ; repeats += 1) {
    try {
      return await attempt()
    } catch (error) {
      const waitMs = waitAfter(error)
      const inTime = clock.elapsed() + waitMs < deadlineMs
      if (repeats < retries && inTime && mayRepeat(error, options.repeatable)) {
        await clock.sleep(waitMs, signal, { keepAlive: true })
        continue
      }
      if (!(error instanceof SecretError)) throw error
      throw new SecretError(error.code, error.message, { ...error.details, repeats })
    }
  }
}

function mayRepeat(error: unknown, repeatable: boolean): boolean {
  if (error instanceof SecretError && error.details['status'] === NOT_IMPLEMENTED) return false
  return isVaultReason(error, ...(repeatable ? PASSING : NOT_DONE))
}

function waitAfter(error: unknown): number {
  const asked = error instanceof SecretError ? error.details['retryAfterMs'] : undefined
  return typeof asked === 'number' ? asked : jitteredMs(LONGEST_WAIT_MS, WAIT_JITTER)
}

/** `path` without slashes at its ends. A pattern would take quadratic time over slashes inside. */
export function trimSlashes(path: string): string {
  let start = 0
  let end = path.length
  while (path.charAt(start) === '/') start += 1
  while (end > start && path.charAt(end - 1) === '/') end -= 1
  return path.slice(start, end)
}

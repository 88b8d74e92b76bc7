import http from 'node:http'
import https from 'node:https'
import { type Clock, parseSecureUrl, SecretError, systemClock, within } from '@rekey/secret'
import type { HttpAnswer } from './http-exchange.ts'
import { createSender, type OutgoingRequest } from './node-vault-sender.ts'
import { readAnswer, readJsonObject } from './read-answer.ts'
import { readFailure } from './read-failure.ts'
import { repeatRequest } from './repeat-request.ts'
import { requestHeaders, requestTarget } from './request-parts.ts'
import type { VaultAnswer, VaultConnection, VaultRequest } from './vault-connection.ts'
import { vaultError } from './vault-failure.ts'

/** How {@link createVaultClient} reaches Vault. */
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
  readonly clock?: Clock
}

/** Connections: kept for the next request, or made for one. */
interface Agents {
  readonly kept: http.Agent
  readonly fresh: http.Agent
}

interface Client {
  readonly namespace: string | undefined
  readonly timeoutMs: number
  readonly retries: number
  readonly clock: Clock
  readonly agents: Agents
  readonly send: (request: OutgoingRequest) => Promise<HttpAnswer>
}

/**
 * Creates the bare client: it has no token of its own, and keeps no process alive. What node-vault does in it, and what it is
 * kept from doing, see `createSender`.
 *
 * @throws {SecretError} `malformed` for an address that is no `http` or `https` URL, `refused` for http beyond loopback
 */
export function createVaultClient(options: VaultClientOptions): VaultConnection {
  const { namespace, timeoutMs = 60_000, retries = 2, clock = systemClock } = options
  const { protocol, origin } = parseAddress(options.address)
  const agents = createAgents(protocol === 'https:' ? https.Agent : http.Agent, options.caCert)
  const redirectOrigins = (options.redirectOrigins ?? []).map(
    (address) => parseSecureUrl(address, 'redirectOrigins').origin,
  )
  const send = createSender(origin, redirectOrigins)
  const client = { namespace, timeoutMs, retries, clock, agents, send }
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

/** What must not reach Vault twice gets a connection of its own, so that one that was not made proves that nothing was sent. */
function createAgents(Agent: typeof http.Agent, ca: string | undefined): Agents {
  const trust = ca === undefined ? {} : { ca }
  return {
    kept: new Agent({ keepAlive: true, ...trust }),
    fresh: new Agent({ keepAlive: false, ...trust }),
  }
}

async function ask(client: Client, request: VaultRequest): Promise<VaultAnswer> {
  const { clock, timeoutMs, retries, agents } = client
  const what = `${request.method} ${request.path.split('?', 1).join('')}`
  const { repeatable = request.method === 'GET' || request.method === 'LIST' } = request
  request.signal?.throwIfAborted()
  const outgoing = {
    ...requestTarget(request),
    headers: requestHeaders(request, client.namespace),
    ...(request.body && { json: request.body }),
    agent: repeatable ? agents.kept : agents.fresh,
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
  if (!isSuccess) throw readFailure(answer, body, what)
  if (body === undefined) throw vaultError('not-json', what, { status: answer.status })
  return readAnswer(answer.status, body)
}

import { Secret, SecretError } from '@rekey/secret'
import { type JsonAnswer, type JsonRequest, requestJson, textIn } from './json-request.ts'

/** Which client of which Keycloak, and who may change it. */
export interface KeycloakClientOptions {
  /** `https://id.example.org`, without the realm. */
  readonly url: string
  /** The name of the realm. */
  readonly realm: string
  /** The client whose secret changes. */
  readonly clientId: string
  /** A client of the same realm with a service account that has the role `manage-clients` of `realm-management`, and no other. */
  readonly manager: { readonly clientId: string; readonly secret: Secret }
  /** Default: the global one. */
  readonly fetch?: typeof fetch
}

type AdminRequest = (
  method: JsonRequest['method'],
  path: string,
  change?: JsonRequest['body'],
) => Promise<JsonAnswer>

/** The policy `secret-rotation` sets this attribute on every client that it applies to. */
const ATTRIBUTE_OF_POLICY = 'client.secret.expiration.time'

/** One client, through Keycloak's admin REST API. Good for one operation: the manager's token lasts for a minute. */
export class KeycloakClient {
  readonly #clientId: string
  readonly #ask: AdminRequest

  private constructor(clientId: string, ask: AdminRequest) {
    this.#clientId = clientId
    this.#ask = ask
  }

  /**
   * Logs in as the manager and finds the client.
   *
   * @throws {SecretError} as every method does: `forbidden`, `missing`, `unreachable`, `malformed`, `conflict`
   */
  static async open(options: KeycloakClientOptions, signal: AbortSignal): Promise<KeycloakClient> {
    const { url, realm, clientId } = options
    const token = await logIn(options, signal)
    const clients = new URL(`/admin/realms/${encodeURIComponent(realm)}/clients`, url).href
    const ask = async (method: JsonRequest['method'], path: string, body?: JsonRequest['body']) => {
      const authorization = `Bearer ${token.expose()}`
      const request = { method, url: clients + path, authorization, ...(body && { body }) }
      return send(options, request, signal)
    }
    const found = await ask('GET', `?clientId=${encodeURIComponent(clientId)}`)
    const { id } = (found.body['0'] ?? {}) as { readonly id?: unknown }
    if (typeof id !== 'string') {
      throw new SecretError('missing', `the realm ${realm} has no client ${clientId}: create it`)
    }
    return new KeycloakClient(clientId, (method, path, body) => ask(method, `/${id}${path}`, body))
  }

  /** The secret that Keycloak holds; under the policy, the newer one. */
  async readSecret(): Promise<Secret> {
    const value = textIn(await this.#ask('GET', '/client-secret'), 'value')
    return Secret.of(value, `secret of ${this.#clientId}`)
  }

  /** Whether the client policy `secret-rotation` was seen to apply at the last login or change of the client. */
  async sawPolicy(): Promise<boolean> {
    const { body } = await this.#ask('GET', '')
    const attributes = body['attributes'] ?? {}
    return typeof attributes === 'object' && ATTRIBUTE_OF_POLICY in attributes
  }

  /** The same, found out now, by an update that changes nothing. */
  async applyPolicy(): Promise<boolean> {
    await this.#ask('PUT', '', { clientId: this.#clientId, attributes: {} })
    return this.sawPolicy()
  }

  /** Keycloak makes a new secret; under the policy it keeps the old one too. */
  async renew(): Promise<void> {
    await this.#ask('POST', '/client-secret')
  }

  /** Replaces the secret; the one before it that Keycloak may hold too stays as it is. */
  async replaceSecret(secret: Secret): Promise<void> {
    const change = { clientId: this.#clientId, secret: secret.expose() }
    // Without attributes, even none, Keycloak 26.4 answers 500 where the policy applies.
    await this.#ask('PUT', '', { ...change, attributes: {} })
  }

  /** Ends the older secret, if there is one. */
  async dropOlder(): Promise<void> {
    await this.#ask('DELETE', '/client-secret/rotated')
  }
}

async function logIn(options: KeycloakClientOptions, signal: AbortSignal): Promise<Secret> {
  const { url, realm, manager } = options
  const answer = await send(
    options,
    {
      method: 'POST',
      url: new URL(`/realms/${encodeURIComponent(realm)}/protocol/openid-connect/token`, url).href,
      authorization: basic(manager.clientId, manager.secret),
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    },
    signal,
  )
  return Secret.of(textIn(answer, 'access_token'), 'access token of Keycloak')
}

async function send(
  { realm, manager, fetch = globalThis.fetch }: KeycloakClientOptions,
  request: Omit<JsonRequest, 'fetch' | 'signal'>,
  signal: AbortSignal,
): Promise<JsonAnswer> {
  const answer = await requestJson({ ...request, fetch, signal })
  const { status } = answer
  if (status === 409) {
    const message = 'Keycloak was changing this client for another administrator: run again'
    throw new SecretError('conflict', message, { status })
  }
  if (status < 400 || status === 404) return answer
  const remedy = 'check its secret and its role manage-clients'
  const message = `Keycloak does not let ${manager.clientId} manage the clients of ${realm}: ${remedy}`
  throw new SecretError('forbidden', message, { status })
}

/** RFC 6749 §2.3.1: both are form-encoded first. */
function basic(clientId: string, secret: Secret): string {
  const pair = [clientId, secret.expose()].map(encodeURIComponent).join(':')
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

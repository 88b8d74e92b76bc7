import { once } from 'node:events'
import { createServer as createPlainServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Configuration } from 'oidc-provider'
// The front door prints a warning on Node.js 20, which it does run on; this is the file behind it.
import { Provider } from 'oidc-provider/lib/provider.js'
import type { ServerTls } from './certificates.ts'
import {
  type ClientSecrets,
  createClientSecrets,
  createOidcConfiguration,
  isEqual,
  RENEW_SECRET,
} from './oidc-configuration.ts'
import { answerLogin, LOGIN_PATH } from './login-form.ts'
import {
  type OidcClient,
  registerClient,
  type RegisteredClient,
  type TestAccount,
} from './registrations.ts'

/** Options of an identity provider. */
export interface IdentityProviderOptions {
  readonly clients: readonly OidcClient[]
  /** Default: `alice` and `bob`; `load`, for load; `carol`, whose address is not verified; `dora`, whose address has 81 characters. */
  readonly accounts?: readonly TestAccount[]
  /** Where it listens, and the host in its issuer. Default: `127.0.0.1`. */
  readonly host?: string
  /** Default: any free one. */
  readonly port?: number
  /** Serves https with this. Default: http. */
  readonly tls?: ServerTls
  /** Whether clients may send a person to sign out (RP-Initiated Logout). Default true. */
  readonly hasSignOut?: boolean
}

/** A running OpenID provider. Ends when disposed. */
export interface IdentityProvider extends AsyncDisposable {
  /** `https://HOST:PORT`, or `http` without TLS. */
  readonly issuer: string
  /**
   * From now on the client's secret is `secret`, and `alsoAccepted` too if given (a provider that holds two at once).
   *
   * @throws {Error} if there is no such client
   */
  setClientSecret(clientId: string, secret: string, alsoAccepted?: string): Promise<void>
}

/** An {@link IdentityProvider} in this process. */
export interface OpenedIdentityProvider extends IdentityProvider {
  /** Registers a client by RFC 7591, to be managed by RFC 7592: each update of its registration renews its secret. */
  registerClient(
    redirectUris: readonly string[],
    fetch?: typeof globalThis.fetch,
  ): Promise<RegisteredClient>
}

const HOST = '127.0.0.1'
const DEFAULT_ACCOUNTS: readonly TestAccount[] = [
  { login: 'alice', name: 'Alice Example', email: 'alice@example.test' },
  { login: 'bob', name: 'Bob Example', email: 'bob@example.test' },
  { login: 'load', name: 'Load Test', email: 'load@example.test' },
  { login: 'carol', name: 'Carol Example', email: 'carol@example.test', emailVerified: false },
  {
    login: 'dora',
    name: 'Dora Example',
    email: `${'dora'.repeat(12)}@${'mail.'.repeat(4)}example.test`,
  },
]

/**
 * Opens a real OpenID provider (oidc-provider 9) in this process: code flow with PKCE, `client_secret_basic`, a login form
 * that plain HTTP can fill in (a field `login`), no consent page. Sessions and tokens are kept in memory.
 */
export async function openIdentityProvider(
  options: IdentityProviderOptions,
): Promise<OpenedIdentityProvider> {
  const accounts = new Map((options.accounts ?? DEFAULT_ACCOUNTS).map((one) => [one.login, one]))
  const secrets = createClientSecrets()
  for (const { clientId, clientSecret } of options.clients) secrets.set(clientId, [clientSecret])
  const { tls, host = HOST, hasSignOut = true } = options
  const configuration = await createOidcConfiguration(options.clients, accounts, hasSignOut)

  const server = tls ? createTlsServer(tls) : createPlainServer()
  server.listen(options.port ?? 0, host)
  await once(server, 'listening')
  const issuer = `${tls ? 'https' : 'http'}://${host}:${(server.address() as AddressInfo).port}`
  const provider = createProvider(issuer, configuration, secrets)
  server.on(
    'request',
    createListener(provider, (login) => accounts.has(login)),
  )

  return {
    issuer,
    async setClientSecret(clientId, secret, alsoAccepted) {
      const client = await provider.Client.find(clientId)
      if (client === undefined) throw new Error(`there is no client ${clientId}`)
      secrets.set(clientId, [secret, ...(alsoAccepted === undefined ? [] : [alsoAccepted])])
    },
    async registerClient(redirectUris, fetch) {
      const permit = new provider.InitialAccessToken({ policies: [RENEW_SECRET] })
      return registerClient(`${issuer}/reg`, await permit.save(), { redirectUris, fetch })
    },
    async [Symbol.asyncDispose]() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function createProvider(issuer: string, configuration: Configuration, secrets: ClientSecrets) {
  const provider = new Provider(issuer, configuration)
  provider.Client.prototype.compareClientSecret = function (offered) {
    if (secrets.knows(this.clientId)) return secrets.accepts(this.clientId, offered)
    return isEqual(offered, this.clientSecret ?? '')
  }
  return provider
}

function createListener(
  provider: Provider,
  isAccount: (login: string) => boolean,
): RequestListener {
  const answerOther = provider.callback()
  return (request, response) => {
    if (request.url?.startsWith(LOGIN_PATH) !== true) {
      void answerOther(request, response)
      return
    }
    answerLogin(provider, isAccount, request, response).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      response.writeHead(400, { 'content-type': 'text/plain' })
      response.end(`${reason}: start again at the application\n`)
    })
  }
}

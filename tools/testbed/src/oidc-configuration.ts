import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type {
  Account,
  ClientMetadata,
  Configuration,
  Grant,
  JWK,
  KoaContextWithOIDC,
} from 'oidc-provider'
import type { OidcClient, TestAccount } from './registrations.ts'
import { createOidcMemory } from './oidc-memory.ts'

const SCOPES = 'openid email profile'

/** The policy of a registration by which each update renews the client's secret, as RFC 7592 §2.2 allows. */
export const RENEW_SECRET = 'renew-secret'

/** Clients that were registered while it runs may manage themselves; registering takes a token from the test. */
const FEATURES: Configuration['features'] = {
  devInteractions: { enabled: false },
  rpInitiatedLogout: { enabled: false },
  registration: {
    enabled: true,
    initialAccessToken: true,
    policies: { [RENEW_SECRET]: renewSecret },
  },
  registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
}

const newSecret = () => randomBytes(32).toString('base64url')

/**
 * oidc-provider's configuration for a provider of first-party clients: code flow with PKCE only, secrets by HTTP Basic,
 * consent given beforehand. Its keys are made here and live as long as it does. Everything that the library would otherwise
 * warn about on the console (its own interactions, adapter, keys, lifetimes) is set.
 */
export async function createOidcConfiguration(
  clients: readonly OidcClient[],
  accounts: ReadonlyMap<string, TestAccount>,
): Promise<Configuration> {
  return {
    adapter: createOidcMemory(),
    jwks: { keys: [await createSigningKey()] },
    cookies: { keys: [newSecret()] },
    clients: clients.map(describeClient),
    clientAuthMethods: ['client_secret_basic'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    scopes: SCOPES.split(' '),
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'preferred_username'],
    },
    conformIdTokenClaims: false,
    findAccount: (_context, login) => describeAccount(accounts.get(login)),
    loadExistingGrant,
    features: FEATURES,
    clientBasedCORS: () => false,
    renderError: (context, { error, error_description: description }) => {
      context.type = 'text'
      context.body = `${error}: ${description ?? ''}\n`
    },
    ttl: {
      AccessToken: 3_600,
      AuthorizationCode: 60,
      IdToken: 3_600,
      Interaction: 600,
      Session: 86_400,
      Grant: 86_400,
    },
  }
}

function renewSecret(_context: KoaContextWithOIDC, properties: ClientMetadata): void {
  properties.client_secret = newSecret()
}

function describeClient({ clientId, clientSecret, redirectUris }: OidcClient): ClientMetadata {
  return { client_id: clientId, client_secret: clientSecret, redirect_uris: redirectUris }
}

function describeAccount(account: TestAccount | undefined): Account | undefined {
  if (account === undefined) return undefined
  const { login, name, email, emailVerified = true } = account
  const about = { preferred_username: login, name, email, email_verified: emailVerified }
  const claims = { sub: login, ...about }
  return { accountId: login, claims: () => claims }
}

/** RS256, which OpenID Connect Core §15.1 makes mandatory. */
async function createSigningKey(): Promise<JWK> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2_048 })
  return { ...(privateKey.export({ format: 'jwk' }) as JWK), use: 'sig', alg: 'RS256' }
}

/** The grant of this session, made on the spot the first time: no consent is asked for. */
async function loadExistingGrant({ oidc }: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, session, provider } = oidc
  if (client === undefined || session?.accountId === undefined) return undefined
  const grantId = session.grantIdFor(client.clientId)
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  if (known !== undefined) return known
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope(SCOPES)
  await grant.save()
  return grant
}

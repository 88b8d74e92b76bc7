import { createHash, generateKeyPair, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type {
  Account,
  Adapter,
  AdapterFactory,
  AdapterPayload,
  ClientMetadata,
  Configuration,
  Grant,
  JWK,
  KoaContextWithOIDC,
} from 'oidc-provider'
import type { OidcClient, TestAccount } from './registrations.ts'

const SCOPES = 'openid email profile'

/** The policy of a registration by which each update renews the client's secret, as RFC 7592 §2.2 allows. */
export const RENEW_SECRET = 'renew-secret'

/** Clients that were registered while it runs may manage themselves; registering takes a token from the test. */
const FEATURES: Configuration['features'] = {
  devInteractions: { enabled: false },
  registration: {
    enabled: true,
    initialAccessToken: true,
    policies: { [RENEW_SECRET]: renewSecret },
  },
  registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
}

const newSecret = () => randomBytes(32).toString('base64url')

const SIGN_OUT = { logoutSource: showSignOutForm, postLogoutSuccessSource: showSignedOut }

/**
 * oidc-provider's configuration for a provider of first-party clients: code flow with PKCE only, secrets by HTTP Basic,
 * consent given beforehand. The signing key is one of this process, made for the first provider. Everything that the library would otherwise
 * warn about on the console (its own interactions, adapter, keys, lifetimes) is set.
 */
export async function createOidcConfiguration(
  clients: readonly OidcClient[],
  accounts: ReadonlyMap<string, TestAccount>,
  hasSignOut: boolean,
): Promise<Configuration> {
  return {
    adapter: createOidcMemory(),
    jwks: { keys: [await (signingKey ??= createSigningKey())] },
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
    features: { ...FEATURES, rpInitiatedLogout: { ...SIGN_OUT, enabled: hasSignOut } },
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

function describeClient(client: OidcClient): ClientMetadata {
  const { clientId, clientSecret, redirectUris, signedOutUris = [] } = client
  return {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: redirectUris,
    post_logout_redirect_uris: signedOutUris,
  }
}

function describeAccount(account: TestAccount | undefined): Account | undefined {
  if (account === undefined) return undefined
  const { login, name, email, emailVerified = true } = account
  const about = { preferred_username: login, name, email, email_verified: emailVerified }
  const claims = { sub: login, ...about }
  return { accountId: login, claims: () => claims }
}

let signingKey: Promise<JWK> | undefined

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

/**
 * Where a provider keeps its sessions, codes and tokens: in memory, the oldest dropped above `maxRecords` of a kind, so that
 * a load generator cannot fill the machine. oidc-provider checks the expiry of what it reads.
 */
function createOidcMemory(maxRecords = 20_000): AdapterFactory {
  return () => createAdapter(maxRecords)
}

function createAdapter(maxRecords: number): Adapter {
  const records = new Map<string, AdapterPayload>()
  const idByUid = new Map<string, string>()
  const remove = (id: string) => {
    const uid = records.get(id)?.uid
    if (uid !== undefined && idByUid.get(uid) === id) idByUid.delete(uid)
    records.delete(id)
  }
  const removeOldest = () => {
    const [oldest] = records.keys()
    if (oldest !== undefined) remove(oldest)
  }
  const find = (id: string | undefined) => Promise.resolve(records.get(id ?? ''))
  return {
    find,
    findByUid: (uid) => find(idByUid.get(uid)),
    findByUserCode: () => Promise.resolve(undefined),
    upsert(id, payload) {
      remove(id)
      records.set(id, payload)
      if (payload.uid !== undefined) idByUid.set(payload.uid, id)
      if (records.size > maxRecords) removeOldest()
      return Promise.resolve()
    },
    consume(id) {
      const record = records.get(id)
      if (record !== undefined) record.consumed = Math.floor(Date.now() / 1000)
      return Promise.resolve()
    },
    destroy(id) {
      remove(id)
      return Promise.resolve()
    },
    revokeByGrantId(grantId) {
      for (const [id, record] of records) if (record.grantId === grantId) remove(id)
      return Promise.resolve()
    },
  }
}

/** The secrets of a provider's clients, changeable while it runs. Keeps digests only. */
export interface ClientSecrets {
  set(clientId: string, secrets: readonly string[]): void
  /** Whether the client was ever set here. */
  knows(clientId: string): boolean
  /** Whether `secret` is one of the client's own. Takes the same time for a wrong one. */
  accepts(clientId: string, secret: string): boolean
}

/** Creates an empty set; a client that was never set has no secret and is refused. */
export function createClientSecrets(): ClientSecrets {
  const digests = new Map<string, Buffer[]>()
  return {
    set(clientId, secrets) {
      digests.set(clientId, secrets.map(digest))
    },
    knows: (clientId) => digests.has(clientId),
    accepts(clientId, secret) {
      const offered = digest(secret)
      return (digests.get(clientId) ?? []).filter((own) => timingSafeEqual(own, offered)).length > 0
    },
  }
}

/** Whether the two are the same, in the same time if they are not. */
export function isEqual(offered: string, own: string): boolean {
  return timingSafeEqual(digest(offered), digest(own))
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/**
 * Shows the form by which a person confirms the sign-out: the second button keeps them signed in here.
 *
 * @param form of oidc-provider, with the token of this page
 */
function showSignOutForm(context: KoaContextWithOIDC, form: string): void {
  context.type = 'html'
  context.body = page(`<p>Sign out here too?</p>
${form.replace('</form>', '<button name="logout" value="yes">Yes, sign me out</button> <button>No, stay signed in</button></form>')}`)
}

/** Shows that a person is signed out, where the client named no page of its own. */
function showSignedOut(context: KoaContextWithOIDC): void {
  context.type = 'html'
  context.body = page('<p>You are signed out.</p>')
}

function page(content: string): string {
  return `<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Test identity provider</title>
<h1>Test identity provider</h1>
${content}
`
}

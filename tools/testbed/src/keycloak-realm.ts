import { randomBytes, randomUUID } from 'node:crypto'
import { type OidcClient, registerClient, type RegisteredClient } from './registrations.ts'

/** Options of a realm. Its people are `alice` and `bob`. */
export interface KeycloakRealmOptions {
  readonly clients?: readonly OidcClient[]
  /** The groups of each person, by login; clients get them in the claim `groups` of the ID token. */
  readonly groups?: Readonly<Record<string, readonly string[]>>
  /** A service account that may manage clients, and nothing else. */
  readonly manager?: Pick<OidcClient, 'clientId' | 'clientSecret'>
  /**
   * The client policy `secret-rotation`: confidential clients hold a new secret and, for this many seconds, the one before.
   * Without it a new secret replaces the old one at once.
   */
  readonly twoSecretsForSeconds?: number
}

/** A realm of a running Keycloak. */
export interface KeycloakRealm {
  readonly name: string
  readonly issuer: string
  /** The fields of the login form for that person. */
  loginForm(login: string): Readonly<Record<string, string>>
  /** Registers a client by RFC 7591, to be managed by RFC 7592. */
  registerClient(redirectUris: readonly string[]): Promise<RegisteredClient>
}

const DAY_SECONDS = 86_400
const POLICY = 'two-secrets'
const PEOPLE = ['alice', 'bob']

/** Makes a realm of its own, so that tests on one server do not meet. */
export async function createRealm(
  admin: AdminApi,
  url: string,
  options: KeycloakRealmOptions,
): Promise<KeycloakRealm> {
  const name = `realm-${randomUUID()}`
  const password = randomBytes(16).toString('hex')
  const { groups = {} } = options
  await admin('POST', '', {
    realm: name,
    enabled: true,
    // Its default takes a tenth of a second of one core for each login.
    passwordPolicy: 'hashAlgorithm(pbkdf2-sha256) and hashIterations(1)',
    clients: [...(options.clients ?? []).map(describeClient), ...describeManager(options)],
    groups: [...new Set(Object.values(groups).flat())].map((group) => ({ name: group })),
    users: [
      ...PEOPLE.map((login) => describePerson(login, password, groups[login])),
      ...describeRights(options),
    ],
    ...describePolicy(options),
  })
  const issuer = `${url}/realms/${name}`
  return {
    name,
    issuer,
    loginForm: (login) => ({ username: login, password }),
    async registerClient(redirectUris) {
      const permit = { count: 1, expiration: DAY_SECONDS }
      const { token } = (await admin('POST', `/${name}/clients-initial-access`, permit)) as {
        token: string
      }
      return registerClient(`${issuer}/clients-registrations/openid-connect`, token, {
        redirectUris,
      })
    },
  }
}

function describeClient({ clientId, clientSecret, redirectUris, signedOutUris }: OidcClient) {
  const protocolMappers = [GROUPS_CLAIM]
  const attributes = { 'post.logout.redirect.uris': (signedOutUris ?? []).join('##') }
  const about = { publicClient: false, protocolMappers, attributes }
  return { clientId, secret: clientSecret, redirectUris, ...about }
}

/** Puts the groups of a person into ID tokens. */
const GROUPS_CLAIM = {
  name: 'groups',
  protocol: 'openid-connect',
  protocolMapper: 'oidc-group-membership-mapper',
  config: { 'claim.name': 'groups', 'full.path': 'false', 'id.token.claim': 'true' },
}

function describeManager({ manager }: KeycloakRealmOptions) {
  if (manager === undefined) return []
  const { clientId, clientSecret: secret } = manager
  return [{ clientId, secret, serviceAccountsEnabled: true, standardFlowEnabled: false }]
}

function describeRights({ manager }: KeycloakRealmOptions) {
  if (manager === undefined) return []
  const { clientId } = manager
  return [
    {
      username: `service-account-${clientId}`,
      enabled: true,
      serviceAccountClientId: clientId,
      clientRoles: { 'realm-management': ['manage-clients'] },
    },
  ]
}

function describePerson(login: string, password: string, groups: readonly string[] = []) {
  return {
    username: login,
    groups: groups.map((group) => `/${group}`),
    enabled: true,
    email: `${login}@example.test`,
    emailVerified: true,
    firstName: login,
    lastName: 'Example',
    credentials: [{ type: 'password', value: password, temporary: false }],
  }
}

/** A client that updates its own registration gets a new secret each time, as its time to renew has always come. */
function describePolicy({ twoSecretsForSeconds }: KeycloakRealmOptions) {
  if (twoSecretsForSeconds === undefined) return {}
  const configuration = {
    'expiration-period': DAY_SECONDS,
    'rotated-expiration-period': twoSecretsForSeconds,
    'remaining-rotation-period': DAY_SECONDS,
  }
  const executors = [{ executor: 'secret-rotation', configuration }]
  const conditions = [
    { condition: 'client-access-type', configuration: { type: ['confidential'] } },
  ]
  return {
    clientProfiles: { profiles: [{ name: POLICY, executors }] },
    clientPolicies: { policies: [{ name: POLICY, enabled: true, conditions, profiles: [POLICY] }] },
  }
}

/** A request to Keycloak's admin REST API: method, path below `/admin/realms`, body. */
type AdminApi = (method: string, path: string, body?: unknown) => Promise<unknown>

/**
 * The admin API as the first administrator sees it. Logs in anew for each request: its tokens last for a minute.
 *
 * The returned function throws an `Error` with the status, unless it is a success.
 */
export function openAdminApi(
  url: string,
  administrator: { readonly username: string; readonly password: string },
): AdminApi {
  return async (method, path, body) => {
    const token = await fetchToken(url, administrator)
    const response = await fetch(`${url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`Keycloak answered ${method} ${path} with ${response.status}`)
    const text = await response.text()
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }
}

async function fetchToken(
  url: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<string> {
  const response = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: 'admin-cli',
      username,
      password,
    }),
  })
  if (!response.ok) throw new Error(`Keycloak refused its administrator with ${response.status}`)
  return ((await response.json()) as { access_token: string }).access_token
}

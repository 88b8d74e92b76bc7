import { sign } from 'node:crypto'
import { jsonIn, parseSecureUrl, readRegularFile } from '@rekey/secret'
import { type Clock, Secret, SecretError } from '@rekey/secret'
import { fileError } from '@rekey/secret/internal/files'
import {
  askCloud,
  type CloudCalls,
  type CloudToken,
  type Json,
  objectIn,
  strangeAnswer,
} from './cloud-request.ts'

/** Environment variables, as in `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>

const GOOGLE = 'the login to Google Cloud'
const AZURE = 'the login to Azure'
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const REFUSED = ['forbidden', 'bad-credentials', 'the credentials are refused: renew them'] as const
/** The errors of token endpoints for credentials (RFC 6749, section 5.2). */
const OAUTH = { invalid_grant: REFUSED, invalid_client: REFUSED, unauthorized_client: REFUSED }

/**
 * Logs in to Google Cloud with the file of `GOOGLE_APPLICATION_CREDENTIALS`: the key of a service account (RFC 7523), or a login of
 * `gcloud auth application-default`. Without it, as the service
 * account of the machine or pod, by the metadata server.
 *
 * @see https://cloud.google.com/docs/authentication/application-default-credentials
 */
export async function loginToGoogle(env: Variables, calls: CloudCalls): Promise<CloudToken> {
  const path = env['GOOGLE_APPLICATION_CREDENTIALS']
  if (!path) {
    // It answers on the machine itself, by http alone.
    const host = env['GCE_METADATA_HOST'] ?? 'metadata.google.internal'
    const url = new URL(`http://${host}/computeMetadata/v1/instance/service-accounts/default/token`)
    const request = { what: GOOGLE, url, headers: { 'metadata-flavor': 'Google' } }
    return tokenIn(await askCloud(request, calls), GOOGLE, calls.clock)
  }
  const content = objectIn(jsonIn(await readFile(path))) ?? {}
  const kind = GOOGLE_KINDS[String(content['type'])]
  if (kind === undefined) {
    const kinds = Object.keys(GOOGLE_KINDS).join(', ')
    const message = `the type in GOOGLE_APPLICATION_CREDENTIALS is not one of ${kinds}: name another file`
    throw new SecretError('malformed', message)
  }
  return kind(content, calls)
}

type GoogleLogin = (file: Json, calls: CloudCalls) => Promise<CloudToken>

const GOOGLE_KINDS: Readonly<Record<string, GoogleLogin>> = {
  async service_account(file, calls) {
    const audience = textOf(file, 'token_uri')
    const now = Math.floor(calls.clock.now() / 1_000)
    const claims = { iss: textOf(file, 'client_email'), scope: SCOPE, aud: audience, iat: now }
    const assertion = signJwt({ ...claims, exp: now + 3_600 }, textOf(file, 'private_key'))
    return exchange(GOOGLE, audience, { grant_type: JWT_BEARER, assertion }, calls)
  },
  authorized_user: (file, calls) =>
    exchange(
      GOOGLE,
      'https://oauth2.googleapis.com/token',
      {
        grant_type: 'refresh_token',
        client_id: textOf(file, 'client_id'),
        client_secret: textOf(file, 'client_secret'),
        refresh_token: textOf(file, 'refresh_token'),
      },
      calls,
    ),
}

/** A JSON Web Token (RFC 7519), signed with RS256. */
function signJwt(claims: object, key: string): string {
  const parts = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  try {
    const signature = sign('sha256', Buffer.from(parts.join('.')), key)
    return [...parts, signature.toString('base64url')].join('.')
  } catch {
    throw new SecretError('malformed', 'private_key is no private key: make a new key file')
  }
}

/**
 * Logs in to Azure: as a workload with the token in `AZURE_FEDERATED_TOKEN_FILE`, with `AZURE_CLIENT_SECRET`, or else with the
 * managed identity of the app (`IDENTITY_ENDPOINT`) or machine. `AZURE_CLIENT_ID` chooses the identity.
 *
 * @param audience the service that the token is for: `https://vault.azure.net`
 */
export async function loginToAzure(
  env: Variables,
  audience: string,
  calls: CloudCalls,
): Promise<CloudToken> {
  const { AZURE_CLIENT_ID: id = '', AZURE_TENANT_ID: tenant = '' } = env
  const proof = await azureProof(env)
  if (proof === undefined) return managedIdentity(env, audience, calls)
  if (!/^[\w.-]+$/.test(tenant) || !id) {
    throw new SecretError('malformed', 'set AZURE_TENANT_ID and AZURE_CLIENT_ID for that login')
  }
  const authority = env['AZURE_AUTHORITY_HOST'] ?? 'https://login.microsoftonline.com'
  const form = { grant_type: 'client_credentials', client_id: id, scope: `${audience}/.default` }
  const address = new URL(`/${tenant}/oauth2/v2.0/token`, authority)
  return exchange(AZURE, String(address), { ...form, ...proof }, calls)
}

async function azureProof(env: Variables): Promise<Record<string, string> | undefined> {
  const { AZURE_FEDERATED_TOKEN_FILE: file, AZURE_CLIENT_SECRET: client_secret } = env
  if (!file) return client_secret ? { client_secret } : undefined
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  return { client_assertion_type, client_assertion: (await readFile(file)).trim() }
}

async function managedIdentity(env: Variables, audience: string, calls: CloudCalls) {
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header } = env
  const host = env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] ?? 'http://169.254.169.254'
  // Both answer on the machine itself, by http alone.
  const url = new URL(endpoint ?? '/metadata/identity/oauth2/token', host)
  url.searchParams.set('api-version', endpoint === undefined ? '2018-02-01' : '2019-08-01')
  url.searchParams.set('resource', audience)
  if (env['AZURE_CLIENT_ID']) url.searchParams.set('client_id', env['AZURE_CLIENT_ID'])
  const headers =
    endpoint === undefined ? { metadata: 'true' } : { 'x-identity-header': header ?? '' }
  return tokenIn(await askCloud({ what: AZURE, url, headers }, calls), AZURE, calls.clock)
}

/** Sends a form to a token endpoint, by https or on loopback. */
async function exchange(
  what: string,
  address: string,
  form: Readonly<Record<string, string>>,
  calls: CloudCalls,
): Promise<CloudToken> {
  const url = parseSecureUrl(address, `the token endpoint of ${what}`)
  const request = { what, url, body: new URLSearchParams(form), codes: OAUTH }
  return tokenIn(await askCloud(request, calls), what, calls.clock)
}

/** Lifetimes are seconds, which Azure writes as texts; a managed identity of an app answers with the end alone. */
function tokenIn(body: Json, what: string, clock: Clock): CloudToken {
  const { access_token: token, expires_in: seconds, expires_on: end } = body
  const livesMs =
    seconds === undefined ? Number(end) * 1_000 - clock.now() : Number(seconds) * 1_000
  if (typeof token !== 'string' || token === '' || Number.isNaN(livesMs)) throw strangeAnswer(what)
  return { token: Secret.of(token, 'CLOUD_TOKEN'), livesMs }
}

/** A file that is not there makes no secret a missing one. */
async function readFile(path: string): Promise<string> {
  return readRegularFile(path).catch((error: unknown) => {
    throw fileError(error, path, { ENOENT: ['unreachable', 'is not there: put the login there'] })
  })
}

function textOf(file: Json, field: string): string {
  const value = file[field]
  if (typeof value === 'string' && value !== '') return value
  throw new SecretError('malformed', `the file of the login has no ${field}: download it again`)
}

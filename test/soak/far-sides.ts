import { X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { connect } from 'node:tls'
import type { Stack } from '@rekey/stack'
import pg from 'pg'

/** Shows a value to what it is for. Gives whether that takes it; undefined where the value is shown to nothing. */
export type FarSide = (title: string, value: string) => Promise<boolean | undefined>

interface Adapted {
  readonly provider: { readonly url: string }
}

interface Question {
  readonly url: string
  readonly ca: string
  readonly servername?: string
  /** The key and the certificates (PEM) of the caller. */
  readonly identity?: string
  readonly method?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const LIMIT_MS = 20_000
/** The answer to a key that is accepted; a refusal is 401, or 429 after several. */
const PROVEN = 204
/** Of PostgreSQL: invalid_authorization_specification, invalid_password. */
const REFUSALS = ['28000', '28P01']

/**
 * Creates the judge of values: it asks the servers themselves, and nothing of Rekey.
 *
 * @param publicRoot PEM of the root of the servers outside the family
 */
export function createFarSide(
  { family, trust, frontendUrl, storage }: Stack,
  publicRoot: string,
): FarSide {
  const { fleet, providers, secrets } = family
  const urlOf = (service: string) => {
    const replica = fleet.find((entry) => 'service' in entry && entry.service === service)
    if (replica === undefined) throw new TypeError(`the family has no ${service}`)
    return replica.url
  }
  const outside = { ca: publicRoot }
  const identityOf = async (service: string) =>
    (await storage.admin.read(`TLS_${service.toUpperCase()}`)).current.value.expose()
  return async (title, value) => {
    const [kind, parties = ''] = title.split(' ')
    const [service = '', receiver = ''] = parties.split(':')
    switch (kind) {
      case 'api-key': {
        const url = new URL('/api-key/proof', urlOf(receiver)).href
        const headers = { authorization: `Bearer ${value}` }
        const identity = await identityOf(service)
        const call = { url, ca: trust, servername: receiver, headers, identity }
        return (await statusOf(call)) === PROVEN
      }
      case 'database':
      case 'rotator-login':
        return logsIn(value)
      case 'tls':
        return (await servedBy(urlOf(service), service, trust)) === fingerprintIn(value)
      case 'oidc-client': {
        const issuer = (providers['main'] as { readonly issuer: string }).issuer
        const redirect = new URL('/callback', frontendUrl).href
        const url = new URL('/token', issuer).href
        return (await statusOf({ ...outside, ...tokenRequest(url, value, redirect) })) !== 401
      }
      case 'integration': {
        const [{ provider }] = secrets['integration'] as unknown as [Adapted]
        const url = new URL('/notices', provider.url).href
        const headers = { authorization: `Bearer ${value}` }
        return (await statusOf({ ...outside, url, method: 'POST', headers })) !== 401
      }
      default:
        return undefined
    }
  }
}

/** Sends an invalid authorization code: the provider answers 401 to a wrong client secret, and 400 to a correct one with this code. */
function tokenRequest(url: string, secret: string, redirect: string) {
  const basic = Buffer.from(`frontend:${encodeURIComponent(secret)}`).toString('base64')
  const form = { grant_type: 'authorization_code', code: 'none', redirect_uri: redirect }
  return {
    ...{ url, method: 'POST', body: new URLSearchParams(form).toString() },
    headers: {
      authorization: `Basic ${basic}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
  }
}

function statusOf({ url, ca, servername, identity, method = 'GET', headers, body }: Question) {
  return new Promise<number>((resolve, reject) => {
    const options = {
      method,
      headers,
      ca,
      agent: false,
      ...(servername && { servername }),
      ...(identity && { key: identity, cert: identity }),
    }
    const asked = request(url, { ...options, timeout: LIMIT_MS }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    asked.on('timeout', () => asked.destroy(new Error(`${url} did not answer`)))
    asked.on('error', reject)
    asked.end(body)
  })
}

async function logsIn(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: LIMIT_MS })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } catch (error) {
    if (REFUSALS.includes((error as { code?: string }).code ?? '')) return false
    throw error
  } finally {
    await client.end()
  }
}

function servedBy(url: string, servername: string, ca: string): Promise<string> {
  const { hostname: host, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), servername, ca }, () => {
      resolve(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    })
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error(`${url} did not answer`)))
    socket.on('error', reject)
  })
}

/** The leaf comes first. */
function fingerprintIn(identity: string): string {
  return new X509Certificate(identity.slice(identity.indexOf('-----BEGIN CERTIFICATE')))
    .fingerprint256
}

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** How a provider behaves; a test changes it while it runs. */
interface Behaviour {
  /** Claims of the person who logs in next, over those of an honest provider. */
  claims: Readonly<Record<string, unknown>>
  /** The ID token is signed with a key that the provider does not publish. */
  isForged: boolean
  /** The token endpoint ends the connection without an answer. */
  isSilent: boolean
}

interface Grant {
  readonly nonce: string
  readonly challenge: string
}

/** A provider that may lie, which one of a library does not. Logs everyone in at once, without a form. */
export interface LyingProvider extends AsyncDisposable {
  readonly issuer: string
  readonly behaviour: Behaviour
  /** How often its token endpoint was asked. */
  readonly exchanges: () => number
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** Opens it for one client, which authenticates by HTTP Basic. */
export async function openLyingProvider(
  clientId: string,
  clientSecret: string,
): Promise<LyingProvider> {
  const [own, other] = [newKey(), newKey()]
  const grants = new Map<string, Grant>()
  const behaviour: Behaviour = { claims: {}, isForged: false, isSilent: false }
  let exchanges = 0
  const tokens = async (request: IncomingMessage) => {
    const asked = new URLSearchParams(await text(request))
    const isClient =
      request.headers.authorization ===
      `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
    if (!isClient) return { status: 401, body: { error: 'invalid_client' } }
    const code = asked.get('code') ?? ''
    const grant = grants.get(code)
    grants.delete(code)
    const proof = createHash('sha256').update(asked.get('code_verifier') ?? '')
    if (grant?.challenge !== proof.digest('base64url')) {
      return { status: 400, body: { error: 'invalid_grant' } }
    }
    const seconds = Math.floor(Date.now() / 1_000)
    const honest = { iss: issuer, aud: clientId, iat: seconds, exp: seconds + 300 }
    const person = { sub: 'alice', nonce: grant.nonce, auth_time: seconds }
    const claims = { ...honest, ...person, ...behaviour.claims }
    const idToken = jwt(claims, behaviour.isForged ? other.privateKey : own.privateKey)
    return { status: 200, body: { access_token: 'a', token_type: 'bearer', id_token: idToken } }
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', issuer)
    const json = (body: unknown, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (url.pathname === '/token') {
      exchanges += 1
      if (behaviour.isSilent) response.destroy()
      else void tokens(request).then(({ status, body }) => json(body, status))
    } else if (url.pathname === '/jwks') {
      json({ keys: [{ ...own.publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] })
    } else if (url.pathname === '/authorize') {
      const location = grantCode(url.searchParams, grants)
      response.writeHead(302, { location }).end()
    } else json(describe(issuer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...{ issuer, behaviour, exchanges: () => exchanges },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function describe(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    id_token_signing_alg_values_supported: ['ES256'],
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
  }
}

function grantCode(asked: URLSearchParams, grants: Map<string, Grant>): string {
  const code = randomBytes(16).toString('hex')
  const [nonce, challenge] = [asked.get('nonce') ?? '', asked.get('code_challenge') ?? '']
  grants.set(code, { nonce, challenge })
  const back = new URL(asked.get('redirect_uri') ?? '')
  back.searchParams.set('code', code)
  back.searchParams.set('state', asked.get('state') ?? '')
  return back.href
}

function jwt(claims: object, key: KeyObject): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const content = `${part({ alg: 'ES256' })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' })
  return `${content}.${signature.toString('base64url')}`
}

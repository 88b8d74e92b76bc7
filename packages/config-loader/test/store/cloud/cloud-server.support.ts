import { generateKeyPairSync, randomUUID, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A new pair of keys. */
export const newKeys = () => generateKeyPairSync('rsa', { modulusLength: 2_048 })

/** The key of the service account that the server knows, made for this run. */
export const ACCOUNT = newKeys()

interface GcpVersion {
  data: string
  dataCrc32c: string
  state: 'ENABLED' | 'DISABLED' | 'DESTROYED'
}

/** A secret as Secret Manager keeps it. */
interface GcpState {
  readonly made: string
  etag: number
  versionAliases: Record<string, string>
  annotations: Record<string, string>
  versions: GcpVersion[]
}

interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

type Answer = readonly [status: number, body: unknown, headers?: Record<string, string>]

/** A fault: an answer in place of the server's, an ended connection, or none at all. */
export type Fault = Answer | 'cut' | 'hang'

const GCP_PATH =
  /^\/v1\/projects\/[a-z\d-]+\/secrets(?:\/([\w-]+))?(?:\/versions\/(\w+))?(?::(\w+))?$/
const noFault: (request: Asked, isDone: boolean) => Fault | undefined = () => undefined
const failed = (code: number, status: string): Answer => [code, { error: { code, status } }]

/**
 * A small server made from the documented behaviour of Secret Manager (REST v1, etags), Key Vault (7.4, the recorded examples of its
 * specification) and their logins. It is no real service and no emulator of one. Every answer takes turns with others.
 */
export async function openCloudServer() {
  const secrets = new Map<string, GcpState>()
  const vault = new Map<string, string>()
  const asked: Asked[] = []
  const tokens = new Set<string>()
  const state = {
    ...{ secrets, vault, asked, tokens, livesS: 3_600 },
    /** Asked for each request before it is carried out (`false`), and after that. */
    fault: noFault,
  }
  const issue = (path: string): Answer => {
    const access_token = randomUUID()
    tokens.add(access_token)
    const expires_on = String(Math.floor(Date.now() / 1_000) + state.livesS)
    // That of an app has no `expires_in`.
    const lives = path.startsWith('/msi/') ? { expires_on } : { expires_in: String(state.livesS) }
    return [200, { access_token, token_type: 'Bearer', ...lives }]
  }
  const serve = (request: Asked): Answer => {
    const { headers, url } = request
    if (url.pathname.endsWith('token'))
      return isLogin(request) ? issue(url.pathname) : [400, { error: 'invalid_grant' }]
    if (!tokens.has((headers.authorization ?? '').replace('Bearer ', ''))) {
      return failed(401, 'UNAUTHENTICATED')
    }
    return url.pathname.startsWith('/v1/') ? serveGcp(secrets, request) : serveVault(vault, url)
  }
  const server = createServer((incoming, response) => {
    void handle(incoming, response).catch(() => response.destroy())
  })
  async function handle(incoming: IncomingMessage, response: ServerResponse) {
    let text = ''
    for await (const chunk of incoming.setEncoding('utf8')) text += String(chunk)
    const url = new URL(incoming.url ?? '', 'http://localhost')
    const request = { method: incoming.method ?? '', url, headers: incoming.headers, text }
    asked.push(request)
    await new Promise(setImmediate)
    let fault = state.fault(request, false)
    const answer = fault === undefined ? serve(request) : undefined
    fault ??= state.fault(request, true)
    if (fault === 'hang') return
    if (fault === 'cut') return response.destroy()
    const [status, body, more] = fault ?? answer ?? [500, {}]
    response.writeHead(status, { 'content-type': 'application/json', ...more })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => {
      server.close(() => {
        resolve()
      })
    })
  }
  const url = `http://127.0.0.1:${port}`
  return Object.assign(state, { url, host: `127.0.0.1:${port}`, close })
}

/** The server of one test. */
export async function useCloudServer() {
  const server = await openCloudServer()
  onTestFinished(server.close)
  return server
}

function isLogin({ url, headers, text }: Asked): boolean {
  if (url.pathname.startsWith('/computeMetadata/')) return headers['metadata-flavor'] === 'Google'
  if (url.pathname.startsWith('/metadata/')) return headers['metadata'] === 'true'
  if (url.pathname.startsWith('/msi/')) return headers['x-identity-header'] === 'given'
  const form = new URLSearchParams(text)
  if (form.get('client_assertion') !== null) return form.get('client_assertion') === 'federated'
  if (form.get('client_secret') !== null) return form.get('client_secret') === 'given'
  const [head, claims, signature = ''] = (form.get('assertion') ?? '').split('.')
  const signed = Buffer.from(`${head}.${claims}`)
  return verify('sha256', signed, ACCOUNT.publicKey, Buffer.from(signature, 'base64url'))
}

function serveVault(vault: Map<string, string>, { pathname }: URL): Answer {
  const name = pathname.slice('/secrets/'.length)
  const value = vault.get(name.toUpperCase())
  if (value === undefined) return [404, { error: { code: 'SecretNotFound', message: name } }]
  const id = `https://myvault.vault.azure.net/secrets/${name}/4387e9f3d6e14c459867679a90fd0f79`
  return [200, { value, id, attributes: { enabled: true, created: 1_493_938_410 } }]
}

interface Body {
  readonly etag?: string
  readonly versionAliases?: GcpState['versionAliases']
  readonly annotations?: GcpState['annotations']
  readonly payload?: GcpVersion
}

type Serve = (secret: GcpState, version: GcpVersion, body: Body) => unknown

const VERBS: Readonly<Record<string, Serve>> = {
  'GET ': (secret) => secret,
  'GET access': (secret, version) =>
    version.state === 'ENABLED' ? { payload: version } : failed(400, 'FAILED_PRECONDITION'),
  'POST addVersion'(secret, _version, { payload }) {
    if (payload === undefined) return failed(400, 'INVALID_ARGUMENT')
    const number = secret.versions.push({ ...payload, state: 'ENABLED' })
    return { name: `projects/123456/secrets/any/versions/${number}` }
  },
  'POST destroy': (_secret, version) => Object.assign(version, { state: 'DESTROYED', data: '' }),
  'PATCH '(secret, _version, { etag, versionAliases, annotations }) {
    if (etag !== `"${secret.etag}"`) return failed(400, 'FAILED_PRECONDITION')
    return Object.assign(secret, { etag: secret.etag + 1, versionAliases, annotations })
  },
}

function serveGcp(secrets: Map<string, GcpState>, { method, url, text }: Asked): Answer {
  const [, id = url.searchParams.get('secretId') ?? '', number = '0', verb = ''] =
    GCP_PATH.exec(url.pathname) ?? []
  const isNew = url.searchParams.has('secretId')
  if (isNew && secrets.has(id)) return failed(409, 'ALREADY_EXISTS')
  if (isNew)
    secrets.set(id, {
      made: randomUUID(),
      etag: 1,
      versionAliases: {},
      annotations: {},
      versions: [],
    })
  const secret = secrets.get(id)
  const version = secret?.versions[Number(number) - 1]
  if (secret === undefined || (number !== '0' && version === undefined)) {
    return failed(404, 'NOT_FOUND')
  }
  const serve = isNew ? VERBS['GET '] : VERBS[`${method} ${verb}`]
  const none: GcpVersion = { data: '', dataCrc32c: '', state: 'ENABLED' }
  const body = serve?.(secret, version ?? none, text === '' ? {} : (JSON.parse(text) as Body))
  if (Array.isArray(body)) return body as unknown as Answer
  if (body !== secret) return [200, body]
  const { versionAliases, annotations, made: createTime } = secret
  return [200, { versionAliases, annotations, createTime, etag: `"${secret.etag}"` }]
}

import type { AdapterOrder } from '@rekey/oidc-client/internal/rotate'
import type { CallCount } from './call-count.ts'
import type { Host } from './network.ts'
import { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** The client that an {@link IdentityProvider} knows. */
interface ClientThere {
  readonly clientId: string
  readonly firstSecret: string
  /** How many secrets it can hold: with one, the old one ends as the new one comes. */
  readonly holds: 1 | 2
  readonly adapterToken: string
}

/**
 * A model of an identity provider with one client, and of the adapter that changes its secret: a discovery document, a token endpoint
 * that knows the client by HTTP Basic (RFC 6749 section 2.3.1), and `PUT /client`.
 */
export class IdentityProvider implements Host {
  readonly process: VirtualProcess
  readonly issuer: string
  readonly #client: ClientThere
  readonly #calls: CallCount
  #accepted: readonly string[]

  constructor(name: string, client: ClientThere, { time }: WorldParts, calls: CallCount) {
    this.process = new VirtualProcess(name, time)
    this.issuer = `https://${name}`
    this.#client = client
    this.#calls = calls
    this.#accepted = [client.firstSecret]
  }

  async handle(request: Request, from: string): Promise<Response> {
    const { issuer } = this
    const { pathname } = new URL(request.url)
    const authorization = request.headers.get('authorization') ?? ''
    if (pathname.startsWith('/.well-known/')) {
      return Response.json({ issuer, token_endpoint: `${issuer}/token` })
    }
    if (pathname === '/client') return this.#change(authorization, await request.text())
    if (!this.#isClient(authorization)) {
      this.#calls.refuse(from)
      return Response.json({ error: 'invalid_client' }, { status: 401 })
    }
    const grant = new URLSearchParams(await request.text()).get('grant_type')
    if (grant !== 'client_credentials') {
      return Response.json({ error: 'invalid_grant' }, { status: 400 })
    }
    return Response.json({ access_token: 'a token', token_type: 'Bearer', expires_in: 60 })
  }

  #change(authorization: string, body: string): Response {
    const { adapterToken, holds } = this.#client
    if (authorization !== `Bearer ${adapterToken}`) return new Response(null, { status: 401 })
    const { secret, alsoAccepted } = JSON.parse(body) as AdapterOrder
    const isBeside = holds === 2 && alsoAccepted !== undefined
    this.#accepted = isBeside ? [secret, alsoAccepted] : [secret]
    return new Response(null, { status: 204 })
  }

  #isClient(authorization: string): boolean {
    const basic = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString()
    const [clientId, secret = ''] = basic.split(':').map(decodeURIComponent)
    return clientId === this.#client.clientId && this.#accepted.includes(secret)
  }
}

import { Agent as HttpAgent, type ClientRequest } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions } from 'node:https'
import { createSecureContext } from 'node:tls'

interface Requesting {
  addRequest(request: ClientRequest, options: object): void
}

/**
 * Makes an agent keep to itself what its requests are authenticated with. With `NODE_DEBUG=http` or `net` Node.js writes the
 * options of each new connection to stderr: the headers and `auth` of the first request, which has them on its own, and the
 * client's private key, which a context of TLS does not show.
 */
export function quieten<A extends HttpAgent>(agent: A): A {
  const inner = agent as unknown as Requesting
  const addRequest = inner.addRequest.bind(agent)
  inner.addRequest = (request, options) => {
    addRequest(request, { ...options, headers: undefined, auth: undefined })
  }
  hideKey((agent as Partial<Pick<HttpsAgent, 'options'>>).options ?? {})
  return agent
}

/** An agent for `http:` and one for `https:`, both quiet. */
export function createQuietAgents(options: AgentOptions = {}): {
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
} {
  return {
    httpAgent: quieten(new HttpAgent(options)),
    httpsAgent: quieten(new HttpsAgent(options)),
  }
}

function hideKey(options: AgentOptions): void {
  if (options.key === undefined && options.pfx === undefined) return
  options.secureContext = createSecureContext(options)
  for (const name of ['key', 'pfx', 'passphrase'] as const) Reflect.deleteProperty(options, name)
}

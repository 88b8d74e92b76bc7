import { type Agent, Agent as HttpAgent, type ClientRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions } from 'node:https'
import { createSecureContext } from 'node:tls'

/** The method of Node.js's agents that every request goes through; its types leave it out. */
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

/** Several times what Kubernetes (1 MiB) and AWS (64 KiB) take for one secret, since JSON and base64 make it longer. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/** The code of the error with which an answer ends that is too long. */
export const ANSWER_TOO_LARGE = 'ERR_ANSWER_TOO_LARGE'

/**
 * Makes an agent end every answer that is longer than {@link MAX_ANSWER_BYTES}, for clients that read answers whole and know
 * no limit. The reader of the answer gets an error with the code {@link ANSWER_TOO_LARGE}.
 */
export function limitAnswers<A extends Agent>(agent: A): A {
  const inner = agent as unknown as Requesting
  const addRequest = inner.addRequest.bind(agent)
  inner.addRequest = (request, options) => {
    request.prependOnceListener('response', limitAnswer)
    addRequest(request, options)
  }
  return agent
}

function limitAnswer(answer: IncomingMessage): void {
  const push = answer.push.bind(answer)
  let bytes = 0
  answer.push = (chunk: Buffer | null, encoding) => {
    bytes += chunk?.length ?? 0
    if (bytes <= MAX_ANSWER_BYTES) return push(chunk, encoding)
    answer.destroy(Object.assign(new Error('the answer is too long'), { code: ANSWER_TOO_LARGE }))
    return false
  }
}

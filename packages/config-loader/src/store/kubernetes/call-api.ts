import {
  type Configuration,
  createConfiguration,
  type RequestContext,
  ServerConfiguration,
} from '@kubernetes/client-node'
import { within } from '@rekey/secret'
import { limitAnswers, quieten } from '../http-agents.ts'
import type { Connect } from './kubernetes-access.ts'
import { kubernetesFailure } from './kubernetes-failure.ts'

/** How the API server is called. */
export interface ApiCallOptions {
  readonly connect: Connect
  /** How long an answer may take. */
  readonly timeoutMs: number
}

/** One call of a part of the API. */
export interface ApiCall<Api, Result> {
  /** The client's class of that part. */
  readonly api: new (configuration: Configuration) => Api
  /** In words, for errors: `read the Secret vpn/a`. */
  readonly action: string
  readonly send: (api: Api) => Promise<Result>
  readonly signal?: AbortSignal | undefined
  readonly contentType?: string | undefined
}

/**
 * Makes one call with current credentials and a time limit.
 *
 * @throws {SecretError} for each failure; what the signal aborts with is thrown as it is
 */
export async function callApi<Api, Result>(
  { api, action, send, signal, contentType }: ApiCall<Api, Result>,
  { connect, timeoutMs }: ApiCallOptions,
): Promise<Result> {
  const limit = { what: `the Kubernetes API's answer to ${action}`, limitMs: timeoutMs, signal }
  try {
    return await within(limit, async (limited) => {
      const config = await connect()
      const pre = (request: RequestContext) => {
        request.setSignal(limited)
        const agent = request.getAgent()
        if (agent) limitAnswers(quieten(agent))
        if (contentType !== undefined) request.setHeaderParam('Content-Type', contentType)
        return Promise.resolve(request)
      }
      const configuration = createConfiguration({
        baseServer: new ServerConfiguration(config.getCurrentCluster()?.server ?? '', {}),
        authMethods: { default: config },
        promiseMiddleware: [{ pre, post: (answer) => Promise.resolve(answer) }],
      })
      return send(new api(configuration))
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw kubernetesFailure(error, action)
  }
}

import {
  CoreV1Api,
  createConfiguration,
  type KubeConfig,
  type RequestContext,
  ServerConfiguration,
  V1ObjectMeta,
  V1Secret,
} from '@kubernetes/client-node'
import { SecretError, within } from '@rekey/secret'
import { limitAnswers, quieten } from '../http-agents.ts'
import type { Connect } from './kubernetes-access.ts'
import { kubernetesFailure, notUnderstood } from './kubernetes-failure.ts'
import type { SecretObject, SecretPatch } from './secret-object.ts'

/** The Secrets of one namespace. Every call throws a `SecretError`. */
export interface SecretsApi {
  /** `undefined` if there is no such Secret. */
  read(object: string, signal?: AbortSignal): Promise<SecretObject | undefined>
  /** `conflict` if it exists. */
  create(object: string, content: SecretPatch): Promise<void>
  /** `conflict` if it is no longer at `resourceVersion`. What the patch does not name stays as it is. */
  patch(object: string, resourceVersion: string, patch: SecretPatch): Promise<void>
}

/** Where the Secrets are and how long an answer may take. */
export interface SecretsApiOptions {
  readonly connect: Connect
  readonly namespace: string
  readonly timeoutMs: number
}

interface Call {
  readonly send: (api: CoreV1Api) => Promise<V1Secret>
  readonly signal?: AbortSignal | undefined
  readonly contentType?: string
}

const MERGE_PATCH = 'application/merge-patch+json'

/** The three requests that a store makes, each with current credentials and a time limit. */
export function createSecretsApi({ connect, namespace, timeoutMs }: SecretsApiOptions): SecretsApi {
  async function call(verb: string, name: string, wanted: Call): Promise<SecretObject> {
    const { send, signal, contentType } = wanted
    const action = `${verb} the Secret ${namespace}/${name}`
    const what = `the Kubernetes API's answer to ${verb} ${namespace}/${name}`
    const limit = { what, limitMs: timeoutMs, signal }
    try {
      const answer = await within(limit, async (limited) =>
        send(createApi(await connect(), { signal: limited, contentType })),
      )
      return fromApi(answer, action)
    } catch (error) {
      signal?.throwIfAborted()
      throw kubernetesFailure(error, action)
    }
  }
  return {
    read: (name, signal) =>
      call('read', name, {
        send: (api) => api.readNamespacedSecret({ namespace, name }),
        signal,
      }).catch(ifAbsent),
    async create(name, { data, annotations }) {
      const labels = { 'app.kubernetes.io/managed-by': 'rekey' }
      const metadata = Object.assign(new V1ObjectMeta(), { name, labels, annotations })
      const body = Object.assign(new V1Secret(), { metadata, type: 'Opaque', data })
      await call('create', name, { send: (api) => api.createNamespacedSecret({ namespace, body }) })
    },
    async patch(name, resourceVersion, { data, annotations }) {
      const body = { metadata: { resourceVersion, annotations }, data }
      const send: Call['send'] = (api) => api.patchNamespacedSecret({ namespace, name, body })
      await call('change', name, { send, contentType: MERGE_PATCH })
    },
  }
}

function ifAbsent(error: unknown): undefined {
  if (!(error instanceof SecretError) || error.details['reason'] !== 'absent') throw error
}

function createApi(
  config: KubeConfig,
  { signal, contentType }: { signal: AbortSignal; contentType: string | undefined },
): CoreV1Api {
  const pre = (request: RequestContext) => {
    request.setSignal(signal)
    const agent = request.getAgent()
    if (agent) limitAnswers(quieten(agent))
    if (contentType !== undefined) request.setHeaderParam('Content-Type', contentType)
    return Promise.resolve(request)
  }
  return new CoreV1Api(
    createConfiguration({
      baseServer: new ServerConfiguration(config.getCurrentCluster()?.server ?? '', {}),
      authMethods: { default: config },
      promiseMiddleware: [{ pre, post: (answer) => Promise.resolve(answer) }],
    }),
  )
}

/** The client takes any JSON and any text for a Secret; but one without a version was never in a store. */
function fromApi({ metadata, data, immutable }: V1Secret, action: string): SecretObject {
  if (metadata?.resourceVersion === undefined) throw notUnderstood(action)
  return {
    resourceVersion: metadata.resourceVersion,
    immutable: immutable ?? false,
    data: data ?? {},
    annotations: metadata.annotations ?? {},
  }
}

import { CoreV1Api, V1ObjectMeta, V1Secret } from '@kubernetes/client-node'
import { SecretError } from '@rekey/secret'
import { type ApiCall, type ApiCallOptions, callApi } from './call-api.ts'
import { notUnderstood } from './kubernetes-failure.ts'
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
export interface SecretsApiOptions extends ApiCallOptions {
  readonly namespace: string
}

type Call = Omit<ApiCall<CoreV1Api, V1Secret>, 'api' | 'action'>

const MERGE_PATCH = 'application/merge-patch+json'

/** The three requests that a store makes, each with current credentials and a time limit. */
export function createSecretsApi({ namespace, ...options }: SecretsApiOptions): SecretsApi {
  async function call(verb: string, name: string, wanted: Call): Promise<SecretObject> {
    const action = `${verb} the Secret ${namespace}/${name}`
    return fromApi(await callApi({ ...wanted, api: CoreV1Api, action }, options), action)
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

import {
  AuthorizationV1Api,
  V1ObjectMeta,
  V1SelfSubjectAccessReview,
} from '@kubernetes/client-node'
import { type ApiCallOptions, callApi } from './call-api.ts'
import { notUnderstood } from './kubernetes-failure.ts'
import { objectName } from './secret-object.ts'

/** The verbs of a rotation on the object of a secret, as `rbacFor` grants them. */
const ROTATE = ['get', 'patch'] as const

/**
 * Asks the API server for the rights that this account lacks to rotate secrets, one SelfSubjectAccessReview for each verb. The server
 * keeps nothing of it, and every authenticated account may ask (Kubernetes documentation, "Authorization: Checking API access").
 *
 * @throws {SecretError} as `callApi`
 */
export async function findLacking(
  namespace: string,
  names: readonly string[],
  options: ApiCallOptions & { readonly signal?: AbortSignal | undefined },
): Promise<string[]> {
  const asked = names.flatMap((name) => ROTATE.map((verb) => ({ verb, name: objectName(name) })))
  const allowed = await Promise.all(
    asked.map(async ({ verb, name }) => {
      const action = `review the right to ${verb} the Secret ${namespace}/${name}`
      const resourceAttributes = { namespace, verb, group: '', resource: 'secrets', name }
      const body = Object.assign(new V1SelfSubjectAccessReview(), {
        metadata: new V1ObjectMeta(),
        spec: { resourceAttributes },
      })
      const send = (api: AuthorizationV1Api) => api.createSelfSubjectAccessReview({ body })
      const { signal } = options
      const { status } = await callApi({ api: AuthorizationV1Api, action, send, signal }, options)
      if (typeof status?.allowed !== 'boolean') throw notUnderstood(action)
      return status.allowed
    }),
  )
  return asked.flatMap(({ verb, name }, at) =>
    allowed[at] === true
      ? []
      : [
          `the account may not ${verb} the Secret ${namespace}/${name}: apply the Role of rekey rights`,
        ],
  )
}

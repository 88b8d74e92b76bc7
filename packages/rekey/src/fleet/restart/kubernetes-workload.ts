import type { WorkloadOptions, WorkloadPod } from '@rekey/config-loader/internal/kubernetes'
import { annotationOf, type Workload } from './workload.ts'

/**
 * Opens a Deployment, StatefulSet or DaemonSet whose pods read their secrets at their start. The mark of a restart is an annotation of the
 * pod template, so each pod has that of the template that it was made from. Contacts nothing.
 *
 * @param env the variables by which the API server is found, see `findKubernetesAccess`
 * @throws {SecretError} `missing` where no API server is known; `refused` for one without TLS
 */
export async function openKubernetesWorkload(
  { kind, namespace, name }: Pick<WorkloadOptions, 'kind' | 'namespace' | 'name'>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Workload> {
  // The client is an optional peer dependency: it is loaded where it is used.
  const { createWorkload, findKubernetesAccess } =
    await import('@rekey/config-loader/internal/kubernetes')
  const access = findKubernetesAccess(env)
  const workload = createWorkload({ access, kind, namespace, name })
  return {
    name: `${kind} ${namespace}/${name}`,
    async look(secret, signal) {
      const { pods, ...state } = await workload.look(signal)
      const key = annotationOf(secret)
      return { ...state, instances: pods.map((pod) => instanceOf(pod, namespace, key)) }
    },
    restart: ({ secret, mark, isTrial }, signal) =>
      workload.annotate({ key: annotationOf(secret), value: mark, isTrial }, signal),
  }
}

function instanceOf(pod: WorkloadPod, namespace: string, key: string) {
  const { name, uid, annotations, isReady, isEnding, madeAt } = pod
  const url = `pod://${name}.${namespace}`
  return { id: uid, url, mark: annotations[key], isReady, isEnding, startedAt: madeAt }
}

import type { WorkloadOptions, WorkloadPod } from '@rekey/config-loader/internal/kubernetes'
import { createHash } from 'node:crypto'
import type { Workload } from './workload.ts'

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

/** Kubernetes documentation, "Annotations: Syntax and character set": up to 63 characters after the prefix. */
const ANNOTATION_NAME = /^[A-Z][A-Z0-9_]{0,61}[A-Z0-9]$/

/** The annotation of the pod template for one secret: it names the secret and, as its value, versions of it. */
function annotationOf(secret: string): string {
  const name = ANNOTATION_NAME.test(secret)
    ? secret
    : createHash('sha256').update(secret).digest('hex').slice(0, 32)
  return `restart.rekey.dev/${name}`
}

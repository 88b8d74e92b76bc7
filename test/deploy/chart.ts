import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'

/** The chart for an operator of any family. */
export const CHART = fileURLToPath(new URL('../../deploy/helm/rekey', import.meta.url))

/** An object of the Kubernetes API. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string }
}

/** What the chart is given by an operator who has secrets in another store, and no wishes. */
export const LEAST_VALUES = {
  image: { repository: 'registry.example/rekey', digest: `sha256:${'0'.repeat(64)}` },
  files: { 'deployment.json': '{}' },
}

/** How a run of Helm ended, and what it printed. */
export interface HelmRun {
  readonly code: number
  readonly output: string
}

/** Without a cluster to ask, Helm takes the version that its own build was given: here none. */
const KUBE_VERSION = '1.36.3'

/** Runs Helm on the chart with these values. */
export async function runHelm(
  helm: string,
  args: readonly string[],
  values: object,
): Promise<HelmRun> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-helm-'))
  try {
    const file = join(directory, 'values.json')
    await writeFile(file, JSON.stringify(values))
    // Helm reads what a user has installed: here nothing.
    const env = { PATH: process.env['PATH'], HOME: directory }
    const { stdout } = await promisify(execFile)(helm, [...args, '--values', file], { env })
    return { code: 0, output: stdout }
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as HelmRun & Record<string, string>
    if (typeof code !== 'number') throw error
    return { code, output: stdout + stderr }
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** Renders the chart as `helm install RELEASE --namespace NAMESPACE` would. @throws {Error} with Helm's own words */
export async function renderChart(
  helm: string,
  values: object,
  { release = 'rekey', namespace = 'vpn' } = {},
): Promise<Manifest[]> {
  const args = [
    'template',
    release,
    CHART,
    '--namespace',
    namespace,
    '--kube-version',
    KUBE_VERSION,
  ]
  const { code, output } = await runHelm(helm, args, values)
  if (code !== 0) throw new Error(output)
  const documents = parseAllDocuments(output)
  if ('empty' in documents) return []
  return documents
    .map((document) => document.toJS() as Manifest | null)
    .filter((one) => one !== null)
}

/** The one object of a kind. */
export function oneOf(manifests: readonly Manifest[], kind: string): Manifest {
  return only(manifests.filter((each) => each.kind === kind))
}

/** The CronJob whose name ends so. */
export function cronJobOf(manifests: readonly Manifest[], name: string): CronJob {
  return only(
    manifests
      .filter(({ kind }) => kind === 'CronJob')
      .filter(({ metadata }) => metadata.name.endsWith(`-${name}`)),
  ) as CronJob
}

/** The replicas of the controller. */
export function controllerOf(manifests: readonly Manifest[]): StatefulSet {
  return oneOf(manifests, 'StatefulSet') as StatefulSet
}

function only(found: readonly Manifest[]): Manifest {
  const [one, ...others] = found
  if (one === undefined || others.length > 0) throw new Error(`there are ${found.length} of it`)
  return one
}

/** The part of a CronJob that tests look at. */
export interface CronJob extends Manifest {
  readonly spec: {
    readonly schedule: string
    readonly jobTemplate: { readonly spec: { readonly template: PodTemplate } }
  }
}

/** The part of a StatefulSet that tests look at. */
export interface StatefulSet extends Manifest {
  readonly spec: { readonly replicas: number; readonly template: PodTemplate }
}

interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
  readonly spec: PodSpec
}

interface PodSpec {
  readonly serviceAccountName: string
  readonly automountServiceAccountToken: boolean
  readonly securityContext: object
  readonly volumes: readonly { readonly name: string }[]
  readonly containers: readonly [
    {
      readonly image: string
      readonly command: readonly string[]
      readonly args: readonly string[]
      readonly env?: readonly object[]
      readonly securityContext: object
      readonly volumeMounts: readonly object[]
    },
  ]
}

/** The pod of a CronJob, and its one container. */
export function podOf({ spec }: CronJob) {
  const pod = spec.jobTemplate.spec.template.spec
  return { pod, container: pod.containers[0] }
}

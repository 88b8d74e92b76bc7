import { SecretError } from '@rekey/secret'
import { importPeer } from '@rekey/secret/internal'
import { z } from 'zod'
import { annotationOf, type Workload, type WorkloadLook } from './workload.ts'

/** A service of Amazon ECS that is deployed by ECS itself. */
export interface EcsServiceOptions {
  readonly cluster: string
  readonly service: string
  /** Default: `AWS_REGION`, or what the AWS SDK finds. */
  readonly region?: string | undefined
}

/** Of the API's `Service`, see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html */
const described = z.object({
  services: z.array(
    z.object({
      serviceArn: z.string(),
      status: z.string(),
      deploymentController: z.object({ type: z.string() }).default({ type: 'ECS' }),
      deployments: z.array(
        z.object({
          id: z.string(),
          status: z.string(),
          createdAt: z.number(),
          desiredCount: z.int(),
          runningCount: z.int(),
          /** Absent where another controller deploys, and behind a Classic Load Balancer. */
          rolloutState: z.string().default('COMPLETED'),
        }),
      ),
      tags: z.array(z.object({ key: z.string(), value: z.string().default('') })).default([]),
    }),
  ),
})

type Described = z.output<typeof described>['services'][number]
type Deployment = Described['deployments'][number]

/** The last restart that was ordered: its mark, and the newest deployment before it. */
interface Order {
  readonly mark: string
  readonly before: Pick<Deployment, 'id' | 'createdAt'>
}

/**
 * Opens a service of ECS whose tasks read their secrets at their start. The order of a restart is a tag of the service, written before the
 * deployment is forced: a deployment that began after the tag's is a restart, by the rotator or another program. Contacts nothing.
 *
 * @param env `AWS_REGION` and `AWS_ENDPOINT_URL_ECS`, see `createEcsCall`
 * @throws {SecretError} `refused` without the AWS SDK, or for an endpoint without TLS
 */
export async function openEcsService(
  { cluster, service, region }: EcsServiceOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Workload> {
  const name = `ECS service ${cluster}/${service}`
  const sdk = { of: '@rekey/config-loader', name: '@aws-sdk/client-secrets-manager' }
  const { createEcsCall } = await importPeer(
    { ...sdk, url: import.meta.url, need: `a restart of ${name}` },
    () => import('@rekey/config-loader/internal/aws'),
  )
  const call = createEcsCall({ name, region, env })
  const find = async (signal?: AbortSignal) => {
    const input = { cluster, services: [service], include: ['TAGS'] }
    const answer = described.safeParse(await call('DescribeServices', input, signal))
    if (!answer.success) {
      throw new SecretError(
        'unreachable',
        `${name}: the answer is not one of ECS: see the endpoint`,
      )
    }
    const [found] = answer.data.services
    if (found !== undefined && found.status !== 'INACTIVE') return found
    throw new SecretError('missing', `there is no ${name}: correct it in the fleet`)
  }
  return {
    name,
    look: async (secret, signal) =>
      lookAt(`ecs://${cluster}/${service}`, secret, await find(signal)),
    async restart({ secret, mark, isTrial = false }, signal) {
      const found = await find(signal)
      const known = orderOf(found, secret)
      const { type } = found.deploymentController
      if (found.status !== 'ACTIVE' || type !== 'ECS') {
        const why = type === 'ECS' ? `is ${found.status}` : `is deployed by ${type}, not by ECS`
        throw new SecretError(
          'refused',
          `${name} ${why}: let it reload and report, or restart it yourself`,
        )
      }
      const { deployments } = found
      const isMade = deployments.some(
        (one) => one.status === 'PRIMARY' && known?.mark === mark && isAfter(one, known),
      )
      if (isTrial || isMade) return
      // The PRIMARY one may be older: ECS has rolled back to it.
      const [newest] = deployments.toSorted((one, other) => other.createdAt - one.createdAt)
      const { id = 'none', createdAt = 0 } = newest ?? {}
      const tag = { key: annotationOf(secret), value: `${mark} after ${id} ${createdAt}` }
      await call('TagResource', { resourceArn: found.serviceArn, tags: [tag] }, signal)
      await call('UpdateService', { cluster, service, forceNewDeployment: true }, signal)
    },
  }
}

function orderOf({ tags }: Described, secret: string): Order | undefined {
  const value = tags.find(({ key }) => key === annotationOf(secret))?.value
  const [, mark, id, at] = /^(.+) after (\S+) ([\d.]+)$/.exec(value ?? '') ?? []
  if (mark === undefined || id === undefined) return undefined
  return { mark, before: { id, createdAt: Number(at) } }
}

/** Both moments are of the clock of ECS. */
function isAfter({ id, createdAt }: Deployment, { before }: Order): boolean {
  return id !== before.id && createdAt >= before.createdAt
}

function lookAt(place: string, secret: string, found: Described): WorkloadLook {
  const order = orderOf(found, secret)
  const isNew = (one: Deployment) => order !== undefined && isAfter(one, order)
  const isFailed = (one: Deployment) => isNew(one) && one.rolloutState === 'FAILED'
  const running = found.deployments.filter(({ status }) => status !== 'INACTIVE')
  return {
    desired: 1,
    instances: running.map((one) => ({
      id: one.id,
      url: `${place}/${one.id.replace('ecs-svc/', '')}`,
      // Tasks of an older deployment may have been started when another version was current.
      mark: one.status === 'PRIMARY' && isNew(one) ? order?.mark : undefined,
      isReady: one.rolloutState === 'COMPLETED' && one.runningCount === one.desiredCount,
      isEnding: false,
      startedAt: one.createdAt * 1000,
    })),
    ...(found.deployments.some(isFailed) && { failure: 'its deployment is FAILED' }),
  }
}

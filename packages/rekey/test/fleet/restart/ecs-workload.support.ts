import { randomBytes } from 'node:crypto'
import type { Deployment } from '../../../src/family/deployment.ts'
import { openWorkloads } from '../../../src/family/rotator/open-fleet.ts'
import { openPlayedEcs } from './played-ecs.support.ts'

const ECS = { cluster: 'prod', service: 'shop', region: 'eu-central-1' }

/** Of two restarts, by which the second takes back what the first brought. */
export const MARKS = ['b replaces a', 'a replaces b'] as const

/** The workload of a family, as its rotator opens it. */
export async function openService(env: Readonly<Record<string, string>>, ecs: object = ECS) {
  const fleet = [{ service: 'shop', restart: { ecs } }]
  const family = { store: { locator: 'env', variables: env }, fleet } as unknown as Deployment
  const [workload] = (await openWorkloads(family, {})).get('shop') ?? []
  if (workload === undefined) throw new TypeError('no workload')
  return workload
}

/** The same at a contract server. */
export async function openPlayedService() {
  const ecs = await openPlayedEcs()
  const env = { ...ecs.env, AWS_SECRET_ACCESS_KEY: randomBytes(24).toString('hex') }
  return { ...ecs, workload: await openService(env) }
}

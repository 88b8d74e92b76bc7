import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

type Input = Record<string, unknown> & { tags?: { key: string; value: string }[] }

/** What the test decides about the played ECS. */
interface PlayedEcs {
  controller: string
  /** Behind a Classic Load Balancer ECS gives no state of a rollout. */
  hasStates: boolean
  /** The next deployments fail, and the circuit breaker rolls back. */
  isFailing: boolean
  /** Instead of the answer to an operation: a status and the type of an error, or a connection that is cut after the work was done. */
  faults: Map<string, string>
}

const ACCEPTED = /Credential=[^/]+\/\d{8}\/eu-central-1\/ecs\/aws4_request/

/**
 * A contract server of Amazon ECS, by its API Reference: moto has no rollouts. A forced deployment starts one of its two tasks at each look,
 * then ends the old ones, and is COMPLETED at last.
 */
export async function openPlayedEcs() {
  let count = 0
  const played: PlayedEcs = {
    controller: 'ECS',
    hasStates: true,
    isFailing: false,
    faults: new Map(),
  }
  const newDeployment = (runningCount: number) => ({
    ...{ id: `ecs-svc/${(count += 1)}`, status: 'PRIMARY', createdAt: 1_700_000_000 + count },
    ...{ desiredCount: 2, runningCount, rolloutState: 'IN_PROGRESS' },
  })
  let deployments = [{ ...newDeployment(2), rolloutState: 'COMPLETED' }]
  const tags = new Map<string, string>()
  const progress = () => {
    const [first, ...old] = deployments
    if (first?.rolloutState !== 'IN_PROGRESS') return
    if (played.isFailing) {
      const [last] = old
      first.rolloutState = 'FAILED'
      first.status = 'ACTIVE'
      deployments = [...(last ? [{ ...last, status: 'PRIMARY' }] : []), first]
    } else if (first.runningCount < first.desiredCount) first.runningCount += 1
    else if (old.length > 0) deployments = [first]
    else first.rolloutState = 'COMPLETED'
  }
  const force = () => {
    const old = deployments.map((one) => ({ ...one, status: 'ACTIVE' }))
    deployments = [newDeployment(0), ...old]
    return { service: {} }
  }
  const operations = new Map<string, (input: Input) => object>([
    [
      'DescribeServices',
      () => {
        const shown = deployments.map(({ rolloutState, ...one }) => {
          return played.hasStates ? { ...one, rolloutState } : one
        })
        progress()
        const deploymentController = { type: played.controller }
        const listed = [...tags].map(([key, value]) => ({ key, value }))
        const service = { serviceArn: 'arn:aws:ecs:shop', status: 'ACTIVE', deploymentController }
        return { services: [{ ...service, deployments: shown, tags: listed }], failures: [] }
      },
    ],
    [
      'TagResource',
      ({ tags: given = [] }) => {
        for (const { key, value } of given) tags.set(key, value)
        return {}
      },
    ],
    ['UpdateService', ({ forceNewDeployment }) => (forceNewDeployment === true ? force() : {})],
  ])
  const calls: string[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const input = (await json(request)) as Input
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
      if (!ACCEPTED.test(request.headers.authorization ?? '')) throw new Error('not signed for ECS')
      calls.push(operation)
      const fault = played.faults.get(operation)
      if (fault === 'cut before') return request.socket.destroy()
      if (fault !== undefined && fault !== 'cut') {
        return response.writeHead(400).end(JSON.stringify({ __type: fault, message: 'p4ssw0rd' }))
      }
      const answer = operations.get(operation)?.(input)
      if (fault === 'cut') return request.socket.destroy()
      return response.end(JSON.stringify(answer))
    })()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close().closeAllConnections()
  })
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...{ played, force, calls, tags, deployments: () => deployments },
    forced: () => count - 1,
    env: { AWS_ENDPOINT_URL_ECS: endpoint, AWS_ACCESS_KEY_ID: 'AKIAPLAYED' },
  }
}

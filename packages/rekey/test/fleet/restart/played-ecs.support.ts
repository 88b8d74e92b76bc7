import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

const SIGNED = /Credential=[^/]+\/\d{8}\/eu-central-1\/ecs\/aws4_request/

/**
 * A contract server of Amazon ECS, by its API Reference: moto has no rollouts. A forced deployment starts one of its two tasks at each look,
 * then ends the old ones, and is COMPLETED at last. `fault` is the type of an error, or `cut` or `cut before` for a lost `UpdateService`.
 */
export async function openPlayedEcs() {
  const played = { status: 'ACTIVE', controller: 'ECS', isFailing: false, fault: '', forced: 0 }
  const newDeployment = (runningCount: number, rolloutState: string) => ({
    ...{ id: `ecs-svc/${played.forced}`, status: 'PRIMARY', rolloutState },
    ...{ desiredCount: 2, runningCount, createdAt: 1_700_000_000 + played.forced },
  })
  let deployments = [newDeployment(2, 'COMPLETED')]
  const tags: unknown[] = []
  const progress = () => {
    const [first, ...old] = deployments
    if (first?.rolloutState !== 'IN_PROGRESS') return
    if (played.isFailing) {
      Object.assign(first, { status: 'ACTIVE', rolloutState: 'FAILED' })
      deployments = [...old.map((one) => ({ ...one, status: 'PRIMARY' })), first]
    } else if (first.runningCount < 2) first.runningCount += 1
    else if (old.length > 0) deployments = [first]
    else first.rolloutState = 'COMPLETED'
  }
  const force = () => {
    played.forced += 1
    const old = deployments.map((one) => ({ ...one, status: 'ACTIVE' }))
    deployments = [newDeployment(0, 'IN_PROGRESS'), ...old]
  }
  const operations: Record<string, (input: Record<string, unknown>) => object> = {
    DescribeServices() {
      const service = { serviceArn: 'arn:aws:ecs:shop', status: played.status, tags }
      const deploymentController = { type: played.controller }
      const isOwn = played.controller === 'ECS'
      const states = deployments.map(({ rolloutState, ...one }) =>
        isOwn ? { ...one, rolloutState } : one,
      )
      const shown = { ...service, deploymentController, deployments: states }
      progress()
      return { services: [shown] }
    },
    TagResource: (input) => ({ count: tags.unshift(...(input['tags'] as object[])) }),
    UpdateService({ forceNewDeployment }) {
      if (forceNewDeployment === true && played.fault !== 'cut before') force()
      return {}
    },
  }
  const server = createServer((request, response) => {
    void (async () => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
      const isSigned = SIGNED.test(request.headers.authorization ?? '')
      const isCut = played.fault.startsWith('cut')
      const fault = isCut || isSigned ? played.fault : 'MissingAuthenticationToken'
      if (fault !== '' && !isCut) {
        return response.writeHead(400).end(JSON.stringify({ __type: fault, message: 'p4ssw0rd' }))
      }
      const answer = operations[operation]?.((await json(request)) as Record<string, unknown>)
      if (isCut && operation === 'UpdateService') return request.socket.destroy()
      return response.end(JSON.stringify(answer))
    })()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close().closeAllConnections()
  })
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = { AWS_ENDPOINT_URL_ECS: endpoint, AWS_ACCESS_KEY_ID: 'AKIAPLAYED' }
  return { played, force, deployments: () => deployments, env }
}

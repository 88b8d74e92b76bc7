import { expect, it } from 'vitest'
import {
  MARKS,
  openPlayedService,
  openService,
} from '../../../test/fleet/restart/ecs-workload.support.ts'
import { NAME } from '../../../test/fleet/restart/far-side.support.ts'
import { defineFamily } from '../../family/family.ts'

it.each([
  ['whose answer was lost', 'cut', 1],
  ['that did not arrive', 'cut before', 0],
])('is deployed once by an order %s', async (_what, fault, before) => {
  const { workload, played } = await openPlayedService()
  const order = { secret: NAME, mark: MARKS[0] }
  played.fault = fault
  await expect(workload.restart(order)).rejects.toMatchObject({ code: 'unreachable' })
  expect(played.forced).toBe(before)
  played.fault = ''
  for (let run = 0; run < 3; run += 1) await workload.restart(order)
  expect(played.forced).toBe(1)
})

it('takes a deployment that another program began after the order, and none that was there before', async () => {
  const { workload, played, force, deployments } = await openPlayedService()
  const order = { secret: NAME, mark: MARKS[0] }
  played.fault = 'cut before'
  await expect(workload.restart(order)).rejects.toThrow()
  const marks = async () => (await workload.look(NAME)).instances.map(({ mark }) => mark)
  expect(await marks()).toEqual([undefined])
  force()
  played.fault = ''
  await workload.restart(order)
  expect(await marks()).toEqual([MARKS[0], undefined])
  await expect.poll(marks).toEqual([MARKS[0]])
  expect([played.forced, deployments().length]).toEqual([1, 1])
})

it('takes nothing that ECS rolls back to for a restart', async () => {
  const { workload, played } = await openPlayedService()
  played.isFailing = true
  await workload.restart({ secret: NAME, mark: MARKS[0] })
  expect((await workload.look(NAME)).failure).toBeUndefined()
  expect((await workload.look(NAME)).failure).toBe('its deployment is FAILED')
  played.fault = 'cut before'
  await expect(workload.restart({ secret: NAME, mark: MARKS[1] })).rejects.toThrow()
  const { failure, instances } = await workload.look(NAME)
  expect(failure).toBeUndefined()
  expect(instances.map(({ mark }) => mark)).toEqual([undefined, undefined])
})

it('shows each deployment, and waits for one where there is none', async () => {
  const { workload, force } = await openPlayedService()
  const first = { id: 'ecs-svc/0', url: 'ecs://prod/shop/0', startedAt: 1_700_000_000_000 }
  const shown = { ...first, mark: undefined, isReady: true, isEnding: false }
  expect(workload.name).toBe('ECS service prod/shop')
  expect(await workload.look(NAME)).toEqual({ desired: 1, instances: [shown] })
  force()
  const { instances } = await workload.look(NAME)
  expect(instances.map(({ isReady }) => isReady)).toEqual([false, true])
})

it('is not ready while tasks are missing, and shows no deployment that has ended', async () => {
  const { workload, force, deployments } = await openPlayedService()
  Object.assign(deployments()[0] ?? {}, { runningCount: 1 })
  expect((await workload.look(NAME)).instances).toMatchObject([{ isReady: false }])
  force()
  Object.assign(deployments()[1] ?? {}, { status: 'INACTIVE' })
  expect((await workload.look(NAME)).instances).toMatchObject([{ id: 'ecs-svc/1' }])
})

it('is deployed once more for another mark, and for another secret', async () => {
  const { workload, played } = await openPlayedService()
  for (const mark of MARKS) await workload.restart({ secret: NAME, mark })
  await workload.restart({ secret: 'REDIS_OTHER', mark: MARKS[1], isTrial: true })
  expect(played.forced).toBe(2)
  await workload.restart({ secret: 'REDIS_OTHER', mark: MARKS[1] })
  expect(played.forced).toBe(3)
  expect((await workload.look('REDIS_OTHER')).instances[0]?.mark).toBe(MARKS[1])
})

const OTHERWISE = 'let it reload and report, or restart it yourself'

it.each([
  ['is ending', { status: 'DRAINING' }, 'refused', `is DRAINING: ${OTHERWISE}`],
  [
    'another program deploys',
    { controller: 'EXTERNAL' },
    'refused',
    `is deployed by EXTERNAL, not by ECS: ${OTHERWISE}`,
  ],
  ['was deleted', { status: 'INACTIVE' }, 'missing', 'correct it in the fleet'],
  ['is shown by no server of ECS', { status: 1 }, 'unreachable', 'the answer is not one of ECS'],
])('a service that %s is not deployed, nor is that tried', async (_, state, code, why) => {
  const { workload, played } = await openPlayedService()
  Object.assign(played, state)
  for (const isTrial of [true, false]) {
    const restart = workload.restart({ secret: NAME, mark: MARKS[0], isTrial })
    await expect(restart).rejects.toMatchObject({ code })
    await expect(restart).rejects.toThrow('ECS service prod/shop')
    await expect(restart).rejects.toThrow(why)
  }
  expect(played.forced).toBe(0)
})

it('needs a region, an endpoint with TLS, and names that ECS can have', async () => {
  const env = { AWS_ENDPOINT_URL_ECS: 'http://ecs.example', AWS_REGION: 'eu-central-1' }
  await expect(openService(env)).rejects.toMatchObject({ code: 'refused' })
  const fleet = [{ service: 'shop', restart: { ecs: { cluster: 'arn:aws:ecs:x' } } }]
  expect(() => defineFamily({ services: ['shop'], fleet })).toThrow('write the name, not the ARN')
})

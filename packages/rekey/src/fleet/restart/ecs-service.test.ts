// @lane servers
import { randomBytes } from 'node:crypto'
import { createEcsCall } from '@rekey/config-loader/internal/aws'
import type { FarSide } from '@rekey/secret/kind'
import { findForTest, openAwsServer } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'
import { NAME, openFarSide, rotateIn } from '../../../test/fleet/restart/far-side.support.ts'
import { openPlayedEcs } from '../../../test/fleet/restart/played-ecs.support.ts'
import { defineFamily } from '../../family/family.ts'
import { openWorkloads } from '../../family/rotator/open-fleet.ts'
import type { Deployment } from '../../family/deployment.ts'

const moto = await findForTest('moto')
const ECS = { cluster: 'prod', service: 'shop', region: 'eu-central-1' }
const MARKS = ['b replaces a', 'a replaces b'] as const

/** The workload of a family, as its rotator opens it. */
async function openService(env: Readonly<Record<string, string>>, ecs: object = ECS) {
  const fleet = [{ service: 'shop', restart: { ecs } }]
  const family = { store: { locator: 'env', variables: env }, fleet } as unknown as Deployment
  const [workload] = (await openWorkloads(family, {})).get('shop') ?? []
  if (workload === undefined) throw new TypeError('no workload')
  return workload
}

async function openShop() {
  const ecs = await openPlayedEcs()
  const env = { ...ecs.env, AWS_SECRET_ACCESS_KEY: randomBytes(24).toString('hex') }
  const workload = await openService(env)
  return { ...openFarSide(), ...ecs, workload, env, deadlineMs: 15_000 }
}

it('has the new value once ECS has replaced all tasks, and only then the old value ends', async () => {
  const shop = await openShop()
  const atEnd: object[] = []
  const farSide: FarSide = {
    ...shop.farSide,
    remove(...parts) {
      atEnd.push(...structuredClone(shop.deployments()))
      return shop.farSide.remove(...parts)
    },
  }
  await rotateIn({ ...shop, farSide }).done()
  expect(atEnd).toMatchObject([{ id: 'ecs-svc/1', rolloutState: 'COMPLETED' }])
  const { current } = await shop.store.read(NAME)
  expect([...shop.accepted]).toEqual([current.value.expose()])
}, 30_000)

it('has the old value again, by another deployment, where the circuit breaker of ECS gives the new one up', async () => {
  const shop = await openShop()
  shop.played.isFailing = true
  const rotation = rotateIn(shop).done({
    onEvent({ step, phase }) {
      if (step === 'roll-back' && phase === 'begin') shop.played.isFailing = false
    },
  })
  const failure = { code: 'rolled-back', reason: 'rejected' }
  await expect(rotation).rejects.toMatchObject(failure)
  await expect(rotation).rejects.toThrow('ECS service prod/shop does not start')
  expect((await shop.store.read(NAME)).current.value.expose()).toBe(shop.first)
  expect(shop.played.forced).toBe(2)
}, 30_000)

it.each([
  ['whose answer was lost', 'cut', 1],
  ['that did not arrive', 'cut before', 0],
])('is deployed once by an order %s', async (_what, fault, before) => {
  const { workload, played } = await openShop()
  const order = { secret: NAME, mark: MARKS[0] }
  played.fault = fault
  await expect(workload.restart(order)).rejects.toMatchObject({ code: 'unreachable' })
  expect(played.forced).toBe(before)
  played.fault = ''
  for (let run = 0; run < 3; run += 1) await workload.restart(order)
  expect(played.forced).toBe(1)
})

it('takes a deployment that another program began after the order, and none that was there before', async () => {
  const { workload, played, force, deployments } = await openShop()
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
  const { workload, played } = await openShop()
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

it('keeps its value where ECS does not deploy the service itself, or the rotator may not look', async () => {
  const shop = await openShop()
  shop.played.controller = 'CODE_DEPLOY'
  const failure = (reason: string) => ({ step: 'admit', reason })
  await expect(rotateIn(shop).done()).rejects.toMatchObject(failure('refused'))
  shop.played.fault = 'com.amazonaws.ecs#AccessDeniedException'
  const denied = rotateIn(shop).done()
  await expect(denied).rejects.toMatchObject(failure('forbidden'))
  await expect(denied).rejects.toThrow(/DescribeServices of ECS service prod\/shop is not allowed/)
  await expect(denied).rejects.not.toThrow('p4ssw0rd')
  expect((await shop.store.read(NAME)).current.value.expose()).toBe(shop.first)
  expect(shop.played.forced).toBe(0)
})

it('needs a region, an endpoint with TLS, and names that ECS can have', async () => {
  const env = { AWS_ENDPOINT_URL_ECS: 'http://ecs.example', AWS_REGION: 'eu-central-1' }
  await expect(openService(env)).rejects.toMatchObject({ code: 'refused' })
  const fleet = [{ service: 'shop', restart: { ecs: { cluster: 'arn:aws:ecs:x' } } }]
  expect(() => defineFamily({ services: ['shop'], fleet })).toThrow('write the name, not the ARN')
})

it.runIf(moto.found)(
  'is deployed once for each mark at a server of the API of AWS (moto)',
  async () => {
    const server = await openAwsServer({ program: moto.path })
    onTestFinished(() => server.close())
    const env = server.environment
    const call = createEcsCall({ name: 'the test', env })
    await call('CreateCluster', { clusterName: 'prod' })
    const containerDefinitions = [{ name: 'shop', image: 'shop', memory: 64 }]
    await call('RegisterTaskDefinition', { family: 'shop', containerDefinitions })
    const created = {
      cluster: 'prod',
      serviceName: 'shop',
      taskDefinition: 'shop',
      desiredCount: 0,
    }
    await call('CreateService', created)
    const workload = await openService(env, { cluster: 'prod' })
    const ids = new Set<string>()
    const look = async () => {
      const { instances } = await workload.look(NAME)
      for (const { id } of instances) ids.add(id)
      return instances.map(({ mark, isReady }) => ({ mark, isReady }))
    }
    expect(await look()).toEqual([{ mark: undefined, isReady: true }])
    for (const mark of MARKS) {
      await workload.restart({ secret: NAME, mark, isTrial: true })
      await workload.restart({ secret: NAME, mark })
      await workload.restart({ secret: NAME, mark })
      expect(await look()).toEqual([{ mark, isReady: true }])
    }
    expect(ids.size).toBe(3)
    expect((await workload.look('REDIS_OTHER')).instances[0]?.mark).toBeUndefined()
    for (const wrong of [{ cluster: 'prod', service: 'none' }, { cluster: 'none' }]) {
      const looking = (await openService(env, wrong)).look(NAME)
      await expect(looking).rejects.toMatchObject({ code: 'missing' })
    }
  },
  90_000,
)

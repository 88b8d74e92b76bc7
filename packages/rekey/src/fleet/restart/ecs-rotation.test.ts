// @lane servers
import { createEcsCall } from '@rekey/config-loader/internal/aws'
import type { FarSide } from '@rekey/secret/kind'
import { findForTest, openAwsServer } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'
import {
  MARKS,
  openPlayedService,
  openService,
} from '../../../test/fleet/restart/ecs-workload.support.ts'
import { NAME, openFarSide, rotateIn } from '../../../test/fleet/restart/far-side.support.ts'

const moto = await findForTest('moto')

const openShop = async () => ({
  ...openFarSide(),
  ...(await openPlayedService()),
  deadlineMs: 15_000,
})

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

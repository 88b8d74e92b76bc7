// @lane servers
import { findForTest, type Kubernetes, openKubernetes } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShops, type Shop } from '../../../test/fleet/restart/restarted-shop.support.ts'
import { planRotation } from '../../engine/plan-rotation.ts'
import { rollBack } from '../../engine/roll-back.ts'
import { type RotateOptions, rotate } from '../../engine/rotate.ts'
import type { RotatorOptions } from '../../family/rotator/open-rotator.ts'
import { openKubernetesWorkload } from './kubernetes-workload.ts'

const [apiServer, etcd, controllers] = [
  await findForTest('kube-apiserver'),
  await findForTest('etcd'),
  await findForTest('kube-controller-manager'),
]
const isHere = apiServer.found && etcd.found && controllers.found

/** The API server and the controllers are the real ones; scheduler and kubelet are played, and run processes that log in. */
describe.runIf(isHere)('a service that is restarted in Kubernetes', { timeout: 120_000 }, () => {
  let kubernetes: Kubernetes
  let shops: Awaited<ReturnType<typeof openShops>>
  beforeAll(async () => {
    kubernetes = await openKubernetes({ programs: { apiServer: apiServer.path, etcd: etcd.path } })
    await kubernetes.startControllers(controllers.path)
    shops = await openShops(kubernetes)
  }, 180_000)
  afterAll(async () => {
    await shops.close()
    await kubernetes.close()
  })

  /** Rotates the login of a shop, as one process of a rotator. */
  const rotateOnce = async (
    shop: Shop,
    options: Partial<RotateOptions> = {},
    opening: Partial<RotatorOptions> = {},
  ) => {
    await using rotator = await shop.open(opening)
    const [kind] = rotator.kinds.values()
    if (kind === undefined) throw new TypeError('no login')
    return await rotate(kind, { ...rotator, ...options })
  }
  const failureOf = (work: Promise<unknown>): Promise<Error> =>
    work.then(
      () => Promise.reject(new Error('it did not fail')),
      (error: unknown) => error as Error,
    )
  /** Ends the rotator as soon as it waits for the restart that it made. */
  const endWhileItWaits = () => {
    const stop = new AbortController()
    const onEvent: RotateOptions['onEvent'] = ({ step, phase }) => {
      if (step === 'confirm' && phase === 'waiting') stop.abort(new Error('killed'))
    }
    return { onEvent, signal: stop.signal }
  }
  const currentOf = async (shop: Shop) => (await shop.store.read(shop.secret)).current.version
  const expectSettled = async (shop: Shop, count: number, login: string) => {
    const { current, pending, previous } = await shop.store.read(shop.secret)
    expect({ pending, previous }).toEqual({ pending: undefined, previous: undefined })
    expect(shop.versions()).toEqual(Array.from({ length: count }, () => current.version))
    expect(await shop.logins()).toEqual([`${shop.name}_${login}`])
  }

  it.each(['Deployment', 'StatefulSet', 'DaemonSet'] as const)(
    'has a new login after one restart of its %s, and the old login is gone',
    async (kind) => {
      const count = kind === 'DaemonSet' ? 1 : 2
      const shop = await shops.open({ kind, replicas: count })
      const before = await currentOf(shop)
      await rotateOnce(shop)
      await expectSettled(shop, count, 'g2')
      expect(await shop.restarts()).toBe(1)
      expect(await shop.mark()).toBe(`${await currentOf(shop)} replaces ${before}`)
    },
  )

  it('says in its plan what it restarts, and that nothing loads the new login before', async () => {
    const shop = await shops.open()
    await using rotator = await shop.open()
    const [kind] = rotator.kinds.values()
    if (kind === undefined) throw new TypeError('no login')
    const plan = await planRotation(kind, rotator)
    const [confirm] = plan.steps.filter(({ step }) => step === 'confirm')
    expect(confirm?.what).toMatch(`restarts Deployment ${shop.name}/shop and waits until`)
    expect(plan.lacks).toBeUndefined()
    expect(await shop.restarts()).toBe(0)
    await shop.change({ spec: { paused: true } })
    const paused = `Deployment ${shop.name}/shop is paused`
    expect((await planRotation(kind, rotator)).lacks).toEqual([expect.stringContaining(paused)])
  })

  it('is restarted once where its rotator ended between the restart and the wait', async () => {
    const shop = await shops.open()
    await failureOf(rotateOnce(shop, endWhileItWaits()))
    expect((await shop.store.read(shop.secret)).previous).toBeDefined()
    await rotateOnce(shop)
    await expectSettled(shop, 2, 'g2')
    expect(await shop.restarts()).toBe(1)
  })

  it('is restarted once by two rotators that order the same restart, as after a lost answer', async () => {
    const shop = await shops.open()
    const place = { kind: 'Deployment', namespace: shop.name, name: 'shop' } as const
    const workloads = [
      await openKubernetesWorkload(place, shop.env),
      await openKubernetesWorkload(place, shop.env),
    ]
    const order = { secret: shop.secret, mark: 'b replaces a' }
    await Promise.all([...workloads, ...workloads].map((one) => one.restart(order)))
    await workloads[0]?.restart(order)
    expect(await shop.restarts()).toBe(1)
  })

  it('keeps its login where the rotator may not restart it, and names the right', async () => {
    const shop = await shops.open({ without: ['deployments'] })
    const before = await currentOf(shop)
    const failure = await failureOf(rotateOnce(shop))
    expect(failure).toMatchObject({ code: 'stopped', step: 'admit', reason: 'forbidden' })
    expect(failure.message).toMatch(/Deployment .*rekey rights kubernetes:NAMESPACE/)
    expect(await currentOf(shop)).toBe(before)
    expect(await shop.restarts()).toBe(0)
  })

  it('keeps its login where it is paused, and has the new one once it was paused after promote', async () => {
    const shop = await shops.open()
    const before = await currentOf(shop)
    await shop.change({ spec: { paused: true } })
    const failure = await failureOf(rotateOnce(shop))
    expect(failure).toMatchObject({ code: 'rolled-back', step: 'admit', reason: 'refused' })
    expect(failure.message).toMatch(`kubectl rollout resume deployment/shop -n ${shop.name}`)
    expect(await currentOf(shop)).toBe(before)
    await shop.change({ spec: { paused: false } })
    const late = await failureOf(
      rotateOnce(shop, {
        async onEvent({ step, phase }) {
          if (step === 'promote' && phase === 'end') await shop.change({ spec: { paused: true } })
        },
      }),
    )
    expect(late).toMatchObject({ code: 'stopped', step: 'confirm', reason: 'unreachable' })
    await shop.change({ spec: { paused: false } })
    await rotateOnce(shop)
    await expectSettled(shop, 2, 'g2')
  })

  it('has its old login again, by another restart, where it does not start with the new one', async () => {
    const shop = await shops.open({ deadlineS: 3 })
    const before = await currentOf(shop)
    shop.node.refuse(true)
    const failure = await failureOf(
      rotateOnce(shop, {
        onEvent({ step, phase }) {
          if (step === 'roll-back' && phase === 'begin') shop.node.refuse(false)
        },
      }),
    )
    expect(failure).toMatchObject({ code: 'rolled-back', step: 'confirm', reason: 'rejected' })
    expect(failure.message).toMatch('ProgressDeadlineExceeded')
    expect(await currentOf(shop)).toBe(before)
    await expectSettled(shop, 2, 'g1')
    expect(await shop.restarts()).toBe(2)
  })

  it('has its old login again where a person rolls back what was restarted', async () => {
    const shop = await shops.open()
    const before = await currentOf(shop)
    await failureOf(rotateOnce(shop, endWhileItWaits()))
    await using rotator = await shop.open()
    const [kind] = rotator.kinds.values()
    if (kind === undefined) throw new TypeError('no login')
    await rollBack(kind, rotator)
    expect(await currentOf(shop)).toBe(before)
    await expectSettled(shop, 2, 'g1')
    expect(await shop.mark()).toMatch(new RegExp(`^${before} replaces `))
  })

  it('waits for another rollout that goes on meanwhile, and takes its pods', async () => {
    const shop = await shops.open()
    await rotateOnce(shop, {
      async onEvent({ step, phase }) {
        if (step !== 'confirm' || phase !== 'waiting') return
        const containers = [{ name: 'shop', image: 'example.invalid/shop:2' }]
        await shop.change({ spec: { template: { spec: { containers } } } })
      },
    })
    await expectSettled(shop, 2, 'g2')
  })

  it('names pods of another rollout, which dropped its mark, and restarts them in the next run alone', async () => {
    const shop = await shops.open()
    const key = `restart.rekey.dev/${shop.secret}`
    let drops = 0
    const onEvent: RotateOptions['onEvent'] = async ({ step, phase }) => {
      if (step !== 'confirm' || phase !== 'waiting' || (drops += 1) > 1) return
      await shop.change({ spec: { template: { metadata: { annotations: { [key]: null } } } } })
    }
    const failure = await failureOf(rotateOnce(shop, { onEvent }, { deadlineMs: 8_000 }))
    expect(failure).toMatchObject({ code: 'stopped', step: 'confirm', reason: 'unreachable' })
    expect(failure.message).toMatch(/pod:.*was started before this version was current/)
    expect(await shop.mark()).toBeUndefined()
    await rotateOnce(shop)
    await expectSettled(shop, 2, 'g2')
  })

  it('is stuck by a pod on a node that is cut off, which it names, and goes on without it', async () => {
    const shop = await shops.open({ replicas: 1 })
    const [old] = shop.node.running.keys()
    shop.node.cutOff()
    const failure = await failureOf(rotateOnce(shop, {}, { deadlineMs: 6_000 }))
    const absent = `pod://${old}.${shop.name}`
    expect(failure).toMatchObject({ code: 'stuck', step: 'confirm', details: { absent } })
    // Its session is at an end with it: PostgreSQL would name it too.
    await shop.node.running.get(old ?? '')?.[Symbol.asyncDispose]()
    await rotateOnce(shop, {}, { deadlineMs: 6_000, without: [absent] })
    expect(await shop.logins()).toEqual([`${shop.name}_g2`])
  })

  it('is restarted once its login has leaked, whose end waits for no pod', async () => {
    const shop = await shops.open()
    const steps: string[] = []
    await rotateOnce(shop, {
      compromised: true,
      onEvent({ step, phase }) {
        if (phase === 'begin') steps.push(step)
      },
    })
    expect(steps).not.toContain('confirm')
    expect(await shop.logins()).toEqual([`${shop.name}_g2`])
    const version = await currentOf(shop)
    await expect.poll(() => shop.versions(), { timeout: 20_000 }).toEqual([version, version])
    expect(await shop.restarts()).toBe(1)
  })

  it('ends a login that has leaked where nothing may be restarted', async () => {
    const shop = await shops.open({ without: ['deployments'] })
    const failure = await failureOf(rotateOnce(shop, { compromised: true }))
    expect(failure).toMatchObject({ step: 'confirm-revoked', reason: 'forbidden' })
    expect(await shop.logins()).toEqual([`${shop.name}_g2`])
  })

  it('needs no pod where it is scaled to none', async () => {
    const shop = await shops.open({ replicas: 0 })
    await rotateOnce(shop)
    await expectSettled(shop, 0, 'g2')
  })
})

import { SecretError } from '@rekey/secret'
import type { Answer, Fleet } from '@rekey/secret/internal/kind'
import { expect, it } from 'vitest'
import { answersOf, withWorkloads } from './restarted-fleet.ts'
import type { Instance, Workload, WorkloadLook } from './workload.ts'

const SECRET = 'REDIS_SHOP'
const signal = new AbortController().signal
const url = 'pod://shop-1'
const replica = { id: 'u1', service: 'shop', url, healthUrl: url }

const instanceOf = (more: Partial<Instance> = {}): Instance => ({
  ...{ id: 'u1', url, mark: 'b replaces a', isReady: true, isEnding: false, startedAt: 7 },
  ...more,
})

/** A workload that notes which secrets it was looked at for, and with which signal. */
function workloadOf(look: WorkloadLook, name = 'Deployment vpn/shop') {
  const looks: unknown[] = []
  const workload: Workload = {
    name,
    look: (...of) => {
      looks.push(of)
      return Promise.resolve(look)
    },
    restart: () => Promise.reject(new Error('asking restarts nothing')),
  }
  return { workload, looks }
}

const other: Answer = {
  replica: { service: 'web', url: 'http://web', healthUrl: 'http://web:9090' },
  ack: undefined,
}
const fleet: Fleet = {
  replicas: (service) => Promise.reject(new SecretError('missing', `no replica of ${service}`)),
  acknowledgements: () => Promise.resolve([other]),
}

const ackOf = (state: string, versions: readonly string[]) => ({
  ...{ replica: url, name: '', kind: '', end: 'owner', source: 'its start', state },
  failuresInARow: 0,
  counts: { reads: 0, failures: 0, changes: 0, vetoes: 0, rejections: 0 },
  versions: versions.map((version) => ({ stage: 'current', version })),
  usage: { since: 7, versions: [], holding: { start: versions }, failures: 0 },
})

it('a fleet of which nothing is restarted stays as it is', () => {
  expect(withWorkloads(fleet, new Map())).toBe(fleet)
})

it('a fleet names the workloads of a service, and leaves every other service to the fleet below', async () => {
  const { workload } = workloadOf({ instances: [instanceOf()], desired: 1 })
  const second = workloadOf({ instances: [], desired: 0 }, 'unit shop').workload
  const restarted = withWorkloads(fleet, new Map([['shop', [workload, second]]]))
  expect(restarted.restarts?.('shop')).toBe('Deployment vpn/shop, unit shop')
  expect(restarted.restarts?.('web')).toBeUndefined()
  expect(await restarted.replicas('shop')).toEqual([replica])
  await expect(restarted.replicas('web')).rejects.toThrow('no replica of web')
  expect(await restarted.acknowledgements({ service: 'web', secret: SECRET }, signal)).toEqual([
    other,
  ])
})

it('a process acknowledges the version that was current at its start, and no other', async () => {
  const { workload, looks } = workloadOf({ instances: [instanceOf()], desired: 1 })
  const restarted = withWorkloads(fleet, new Map([['shop', [workload]]]))
  const question = { service: 'shop', secret: SECRET }
  expect(await restarted.acknowledgements(question, signal)).toEqual([
    { replica, ack: ackOf('fresh', ['b']) },
  ])
  expect(looks).toEqual([[SECRET, signal]])
})

it('a process whose restart is not known acknowledges nothing where a version is awaited', async () => {
  const { workload } = workloadOf({ instances: [instanceOf({ mark: undefined })], desired: 1 })
  const restarted = withWorkloads(fleet, new Map([['shop', [workload]]]))
  const question = { service: 'shop', secret: SECRET }
  expect(await restarted.acknowledgements(question, signal)).toEqual([
    { replica, ack: ackOf('fresh', []) },
  ])
  const awaited = { stage: 'current', version: 'b' } as never
  expect(await restarted.acknowledgements({ ...question, awaited }, signal)).toEqual([
    { replica, ack: undefined, problem: 'was not restarted yet, so its version is not known' },
  ])
})

const { workload } = workloadOf({ instances: [] }, 'Deployment vpn/shop')
const place = 'workload://deployment-vpn-shop'
const missing = (problem: string) => ({
  replica: { service: 'shop', url: place, healthUrl: place },
  ack: undefined,
  problem: `Deployment vpn/shop has ${problem} processes`,
})
const ending = { replica, ack: undefined, absence: 'it is ending' }

it.each([
  [
    'that is not ready is named',
    [{ isReady: false }],
    1,
    [{ replica, ack: ackOf('absent', ['b']), problem: 'is not ready: see its log' }],
  ],
  ['that ends counts as gone', [{ isEnding: true }], 1, [ending, missing('0 of 1')]],
  ['that ends is no loss where none is wanted', [{ isEnding: true }], 0, [ending]],
  ['may be one more than wanted', [{}], 0, [{ replica, ack: ackOf('fresh', ['b']) }]],
  [
    'may be one of more that are wanted',
    [{}],
    2,
    [{ replica, ack: ackOf('fresh', ['b']) }, missing('1 of 2')],
  ],
  [
    'is not all while it is not known how many are wanted',
    [{}],
    undefined,
    [{ replica, ack: ackOf('fresh', ['b']) }, missing('1 of an unknown number of')],
  ],
])('a process %s', (_, states, desired, answers) => {
  const look = { instances: states.map(instanceOf), ...(desired !== undefined && { desired }) }
  expect(answersOf('shop', workload, look)).toEqual(answers)
})

it('a process that was started under another mark than is awaited is named', () => {
  const look = { instances: [instanceOf()], desired: 1 }
  const judged = answersOf('shop', workload, look, (mark) => `has the mark ${mark}`)
  expect(judged).toEqual([{ replica, ack: undefined, problem: 'has the mark b replaces a' }])
})

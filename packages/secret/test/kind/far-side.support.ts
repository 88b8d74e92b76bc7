import { Secret, type SecretVersion, systemClock } from '../../src/index.ts'
import { createFarSideRotation, type FarSide, type StepContext } from '../../src/kind/index.ts'
import type { Answer, Fleet } from '../../src/kind/internal.ts'

export const NAME = 'LICENCE_SHOP'
const versionOf = (stage: SecretVersion['stage'], version: string): SecretVersion => {
  const value = Secret.of(`value ${version}`, NAME)
  return { name: NAME, version, stage, value, sensitive: [value] }
}
export const [previous, current, pending] = [
  versionOf('previous', '1'),
  versionOf('current', '2'),
  versionOf('pending', '3'),
] as [
  SecretVersion & { stage: 'previous' },
  SecretVersion & { stage: 'current' },
  SecretVersion & { stage: 'pending' },
]

/** A register that lists the values that count, and the calls that changed it. */
export function newRegister() {
  const [listed, calls] = [new Set<string>(), [] as string[]]
  const change = (call: string, value: Secret, isListed: boolean) => {
    calls.push(call)
    if (isListed) listed.add(value.expose())
    else listed.delete(value.expose())
    return Promise.resolve()
  }
  const farSide: FarSide = {
    ...{ name: 'the register', noun: 'key', slots: 'two-secrets' },
    plan: () => Promise.resolve({ generate: '', admit: '', revoke: '' }),
    add: ({ pending: { value } }) => change('add', value, true),
    accepts: (value) => Promise.resolve(listed.has(value.expose())),
    remove: (value) => change('remove', value, false),
    withdraw: ({ pending: { value } }) => change('withdraw', value, false),
  }
  return { farSide, calls }
}

/** A replica that holds these versions, and uses the first. */
export function replicaWith(...versions: readonly string[]): Fleet {
  const stages = ['current', 'previous', 'pending']
  const ack = {
    usage: { since: 1, versions: [], holding: { shop: versions.slice(0, 1) } },
    versions: versions.map((version, at) => ({ stage: stages[at], version })),
  }
  const replica = { service: 'shop', url: '', healthUrl: 'http://10.0.0.1:9090' }
  const answer = { replica, ack } as unknown as Answer
  return {
    replicas: () => Promise.resolve([]),
    acknowledgements: () => Promise.resolve([answer]),
  }
}

export const context = {
  ...{ clock: systemClock, signal: new AbortController().signal, compromised: false },
  ...{ waiting: () => undefined, saveProgress: () => Promise.resolve() },
  gap: { sinceMs: undefined, begin: () => Promise.resolve(), end: () => Promise.resolve() },
} as Partial<StepContext> as StepContext

export function rotationAt(farSide: FarSide, fleet: Fleet, deadlineMs = 30, validationMs = 10) {
  const times = { validationMs, deadlineMs, pollMs: 5 }
  const owner = { kind: 'licence', name: NAME, service: 'shop', nonProduction: false }
  return createFarSideRotation({ ...owner, ...times, farSide, fleet })
}

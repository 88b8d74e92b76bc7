import type { StackStore } from '@rekey/stack'
import type { AwsServer, Kubernetes, Vault } from '@rekey/testbed'

/** The server of a store, as it fails. */
export interface StoreServer {
  pause(): Promise<void>
  resume(): void
  kill(): Promise<void>
  start(): Promise<void>
  /** Refuses requests of the rotator, as a server does that is asked too often, until it is called again with false. */
  throttle(isOn: boolean): Promise<void>
}

/** The server of a store; undefined for a file. */
export function serverOf({ servers }: StackStore): StoreServer | undefined {
  const { vault, aws, kubernetes } = servers
  if (vault) return ofVault(vault)
  if (aws) return ofAws(aws)
  return kubernetes && ofKubernetes(kubernetes)
}

/** A rate limit quota of Vault: it takes one request a second to the secrets, from all clients together, and answers 429 to the others. */
function ofVault(vault: Vault): StoreServer {
  const quota = 'sys/quotas/rate-limit/soak'
  return {
    pause: () => vault.pause(),
    resume: () => {
      vault.resume()
    },
    kill: () => vault.kill(),
    start: () => vault.start(),
    async throttle(isOn) {
      const limit = { path: 'secret/', rate: 1, interval: '1s' }
      await (isOn ? vault.require('POST', quota, limit) : vault.require('DELETE', quota))
    },
  }
}

/** Four of five requests: see `AwsServer.throttle`. */
function ofAws(aws: AwsServer): StoreServer {
  return {
    pause: () => aws.pause(),
    resume: () => {
      aws.resume()
    },
    kill: () => aws.stop(),
    start: () => aws.start(),
    throttle: (isOn) => aws.throttle(isOn),
  }
}

const FLOW_CONTROL = '/apis/flowcontrol.apiserver.k8s.io/v1'
const NAME = 'soak'

/** All requests of the account of the rotator: API Priority and Fairness gives it no seat, and answers 429. */
function ofKubernetes(kubernetes: Kubernetes): StoreServer {
  const parts = [
    ['prioritylevelconfigurations', LEVEL],
    ['flowschemas', SCHEMA],
  ] as const
  return {
    pause: () => kubernetes.pause(),
    resume: () => {
      kubernetes.resume()
    },
    kill: () => kubernetes.stop(),
    start: () => kubernetes.start(),
    async throttle(isOn) {
      for (const [kind, spec] of isOn ? parts : parts.toReversed()) {
        const path = `${FLOW_CONTROL}/${kind}`
        const body = { metadata: { name: NAME }, spec }
        const { status } = isOn
          ? await kubernetes.request({ path, body })
          : await kubernetes.request({ path: `${path}/${NAME}`, method: 'DELETE' })
        if (status >= 300) throw new Error(`${path} answered ${status}`)
      }
    },
  }
}

const LEVEL = {
  type: 'Limited',
  limited: {
    nominalConcurrencyShares: 0,
    lendablePercent: 0,
    borrowingLimitPercent: 0,
    limitResponse: { type: 'Reject' },
  },
}

const SCHEMA = {
  priorityLevelConfiguration: { name: NAME },
  // 1 is that of the schema `exempt`, and of no other.
  matchingPrecedence: 2,
  rules: [
    {
      subjects: [
        { kind: 'ServiceAccount', serviceAccount: { namespace: 'rekey', name: 'rotator' } },
      ],
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
    },
  ],
}

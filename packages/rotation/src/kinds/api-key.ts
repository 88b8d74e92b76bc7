import { issueApiKey } from '@rekey/api-key-auth'
import type { SecretVersion } from '@rekey/secret'
import { type Acknowledgement, type Fleet, rollCall, versionIn, waitForFleet } from '../fleet.ts'
import type { Plan, RevokedVersion, RotationKind, StepContext } from '../rotation-kind.ts'
import { waitForSilence } from './old-key-silence.ts'
import { proveApiKey } from './prove-api-key.ts'

/** The key between one sender and one receiver. */
export interface ApiKeyKindOptions {
  readonly sender: string
  readonly receiver: string
  readonly fleet: Fleet
  /** What the new key is marked for. */
  readonly environment: 'dev' | 'test' | 'prod'
  /** How long the old key must be silent before it is removed. */
  readonly validationMs: number
  /** How long to wait for replicas. Default 60,000. */
  readonly deadlineMs?: number
  /** Default 100. */
  readonly pollMs?: number
  /** How replicas are called. Default: the global one. */
  readonly fetch?: typeof fetch
}

/**
 * API keys: every receiver replica loads the new key, a test call proves it at each, senders switch, the old key falls silent
 * for the validation period, receivers drop it.
 */
export function apiKeyKind(options: ApiKeyKindOptions): RotationKind {
  const { sender, receiver, fleet, environment, validationMs } = options
  const { deadlineMs = 60_000, pollMs = 100, fetch = globalThis.fetch } = options
  const secret = `API_KEY_${sender.toUpperCase()}_${receiver.toUpperCase()}`
  const patience = { fleet, secret, deadlineMs, pollMs, fetch }

  const receivers = (what: string, met: (said: Acknowledgement) => boolean, context: StepContext) =>
    waitForFleet({ ...patience, service: receiver, what, met }, context)

  const sendersUse = ({ version }: SecretVersion, context: StepContext) => {
    const met = (said: Acknowledgement) => versionIn(said, 'current')?.version === version
    return waitForFleet(
      { ...patience, service: sender, what: 'sends the current key', met },
      context,
    )
  }

  return {
    kind: 'api-key',
    name: secret,
    async plan(_staged, signal): Promise<Plan> {
      const [sending, receiving] = await Promise.all(
        [sender, receiver].map((service) => rollCall({ ...patience, service }, signal)),
      )
      return describeSteps({ sending: sending ?? '', receiving: receiving ?? '', validationMs })
    },
    generate: () => Promise.resolve(issueApiKey({ environment }).text),
    admit: ({ pending }, context) =>
      receivers('accepts the new key', (said) => knows(said, pending), context),
    async prove({ value }, _reference, { signal }) {
      const urls = fleet.filter(({ service }) => service === receiver).map(({ url }) => url)
      await Promise.all(urls.map((url) => proveApiKey(url, value, { fetch, signal })))
    },
    async confirm({ current, previous }, context) {
      await sendersUse(current, context)
      await waitForSilence(previous, { ...patience, service: receiver, validationMs }, context)
    },
    // Receivers refuse the old key as soon as the store has dropped it; `settle` waits until they do.
    revoke: () => Promise.resolve(),
    settle: (revoked, context) =>
      receivers('refuses the old key', (said) => !knows(said, revoked), context),
    undo: ({ current }, context) => sendersUse(current, context),
  }
}

function knows(said: Acknowledgement, { version }: RevokedVersion): boolean {
  return said.versions.some((known) => known.version === version)
}

function describeSteps(found: { sending: string; receiving: string; validationMs: number }): Plan {
  return {
    generate: 'a key of 32 random bytes',
    stage: 'the store keeps it as pending',
    admit: `every receiver accepts both keys; ${found.receiving}`,
    prove: 'a test call with the new key to each of them',
    promote: 'the new key becomes current, the old one previous',
    confirm: `every sender sends the new key, the old one is silent for ${found.validationMs} ms; ${found.sending}`,
    revoke: 'the store drops the old key, and every receiver refuses it',
  }
}

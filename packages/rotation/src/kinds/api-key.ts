import { issueApiKey } from '@rekey/api-key-auth'
import type { SecretVersion } from '@rekey/secret'
import { type Acknowledgement, type FleetSource, versionIn, waitForFleet } from '../fleet.ts'
import type { RotationKind, StepContext, WithPending, WithPrevious } from '../rotation-kind.ts'
import { type ApiKeyLink, knows } from './api-key-link.ts'
import { FailureWatch } from './failure-watch.ts'
import { watchLateUses } from './late-uses.ts'
import { planApiKey } from './plan-api-key.ts'
import { proveApiKey } from './prove-api-key.ts'
import { hasExpired, waitForSwitch } from './switch-keys.ts'

/** The key between one sender and one receiver. */
export interface ApiKeyKindOptions {
  readonly sender: string
  readonly receiver: string
  /** Every replica, or how to list them at each look where they come and go. */
  readonly fleet: FleetSource
  /** What the new key is marked for. */
  readonly environment: 'dev' | 'test' | 'prod'
  /** How long the old key must be silent before it is removed. */
  readonly validationMs: number
  /** How long too many refused calls may last before the rotation is taken back. Default 10,000, at most `validationMs`. */
  readonly failureGraceMs?: number
  /** How long after its removal a use of the old key brings it back. Default `validationMs`. */
  readonly settleMs?: number
  /** How long to wait for replicas. Default 60,000. */
  readonly deadlineMs?: number
  /** Default 100. */
  readonly pollMs?: number
  /** How replicas are called. Default: the global one. */
  readonly fetch?: typeof fetch
}

/** How long a switch is watched. */
interface SwitchTimes {
  readonly validationMs: number
  readonly failureGraceMs: number
}

const GRACE_MS = 10_000
/** A call that was sent with the new key may still be under way for so long. */
const LONGEST_CALL_MS = 10_000

/**
 * API keys: every receiver replica loads the new key, a test call proves it at each, senders switch, the old key falls silent
 * for the validation period, receivers drop it. If more calls fail with the new key than did with the old one, or somebody is
 * refused with the old key soon after its removal, it is taken back.
 */
export function apiKeyKind(options: ApiKeyKindOptions): RotationKind {
  const { sender, receiver, fleet, environment, validationMs } = options
  const { deadlineMs = 60_000, pollMs = 100, fetch = globalThis.fetch } = options
  const { failureGraceMs = Math.min(GRACE_MS, validationMs), settleMs = validationMs } = options
  const secret = `API_KEY_${sender.toUpperCase()}_${receiver.toUpperCase()}`
  const link = { fleet, secret, sender, receiver, deadlineMs, pollMs, fetch }

  const receivers = (what: string, met: (said: Acknowledgement) => boolean, context: StepContext) =>
    waitForFleet({ ...link, service: receiver, what, met }, context)

  const sendersUse = ({ version }: SecretVersion, context: StepContext) => {
    const met = (said: Acknowledgement) => versionIn(said, 'current')?.version === version
    return waitForFleet({ ...link, service: sender, what: 'sends the current key', met }, context)
  }

  return {
    kind: 'api-key',
    name: secret,
    plan: ({ current, previous = current }, signal) =>
      planApiKey(link, { measure: previous, validationMs, settleMs }, signal),
    generate: () => Promise.resolve(issueApiKey({ environment }).text),
    admit: ({ pending }, context) =>
      receivers('accepts the new key', (said) => knows(said, pending), context),
    prove: (candidate, _reference, context) => proveApiKey(link, candidate, context),
    confirm: (staged, context) =>
      confirmSwitch(link, { ...staged, validationMs, failureGraceMs }, context),
    // Receivers refuse the old key as soon as the store has dropped it; `settle` waits until they do.
    revoke: () => Promise.resolve(),
    settle(revoked: Pick<SecretVersion, 'version'> & Partial<SecretVersion>, context) {
      // Nobody may have a key back that leaked, or that has ended by itself.
      const isGone = context.compromised || hasExpired(revoked, context.clock.now())
      return isGone
        ? receivers('refuses the old key', (said) => !knows(said, revoked), context)
        : watchLateUses(link, { revoked, settleMs }, context)
    },
    undo: (staged, context) =>
      context.compromised
        ? sendersUse(staged.current, context)
        : undoSwitch(link, { ...staged, validationMs }, context),
  }
}

function confirmSwitch(
  link: ApiKeyLink,
  { current, previous, validationMs, failureGraceMs }: WithPrevious & SwitchTimes,
  context: StepContext,
): Promise<void> {
  const versions = { watched: current.version, measure: previous.version }
  const failures = new FailureWatch({ ...versions, secret: link.secret, graceMs: failureGraceMs })
  const names = { to: current, from: previous, fromName: 'old key' } as const
  const silence = { silenceMs: validationMs, isHeardEverywhere: true }
  return waitForSwitch(link, { ...names, ...silence, failures }, context)
}

/** A receiver that is down does not keep the old key away. */
function undoSwitch(
  link: ApiKeyLink,
  { current, pending, validationMs }: WithPending & Pick<SwitchTimes, 'validationMs'>,
  context: StepContext,
): Promise<void> {
  const names = { to: current, from: pending, fromName: 'new key' } as const
  const silence = { silenceMs: Math.min(validationMs, LONGEST_CALL_MS), isHeardEverywhere: false }
  return waitForSwitch(link, { ...names, ...silence }, context)
}

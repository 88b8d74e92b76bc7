import type { SecretVersion } from '@rekey/secret'
import {
  type Acknowledgement,
  acknowledges,
  attestWithout,
  awaitBarrier,
  longestStep,
  patienceOf,
  reaches,
  type RevokedVersion,
  type RotationParts,
  type WaitOptions,
} from '@rekey/secret/internal/kind'
import {
  type DeclaredSecret,
  defineKind,
  type RotationKind,
  type StepContext,
  type WithPending,
  type WithPrevious,
} from '@rekey/secret/kind'
import { issueApiKey } from '../spec/api-key.ts'
import { apiKeyFrom, apiKeyTo } from '../spec/api-key-spec.ts'
import type { ApiKeyLink } from './api-key-link.ts'
import { FailureWatch } from './failure-watch.ts'
import { takeBaseline, watchLateUses } from './late-uses.ts'
import { planApiKey } from './plan-api-key.ts'
import { askReceivers, proveApiKey } from './prove-api-key.ts'
import { hasExpired, LONGEST_CALL_MS, waitForSwitch } from './switch-keys.ts'
import { apiKeyRunbook } from '../runbook.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The key between one sender and one receiver. */
export interface ApiKeyKindOptions extends WaitOptions {
  /** The service that calls. */
  readonly sender: string
  /** The service that is called. */
  readonly receiver: string
  /** The environment the new key is marked for. */
  readonly environment: 'dev' | 'test' | 'prod'
  /** How long the old key must be silent before it is removed. */
  readonly validationMs: number
  /** How long too many refused calls may last before the rotation is rolled back. Default 10,000, at most `validationMs`. */
  readonly failureGraceMs?: number
  /** How long after its removal a sender may report that it still sends the old key, which rolls back. Default `validationMs`. */
  readonly lateUseWindowMs?: number
  /** How long after `promote` the old key ends, also while it is used. Default: three times `validationMs`. */
  readonly maxOverlapMs?: number
  /** How receivers are called to prove a key. Default: the global one. */
  readonly fetch?: typeof fetch
}

/** How long a switch is watched. */
interface SwitchTimes {
  readonly validationMs: number
  readonly failureGraceMs: number
  readonly maxOverlapMs: number
}

const GRACE_MS = 10_000

/** The hard end of the overlap, in validation periods. */
const MAX_OVERLAP = 3

/**
 * API keys: every receiver replica loads the new key, a test call proves it at each, senders switch, the old key falls silent
 * for the validation period or reaches the end of the overlap, receivers drop it. The rotation is rolled back if more calls fail
 * with the new key than did with the old one, or if a sender reports soon after the removal that it still sends the old one. A use
 * of the old key by any other caller raises the alarm `stale-or-stolen` and changes nothing.
 */
export const apiKeyKind = defineKind({
  kind: 'api-key',
  parties: ['sender', 'receiver'],
  spec: { sender: apiKeyTo, receiver: apiKeyFrom },
  storeName,
  issue: (_, { nonProduction }) => issueApiKey({ environment: environmentOf(nonProduction) }).text,
  schedule: { rotateAfterMs: 30 * DAY_MS, maxAgeMs: 90 * DAY_MS, staggerMs: 15 * MINUTE_MS },
  rotation: createRotation,
  runbook: apiKeyRunbook,
  rotationOf({ parties: [sender = '', receiver = ''] }: DeclaredSecret, parts: RotationParts) {
    const environment = environmentOf(parts.nonProduction)
    const fetch = parts.fetchTo?.(receiver, sender) ?? parts.fetch ?? globalThis.fetch
    return createRotation({ ...parts, environment, sender, receiver, fetch })
  },
})

function environmentOf(nonProduction: boolean) {
  return nonProduction ? 'dev' : 'prod'
}

function storeName(sender = '', receiver = ''): string {
  return apiKeyTo(receiver).nameFor(sender)
}

function createRotation(options: ApiKeyKindOptions): RotationKind {
  const { sender, receiver, environment, validationMs, fetch = globalThis.fetch } = options
  const { failureGraceMs = Math.min(GRACE_MS, validationMs), lateUseWindowMs = validationMs } =
    options
  const { maxOverlapMs = MAX_OVERLAP * validationMs } = options
  const secret = storeName(sender, receiver)
  const link = { ...patienceOf(options, secret), sender, receiver, fetch }

  return {
    kind: 'api-key',
    maxOverlapMs,
    longestStepMs: longestStep(link.deadlineMs, maxOverlapMs + failureGraceMs + lateUseWindowMs),
    name: secret,
    plan: ({ current, previous = current }, signal) =>
      planApiKey(link, { measure: previous, validationMs, lateUseWindowMs, maxOverlapMs }, signal),
    generate: () => Promise.resolve(issueApiKey({ environment }).text),
    admit: ({ pending }, context) => waitForReceivers(link, pending, context),
    prove: (candidate, _reference, context) => proveApiKey(link, candidate, context),
    confirm: (staged, context) =>
      confirmSwitch(link, { ...staged, validationMs, failureGraceMs, maxOverlapMs }, context),
    // Receivers refuse the old key as soon as the store has dropped it; `confirmRevoked` waits until they do.
    attestsItself: true,
    revoke: ({ previous }, context) => noteUses(link, previous, context),
    async confirmRevoked(
      revoked: Pick<SecretVersion, 'version'> & Partial<SecretVersion>,
      context,
    ) {
      // A key that leaked or has ended by itself does not return.
      const isGone = context.compromised || hasExpired(revoked, context.clock.now())
      if (isGone) await waitForRefusal(link, [revoked], context)
      else await watchLateUses(link, { revoked, lateUseWindowMs }, context)
      await attestRefusal(link, [revoked], context)
    },
    async closeLost(lost, _staged, context) {
      await waitForRefusal(link, lost, context)
      await attestRefusal(link, lost, context)
      return []
    },
    abort: (staged, context) =>
      context.compromised
        ? waitForSenders(link, staged.current, context)
        : undoSwitch(link, { ...staged, validationMs }, context),
  }
}

function waitForReceivers(
  link: ApiKeyLink,
  pending: SecretVersion,
  context: StepContext,
): Promise<void> {
  const what = 'accept the new key'
  const condition = { what, ...reaches('loaded', pending), version: pending }
  return awaitBarrier({ ...link, service: link.receiver, ...condition }, context)
}

function waitForSenders(
  link: ApiKeyLink,
  version: SecretVersion,
  context: StepContext,
): Promise<void> {
  const condition = { what: 'send the current key', ...reaches('current', version) }
  return awaitBarrier({ ...link, service: link.sender, ...condition }, context)
}

/** Writes down what was counted of a version before it is dropped. Nothing that leaked is missed. */
async function noteUses(
  link: ApiKeyLink,
  previous: SecretVersion,
  context: StepContext,
): Promise<void> {
  if (context.compromised) return
  await context.saveProgress({ dropped: await takeBaseline(link, previous, context) })
}

function waitForRefusal(
  link: ApiKeyLink,
  revoked: readonly RevokedVersion[],
  context: StepContext,
): Promise<void> {
  const met = (ack: Acknowledgement) => revoked.every((version) => !acknowledges(ack, version))
  const what = 'refuse the old key'
  const [first] = revoked
  const awaited = first && reaches('gone', first).awaited
  return awaitBarrier({ ...link, service: link.receiver, what, met, awaited }, context)
}

/** Writes receipts if every receiver replica reports that it does not accept the versions. */
async function attestRefusal(
  link: ApiKeyLink,
  revoked: readonly RevokedVersion[],
  context: StepContext,
): Promise<void> {
  const answers = await askReceivers(link, context)
  await attestWithout(answers, { revoked, how: 'refused' }, context)
}

function confirmSwitch(
  link: ApiKeyLink,
  { current, previous, validationMs, ...times }: WithPrevious & SwitchTimes,
  context: StepContext,
): Promise<void> {
  const versions = { watched: current.version, measure: previous.version }
  const { failureGraceMs: graceMs, maxOverlapMs } = times
  const failures = new FailureWatch({ ...versions, secret: link.secret, graceMs })
  const names = { to: current, from: previous, fromName: 'old key' } as const
  const silence = { silenceMs: validationMs, isHeardEverywhere: true, maxOverlapMs }
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

import type { Secret, SecretVersion } from '@rekey/secret'
import {
  attestWithout,
  awaitBarrier,
  type BarrierCondition,
  longestStep,
  patienceOf,
  reaches,
  type RevokedVersion,
  rollCall,
  type WaitOptions,
} from '@rekey/secret/internal/kind'
import type { Plan, RotationKind, StepContext } from '@rekey/secret/kind'

/** Waits for the end of what `old` is needed for. */
export type Ended = (
  old: SecretVersion,
  current: SecretVersion,
  context: StepContext,
) => Promise<void>

/** A secret with which the replicas of one service sign or encrypt, and read again what another one has. */
export interface SigningOptions extends WaitOptions {
  readonly kind: string
  /** Its name in the store. */
  readonly name: string
  readonly service: string
  /** Waits until nothing needs `old` any more, once every replica is to use `current`. */
  readonly ended: Ended
  /** The condition of {@link ended} in words. */
  readonly end: string
  /** Waits until no data is lost with `old`, where the secret has leaked and {@link ended} is left out. Absent: none is. */
  readonly keepsData?: Ended
  /** Makes the next value. */
  readonly next: (current: SecretVersion) => Promise<Secret>
  /** Has those outside the service know a version before it signs. Absent: there are none. */
  readonly publish?: (version: SecretVersion, context: StepContext) => Promise<void>
}

/**
 * Creates the seven steps of a secret that signs. Every replica reads what the new one signs before any replica signs with it, and what the old
 * one signed is read until the last of it has reached its end.
 */
export function createSigningRotation(options: SigningOptions): RotationKind {
  const { kind, name, service, ended, keepsData, next, publish } = options
  const patience = { ...patienceOf(options, name), service }
  const replicas = (condition: Condition, context: StepContext) =>
    awaitBarrier({ ...patience, ...condition }, context)
  const loaded = (version: SecretVersion, context: StepContext) =>
    replicas({ version, what: 'load the new one', ...reaches('loaded', version) }, context)
  const signing = (version: SecretVersion, what: string, context: StepContext) =>
    replicas({ version, what, ...reaches('in-use', version) }, context)
  const dropped = async (revoked: readonly RevokedVersion[], context: StepContext) => {
    for (const version of revoked) {
      await replicas({ what: 'drop the old one', ...reaches('gone', version) }, context)
    }
    const answers = await patience.fleet.acknowledgements(patience, context.signal)
    await attestWithout(answers, { revoked, how: 'dropped' }, context)
  }

  return {
    kind,
    name,
    longestStepMs: longestStep(patience.deadlineMs, 10 * 60_000),
    plan: async (_staged, signal) => describeSteps(options, await rollCall(patience, signal)),
    generate: next,
    async admit({ pending }, context) {
      await loaded(pending, context)
      await publish?.(pending, context)
    },
    prove: (candidate, _reference, context) => loaded(candidate, context),
    async confirm({ current, previous }, context) {
      await signing(current, 'use the new one', context)
      await ended(previous, current, context)
    },
    attestsItself: true,
    // Replicas drop the old one as soon as the store has; `confirmRevoked` waits until they do.
    async revoke({ previous, current }, context) {
      if (context.compromised) await keepsData?.(previous, current, context)
    },
    confirmRevoked: (revoked, context) => dropped([revoked], context),
    async closeLost(lost, _staged, context) {
      await dropped(lost, context)
      return []
    },
    async leave({ current, pending }, context) {
      await signing(current, 'use the old one again', context)
      await ended(pending, current, context)
    },
    async abort({ pending, current }, context) {
      // It may have been promoted and rolled back before it leaked.
      if (context.compromised) await keepsData?.(pending, current, context)
    },
  }
}

function describeSteps({ end, publish }: SigningOptions, present: string): Plan {
  const readers = publish === undefined ? '' : ', and so do the readers of the published set'
  return {
    generate: 'a random value, made here',
    stage: 'the store keeps it as pending',
    admit: `every replica reads what the new one makes${readers}; ${present}`,
    prove: 'every replica is asked again',
    promote: 'the new one becomes current, the old one previous',
    confirm: `every replica uses the new one, and ${end}`,
    revoke: 'every replica drops the old one',
  }
}

type Condition = Pick<BarrierCondition, 'what' | 'met' | 'awaited' | 'version'>

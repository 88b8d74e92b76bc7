import { randomBytes } from 'node:crypto'
import { SecretError } from '../errors.ts'
import { NON_PRODUCTION_PREFIX } from '../secret-spec.ts'
import type { SecretVersion } from '../secret-version.ts'
import { Secret } from '../secret.ts'
import { backoffMs } from '../time/backoff.ts'
import {
  changeOver,
  checkSlots,
  describeGap,
  endGap,
  type OneSlot,
  slotsOf,
  untilAccepted,
} from './change-over.ts'
import type { FarSide, FarSidePlan } from './far-side-calls.ts'
import {
  awaitBarrier,
  type BarrierCondition,
  longestStep,
  type Patience,
  patienceOf,
  reaches,
  rollCall,
  type WaitOptions,
} from './fleet.ts'
import { ofLogins, requireSameRights, untilWithoutSessions } from './login-steps.ts'
import type { Plan, RotationKind, StepContext, WithPending, WithPrevious } from './rotation-kind.ts'
import { endingIn, waitForSilence } from './version-silence.ts'

/** A secret at a far side. */
export interface FarSideOptions extends WaitOptions {
  /** `integration`, `oidc-client`. */
  readonly kind: string
  /** Its name in the store. */
  readonly name: string
  /** The service that holds it. */
  readonly service: string
  /** The service that accepts it. */
  readonly farSide: FarSide
  /** Whether new values bear the mark of development. */
  readonly nonProduction: boolean
  /** How long no replica may have used the old value before it ends. 0: it is not waited for, as where sessions show its use. */
  readonly validationMs: number
}

/**
 * Creates the seven steps of a secret at a far side: every replica loads the new value before the far side is asked to take it, wherever it is
 * ours; it is tried there; every replica uses it and no other; the far side is asked until it refuses the old one.
 *
 * A far side that holds one value refuses `current` before `promote`: replicas must fall back between live versions. The time is bounded by
 * `gapMs`, measured, and in the audit log; if the new value is not accepted by then, the old one is put back. After `promote` it is not: the
 * rotation is finished. Replicas that are restarted load the new value after `promote`, so their far side must accept both.
 *
 * @throws {TypeError} for a far side without the calls that its `slots` need
 * @example
 * ```ts
 * const rotationAt = (options: Omit<FarSideOptions, 'kind'>) =>
 *   createFarSideRotation({ ...options, kind: 'licence' })
 * ```
 */
export function createFarSideRotation(options: FarSideOptions): RotationKind {
  const { kind, name, service, farSide, nonProduction, validationMs } = options
  checkSlots(farSide)
  const patience = { ...patienceOf(options, name), service }
  const { deadlineMs, pollMs } = patience
  const gapMs = Math.min(farSide.gapMs ?? deadlineMs, deadlineMs)
  const at: Place = { farSide, patience, one: { farSide, gapMs, pollMs } }
  const { noun } = farSide
  const isRestarted = options.fleet.restarts?.(service) !== undefined

  return {
    kind,
    name,
    ...(farSide.lateCall !== undefined && { lateCall: farSide.lateCall }),
    longestStepMs: longestStep(deadlineMs, validationMs),
    async plan(staged, signal) {
      const present = await rollCall(patience, signal)
      const gap = (await holdsOne(at, signal)) ? describeGap(at.one) : undefined
      const described = { farSide, present, validationMs, gap, loadsBoth: !isRestarted }
      return describeSteps(await farSide.plan(staged, signal), described)
    },
    async generate(current, context) {
      const chosen = await farSide.choose?.(current, context)
      return chosen === undefined
        ? randomValue(name, { nonProduction })
        : checked(chosen, { current, farSide, nonProduction })
    },
    async admit(staged, context) {
      const { pending: version } = staged
      const what = `load both ${noun}s`
      const loaded = () => untilAll(at, { version, what, ...reaches('loaded', version) }, context)
      if (await holdsOne(at, context.signal)) return changeOver(at.one, staged, context, loaded)
      if (!isRestarted) await loaded()
      await farSide.add(staged, context)
    },
    prove: (candidate, reference, context) => prove(at, [candidate, reference], context),
    async confirm({ current: version, previous }, context) {
      const what = `use the new ${noun}`
      await untilAll(at, { version, what, ...reaches('in-use', version) }, context)
      await endGap(at.one, context)
      if (validationMs > 0) await waitForSilence(previous, { ...patience, validationMs }, context)
      await untilWithoutSessions({ farSide, value: previous.value }, patience, context)
    },
    revoke: (staged, context) => revoke(at, staged, context),
    confirmRevoked: (revoked, context) =>
      untilAll(at, { what: `drop the old ${noun}`, ...reaches('gone', revoked) }, context),
    async leave({ current: version, pending }, context) {
      // It refuses the old value until `abort` has put it back.
      if (await holdsOne(at, context.signal)) return
      const what = `use the old ${noun} again`
      await untilAll(at, { version, what, ...reaches('in-use', version) }, context)
      await untilWithoutSessions({ farSide, value: pending.value }, patience, context)
    },
    abort: (staged, context) => abort(at, staged, context),
    sweep: async (...of) => (await farSide.sweep?.(...of)) ?? [],
    ...ofLogins(farSide),
  }
}

/** A far side, and how its rotation waits for it and for replicas. */
interface Place {
  readonly farSide: FarSide
  readonly patience: Patience & Pick<FarSideOptions, 'service'>
  readonly one: OneSlot
}

type Condition = Pick<BarrierCondition, 'what' | 'met' | 'awaited' | 'version'>

const untilAll = ({ patience }: Place, condition: Condition, context: StepContext) =>
  awaitBarrier({ ...patience, ...condition }, context)

const holdsOne = async ({ farSide }: Place, signal: AbortSignal) =>
  (await slotsOf(farSide, signal)) === 'one'

async function prove(
  at: Place,
  [{ value, stage, version }, reference]: readonly [SecretVersion, SecretVersion],
  context: StepContext,
): Promise<void> {
  const { farSide, patience, one } = at
  const { signal } = context
  const isOne = await holdsOne(at, signal)
  // What holds one value was asked to end the old one when it was given the new one.
  const wasAskedToEnd = isOne && stage === 'previous'
  if (wasAskedToEnd || endingIn(context.progress) === version) throw noWayBack(farSide)
  if (isOne) {
    await untilAccepted(one, context, (limited) => farSide.accepts(value, limited))
  } else if (!(await answers(true, { farSide, value }, patience, context))) {
    const message = `${farSide.name} refuses the ${farSide.noun}: see there what it is for`
    throw new SecretError('rejected', message)
  }
  await requireSameRights(farSide, [value, reference.value], signal)
}

/** It may still accept a value that it was asked to end. */
function noWayBack({ name, noun }: FarSide): SecretError {
  const remedy = 'do not roll back, run the rotation again'
  const message = `${name} was asked to end the old ${noun}, and may accept it for a while longer: ${remedy}`
  return new SecretError('refused', message)
}

async function revoke(
  { farSide, patience, one }: Place,
  { previous }: WithPrevious,
  context: StepContext,
): Promise<void> {
  const { value, version } = previous
  // Nothing that has leaked is rolled back to.
  if (!context.compromised) {
    await context.saveProgress({ ...(context.progress as object | undefined), ending: version })
  }
  await farSide.remove(value, context, previous)
  // Once the secret has leaked there is no `confirm`.
  await endGap(one, context)
  if (await answers(false, { farSide, value }, patience, context)) return
  const remedy = 'remove it there, then run the rotation again'
  const message = `${farSide.name} still accepts the old ${farSide.noun}: ${remedy}`
  throw new SecretError('unreachable', message)
}

async function abort(at: Place, staged: WithPending, context: StepContext): Promise<void> {
  const { farSide, patience, one } = at
  const { current, pending } = staged
  await farSide.withdraw(staged, context)
  const isOne = !context.compromised && (await holdsOne(at, context.signal))
  const shows = (wanted: boolean, { value }: SecretVersion) =>
    answers(wanted, { farSide, value }, patience, context)
  // While it accepts both, it may still be about to end the old one.
  if (isOne && !((await shows(true, current)) && (await shows(false, pending)))) {
    const remedy = 'set it there, then run the same command again'
    const message = `${farSide.name} does not accept the old ${farSide.noun} alone again: ${remedy}`
    throw new SecretError('unreachable', message)
  }
  await endGap(one, context)
}

const LONGEST_PAUSE_MS = 10_000

/** Asks until the far side accepts, or refuses, a value, since it may need a while for either; false after the deadline. */
async function answers(
  wanted: boolean,
  { farSide, value }: { readonly farSide: FarSide; readonly value: Secret },
  { deadlineMs, pollMs }: Patience,
  context: StepContext,
): Promise<boolean> {
  const { clock, signal } = context
  const { name, noun } = farSide
  const deadline = clock.elapsed() + deadlineMs
  // A far side may lock an account after a few logins that failed.
  const backoff = { firstMs: pollMs, longestMs: Math.max(pollMs, LONGEST_PAUSE_MS) }
  for (let attempt = 0; (await farSide.accepts(value, signal)) !== wanted; attempt += 1) {
    if (clock.elapsed() >= deadline) return false
    context.waiting(`${name} ${wanted ? 'refuses the' : 'still accepts the ended'} ${noun}`)
    const pauseMs = Math.min(backoffMs(backoff, attempt), deadline - clock.elapsed())
    await clock.sleep(pauseMs, signal, { keepAlive: true })
  }
  return true
}

const SECRET_BYTES = 32

/** Makes a value of 32 random bytes, with the mark of development or without. */
export function randomValue(
  label: string,
  { nonProduction }: { readonly nonProduction: boolean },
): Secret {
  const mark = nonProduction ? NON_PRODUCTION_PREFIX : ''
  return Secret.of(mark + randomBytes(SECRET_BYTES).toString('base64url'), label)
}

interface Chosen extends Pick<FarSideOptions, 'nonProduction'> {
  readonly current: SecretVersion
  readonly farSide: FarSide
}

/** @throws {SecretError} `refused` for the value in use, and for a mark of another environment, which no service would load */
function checked(chosen: Secret, { current, farSide, nonProduction }: Chosen): Secret {
  const { noun } = farSide
  const text = chosen.expose()
  const isMarked = farSide.isMarked?.(chosen) ?? text.startsWith(NON_PRODUCTION_PREFIX)
  if (text === current.value.expose()) {
    throw new SecretError('refused', `this is the ${noun} that is in use: make a new one`)
  }
  if (isMarked === nonProduction) return Secret.of(text, current.name)
  const must = nonProduction ? 'must begin' : 'must not begin'
  const message = `a ${noun} for this environment ${must} with ${NON_PRODUCTION_PREFIX}: make another one`
  throw new SecretError('refused', message)
}

interface Described extends Pick<FarSideOptions, 'farSide' | 'validationMs'> {
  /** The replicas that are there, in words. */
  readonly present: string
  /** Whether every replica has both values before the far side is asked to take the new one. */
  readonly loadsBoth: boolean
  /** Of a far side that holds one value: how long logins may fail, in words. */
  readonly gap: string | undefined
}

function describeSteps(
  at: FarSidePlan,
  { farSide: { name, noun }, present, validationMs, gap, loadsBoth }: Described,
): Plan {
  const admitted = gap === undefined ? at.admit : `${at.admit}; ${gap}`
  return {
    stage: 'the store keeps it as pending',
    prove: `${name} is asked whether it accepts the new one`,
    promote: `the new ${noun} becomes current, the old one previous`,
    confirm: `every replica uses the new one, and none the old one for ${validationMs} ms`,
    ...at,
    admit: `${loadsBoth ? `every replica has loaded both ${noun}s, and ` : ''}${admitted}; ${present}`,
    revoke: `${at.revoke}, and ${name} is asked until it refuses it`,
  }
}

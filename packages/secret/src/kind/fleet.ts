import { SecretError } from '../errors.ts'
import {
  type AwaitedState,
  hasReached,
  MAX_REPORT_WAIT_MS,
  type VersionState,
} from '../report-question.ts'
import type { SecretHealth, VersionHealth, VersionRejection } from '../health-report.ts'
import {
  type Acknowledgement,
  type Answer,
  type Fleet,
  type FleetQuestion,
  identityOf,
} from './replicas.ts'
import type { RevokedVersion, StepContext } from './rotation-kind.ts'
import { backoffMs } from '../time/backoff.ts'
import { inWords } from '../time/deadline.ts'

/** Whose acknowledgements of which secret a kind awaits, and for how long. */
export interface Patience {
  readonly fleet: Fleet
  /** The secret's name in the store. */
  readonly secret: string
  readonly deadlineMs: number
  readonly pollMs: number
}

/** How the rotation of one secret waits for the replicas of its services. */
export interface WaitOptions {
  /** The replicas that are asked. */
  readonly fleet: Fleet
  /** How long it waits for replicas and for the far side. Default 60,000. */
  readonly deadlineMs?: number
  /** Default 100. */
  readonly pollMs?: number
}

/** Returns the patience with which a rotation waits, defaults filled in. */
export function patienceOf(
  { fleet, deadlineMs = 60_000, pollMs = 100 }: WaitOptions,
  secret: string,
): Patience {
  return { fleet, secret, deadlineMs, pollMs }
}

/** The waits of a step one after the other: replicas, sessions, stragglers; and a minute for the calls in between. */
const WAITS_OF_A_STEP = 3
const CALLS_OF_A_STEP_MS = 60_000

/** Returns how long a step may take whose waits have this deadline. `besideMs` is what it waits for beside replicas and sessions. */
export function longestStep(deadlineMs: number, besideMs = 0): number {
  return WAITS_OF_A_STEP * deadlineMs + besideMs + CALLS_OF_A_STEP_MS
}

/** The longest wait for a replica once a secret has leaked. */
export const EMERGENCY_DEADLINE_MS = 5_000

/** How long an emergency waits for a replica that gives no answer at all while every other one is there. */
const ABSENT_PATIENCE_MS = 1_000

/** When a wait has to end, by `clock.elapsed()`, and how often it looks. */
export interface LookTimes extends Pick<Patience, 'pollMs'> {
  readonly deadline: number
}

/** The longest pause between two looks that fail. */
const LONGEST_PAUSE_MS = 2_000

/**
 * Takes a look that a wait needs, again while it fails and may succeed later: a source of replicas that does not answer, or lists none
 * for a moment, ends no wait before its own deadline. The pauses grow to 2 s.
 *
 * @throws {SecretError} `unreachable` of the last look once the deadline has passed; any other error at once
 */
export async function lookUntil<T>(
  look: () => Promise<T>,
  { deadline, pollMs }: LookTimes,
  { clock, signal, waiting }: Pick<StepContext, 'clock' | 'signal' | 'waiting'>,
): Promise<T> {
  const firstMs = Math.max(pollMs, 100)
  const backoff = { firstMs, longestMs: Math.max(firstMs, LONGEST_PAUSE_MS), jitter: 0 }
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await look()
    } catch (error) {
      const leftMs = deadline - clock.elapsed()
      if (!isUnreachable(error) || leftMs <= 0 || signal.aborted) throw error
      waiting(error.message)
      const pauseMs = Math.min(backoffMs(backoff, attempt), leftMs)
      await clock.sleep(pauseMs, signal, { keepAlive: true })
    }
  }
}

/** Whether something did not answer, so that it may later. */
export function isUnreachable(error: unknown): error is SecretError {
  return error instanceof SecretError && error.code === 'unreachable'
}

/** A condition on the acknowledgement of every replica of a service. */
export interface BarrierCondition extends Patience {
  readonly service: string
  /** The action that each replica is to take, as an infinitive: "accept the new key". */
  readonly what: string
  /** The version that replicas are to take over: one that rejects it ends the wait. Default: none is looked for. */
  readonly version?: RevokedVersion
  /** Whether this replica is there already. */
  readonly met: (acknowledgement: Acknowledgement) => boolean
  /** A replica waits with its answer until it is there, see {@link reaches}. Default: it answers at once. */
  readonly awaited?: AwaitedState | undefined
}

/** Returns the condition that replicas stand so to a version, for which they wait with their answers. */
export function reaches(
  state: VersionState,
  { version }: RevokedVersion,
): Pick<BarrierCondition, 'met' | 'awaited'> {
  const awaited = { state, version }
  return { awaited, met: (ack) => hasReached(ack, awaited) }
}

/**
 * Waits until every replica of a service meets the condition. One that does not answer counts as not there. Only those that are late
 * are asked again; once there are none, one last look at all ends the wait, so that it holds for the replicas of that moment. Once
 * the secret has leaked, those who are late or reject the version are named and left behind; one that gives no answer at all is not
 * waited for once the others are there, and no later wait of the emergency asks it. Where replicas cannot be listed, it goes on without.
 *
 * @throws {SecretError} `rejected` naming a replica that rejects the version, and its reason, at once; `unreachable` naming the laggards
 * when the deadline passes
 */
export async function awaitBarrier(
  condition: BarrierCondition,
  context: StepContext,
): Promise<void> {
  const { what, deadlineMs, pollMs, met, version } = condition
  const { clock, signal, compromised } = context
  const begun = clock.elapsed()
  const deadline = begun + (compromised ? Math.min(deadlineMs, EMERGENCY_DEADLINE_MS) : deadlineMs)
  const left = context.leftBehind ?? new Map<string, Answer>()
  let known: ReadonlyMap<string, Answer> = left
  for (;;) {
    const answers = await askLate(condition, { known, deadline }, context).catch(
      (error: unknown) => {
        if (!compromised || !isUnreachable(error)) throw error
        context.waiting(`went on without the replicas of ${condition.service}: ${error.message}`)
        return undefined
      },
    )
    if (answers === undefined) return
    const isThere = ({ replica, ack }: Answer) =>
      left.has(identityOf(replica)) || (ack !== undefined && met(ack))
    const late = answers.filter((answer) => !isThere(answer))
    if (late.length === 0) {
      if (known === left) return
      known = left
      continue
    }
    if (!compromised && version !== undefined) requireNoRejection(late, version)
    const rejecting = late.filter(({ ack }) => version && rejectionOf(ack, version))
    if (clock.elapsed() >= deadline || rejecting.length === late.length) {
      const laggards = late.map((answer) => describeLaggard(answer, version))
      if (!compromised)
        throw timedOut(`${laggards.join(', ')} did not ${what} within ${inWords(deadlineMs)}`, late)
      context.waiting(`went on without ${laggards.join(', ')}`)
      return
    }
    const wasPatient = compromised && clock.elapsed() - begun >= ABSENT_PATIENCE_MS
    const absent = wasPatient ? late.filter(isAbsent) : []
    for (const each of absent) left.set(identityOf(each.replica), each)
    const there = `waiting for ${late.length} of ${answers.length} replicas to ${what}`
    const without = absent.map((each) => describeLaggard(each, version)).join(', ')
    const waiting = late.filter((each) => !absent.includes(each))
    const urls = waiting.map(({ replica }) => replica.healthUrl)
    context.waiting(absent.length === 0 ? there : `goes on without ${without}`, urls)
    known = new Map(answers.filter(isThere).map((answer) => [identityOf(answer.replica), answer]))
    await clock.sleep(pollMs, signal, { keepAlive: true })
  }
}

/** Asks those whose answers are not known; each may wait with its answer until the deadline. */
function askLate(
  { fleet, pollMs, ...question }: BarrierCondition,
  { known, deadline }: Pick<LookTimes, 'deadline'> & Required<Pick<FleetQuestion, 'known'>>,
  context: StepContext,
): Promise<Answer[]> {
  const { clock, signal } = context
  const look = () => {
    const waitMs = Math.min(MAX_REPORT_WAIT_MS, Math.max(0, deadline - clock.elapsed()))
    return fleet.acknowledgements({ ...question, known, waitMs }, signal)
  }
  return lookUntil(look, { deadline, pollMs }, context)
}

/** Whether a replica that the fleet lists does not answer, rather than answers something else. */
export function isAbsent({ ack, problem }: Answer): boolean {
  return ack === undefined && problem === undefined
}

/** The error of a wait that ran out: its details name those of the late replicas that do not answer, so that the rotation is stuck. */
export function timedOut(message: string, late: readonly Answer[]): SecretError {
  const absent = late.filter(isAbsent).map(({ replica }) => replica.healthUrl)
  const details = absent.length === 0 ? {} : { absent: absent.join(' ') }
  return new SecretError('unreachable', message, details)
}

function describeLaggard(
  { replica: { healthUrl }, ack, problem, absence }: Answer,
  version: RevokedVersion | undefined,
): string {
  const rejection = version && rejectionOf(ack, version)
  const why =
    rejection === undefined ? (problem ?? absence) : `rejects it: ${describeRejection(rejection)}`
  return why === undefined ? healthUrl : `${healthUrl} (${why})`
}

/**
 * Ends a step if a replica rejects the version that it is to take over.
 *
 * @throws {SecretError} `rejected` naming the replica and its reason
 */
export function requireNoRejection(answers: readonly Answer[], version: RevokedVersion): void {
  for (const answer of answers) {
    const rejection = rejectionOf(answer.ack, version)
    if (rejection === undefined) continue
    const { by, reason, details } = rejection
    const message = `${nameOf(answer)} rejects version ${version.version}: ${describeRejection(rejection)}: see its log`
    const replica = answer.replica.healthUrl
    throw new SecretError('rejected', message, { ...details, replica, by, why: reason })
  }
}

function rejectionOf(
  ack: Acknowledgement | undefined,
  { version }: RevokedVersion,
): VersionRejection | undefined {
  return ack?.rejections?.find((rejection) => rejection.version === version)
}

const CHECKS: ReadonlyMap<string, string> = new Map([
  ['rule', 'its rule'],
  ['probe', 'its trial at the far side'],
  ['consumer', 'a consumer in the process'],
])

function describeRejection({ by, reason }: VersionRejection): string {
  return `${reason} by ${CHECKS.get(by) ?? by}`
}

/** Returns how many replicas of a service answer, in words: `2 of 2 replicas of signing answer`. */
export async function rollCall(
  { fleet, ...of }: FleetQuestion & Pick<Patience, 'fleet'>,
  signal: AbortSignal,
): Promise<string> {
  const answers = await fleet.acknowledgements(of, signal)
  const present = answers.filter(({ ack }) => ack !== undefined).length
  return `${present} of ${answers.length} replicas of ${of.service} answer`
}

/** Returns the version in a stage, as a replica reports it. */
export function versionIn(ack: SecretHealth, stage: string): VersionHealth | undefined {
  return ack.versions.find((version) => version.stage === stage)
}

/** Whether a replica has loaded a version, in any stage. */
export function acknowledges(
  ack: Acknowledgement | undefined,
  { version }: RevokedVersion,
): boolean {
  return ack !== undefined && hasReached(ack, { state: 'loaded', version })
}

/** Attests the versions of which every replica answers that it has them no more. `how` it ended them: `refused`, `dropped`. */
export async function attestWithout(
  answers: readonly Answer[],
  { revoked, how }: { readonly revoked: readonly RevokedVersion[]; readonly how: string },
  context: StepContext,
): Promise<void> {
  for (const { version, id } of revoked) {
    const without = answers.filter(({ ack }) => ack && !acknowledges(ack, { version }))
    if (without.length < answers.length) continue
    const evidence = `${how} by ${without.map(nameOf).join(', ')}`
    await context.attest({ version, ...(id !== undefined && { id }), evidence })
  }
}

/** Names a replica for messages: `signing at http://10.0.0.3:9090`. */
export function nameOf({ replica: { service, healthUrl } }: Answer): string {
  return `${service} at ${healthUrl}`
}

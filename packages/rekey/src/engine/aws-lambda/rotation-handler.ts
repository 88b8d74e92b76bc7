import { type Clock, SecretError, type SecretStore, systemClock } from '@rekey/secret'
import { hasPending, hasPrevious, type Step } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { isOpen, type RotationEvent, type RotationIntent } from '../../journal/journal.ts'
import { rollBack } from '../roll-back.ts'
import { rotate, type RotateOptions } from '../rotate.ts'
import { RotationError } from '../rotation-error.ts'
import type { RotationOptions } from '../rotation-options.ts'
import {
  type AwsRotationEvent,
  type AwsRotationState,
  type LambdaContext,
  requireTurn,
} from './rotation-event.ts'

/** How long an invocation of a Lambda function may still take. */
interface InvocationLimit {
  readonly clock: Clock
  /** Absent: as long as it needs. */
  readonly remainingMs: number | undefined
}

/** For giving back the claim and telling how it ended. */
const MARGIN_MS = 5_000

/** A store over Secrets Manager, as `openAwsStore` of `@rekey/config-loader/aws` opens it. */
export interface AwsRotationStore extends SecretStore {
  describe(secretId: string): Promise<AwsRotationState>
}

/** Options of the rotation function. */
export interface AwsRotationOptions extends Omit<RotationOptions, 'store' | 'signal'> {
  /** The secrets, in AWS Secrets Manager. */
  readonly store: AwsRotationStore
  /** The kind of the secret of that name; rejects for one that this function does not rotate. */
  readonly kindFor: (name: string) => RotationKind | Promise<RotationKind>
  /** The secrets that `revokeSecret` goes through where the event names none. Default: none. */
  readonly names?: readonly string[]
}

/** One invocation. */
interface Invocation {
  readonly kind: RotationKind
  readonly options: AwsRotationOptions & { readonly signal: AbortSignal }
  /** The id of the version that becomes current; also the idempotency key of the rotation. */
  readonly request: string
  /** Where that version stood when the function was called. */
  readonly turn: 'pending' | 'current'
}

/**
 * Creates the rotation function of Secrets Manager: AWS keeps the schedule, and each of its steps takes a rotation as far as
 * ours goes by then.
 *
 * | Secrets Manager | the seven steps         |
 * | --------------- | ----------------------- |
 * | `createSecret`  | generate, stage         |
 * | `setSecret`     | admit                   |
 * | `testSecret`    | prove                   |
 * | `finishSecret`  | promote, confirm, revoke |
 *
 * Each can be called again, and what is left of an earlier one is done first. If the invocation ends before all replicas
 * have switched, `finishSecret` succeeds nevertheless, since the new version is current; `revokeSecret`, called on a schedule of
 * your own with `{ "Step": "revokeSecret" }` for all secrets, or with a `SecretId` for one, or the next `createSecret` confirms and
 * revokes.
 *
 * @example
 * ```ts
 * export const handler = createAwsRotationHandler({ store, journal, kindFor })
 * ```
 * @throws the function: {SecretError} `refused` for a version that is not to be rotated, `malformed` for an event of another kind;
 *   {RotationError}; {AggregateError} if `revokeSecret` failed for some of all secrets, with a message that names them
 */
export function createAwsRotationHandler(
  options: AwsRotationOptions,
): (event: AwsRotationEvent, context?: LambdaContext) => Promise<void> {
  const { store, kindFor, clock = systemClock } = options
  return (event, context) =>
    withinInvocation(
      { clock, remainingMs: context?.getRemainingTimeInMillis() },
      async (signal) => {
        const work = ownStep(event.Step)
        if (event.SecretId === undefined) return revokeEach(event, { ...options, signal })
        const state = await store.describe(event.SecretId)
        const turn = event.Step === 'revokeSecret' ? 'current' : requireTurn(event, state)
        const request = event.ClientRequestToken ?? ''
        const kind = await kindFor(state.name)
        await work({ kind, options: { ...options, signal }, request, turn })
      },
    )
}

type Work = (invocation: Invocation) => Promise<void>

const WORK = new Map<string, Work>([
  ['createSecret', whilePending(createSecret)],
  [
    'setSecret',
    whilePending(({ kind, options, request }) =>
      rotateUntil('admit', kind, { ...options, request }),
    ),
  ],
  ['testSecret', whilePending(testSecret)],
  ['finishSecret', finishSecret],
  ['revokeSecret', revokeSecret],
])

function ownStep(step: string): Work {
  const work = WORK.get(step)
  if (work !== undefined) return work
  const known = [...WORK.keys()].join(', ')
  throw new SecretError('malformed', `that step is not known: ask for one of ${known}`)
}

/** The work before `finishSecret`: done if the version is current. */
function whilePending(work: Work): Work {
  return async (invocation) => {
    if (invocation.turn === 'pending') await work(invocation)
  }
}

async function createSecret(invocation: Invocation): Promise<void> {
  const { kind, options, request } = invocation
  const staged = await options.store.read(kind.name, options.signal)
  const intent = await intentOf(invocation)
  if (hasPending(staged)) return
  if (hasPrevious(staged)) await rotate(kind, options)
  else if (isOpen(intent) && intent.request !== request) await rollBack(kind, options)
  await rotateUntil('stage', kind, { ...options, request })
}

/** Where nothing new is staged, the service tries out whether the function would work. */
async function testSecret({ kind, options, request }: Invocation): Promise<void> {
  const staged = await options.store.read(kind.name, options.signal)
  if (hasPending(staged)) await rotateUntil('prove', kind, { ...options, request })
  else await kind.plan(staged, options.signal)
}

async function finishSecret(invocation: Invocation): Promise<void> {
  const { kind, options, request, turn } = invocation
  const staged = await options.store.read(kind.name, options.signal)
  const intent = await intentOf(invocation)
  const isOurs = isOpen(intent) && intent.request === request
  if (turn === 'current' && !hasPrevious(staged) && !isOurs) return
  try {
    await rotate(kind, { ...options, request })
  } catch (error) {
    if (!options.signal.aborted) throw error
    const now = await options.store.read(kind.name)
    if (hasPending(now)) throw error
  }
}

/** Finishes what was promoted. A pending version is left to the service. */
async function revokeSecret(invocation: Invocation): Promise<void> {
  const { kind, options } = invocation
  const staged = await options.store.read(kind.name, options.signal)
  if (hasPending(staged)) return
  const intent = await intentOf(invocation)
  const isUnconfirmed = isOpen(intent) && intent.from.version !== staged.current.version
  if (hasPrevious(staged) || isUnconfirmed) await rotate(kind, options)
}

/** Goes through all secrets; one that fails keeps no other waiting. */
async function revokeEach(
  { Step }: AwsRotationEvent,
  options: Invocation['options'],
): Promise<void> {
  if (Step !== 'revokeSecret') {
    throw new SecretError(
      'malformed',
      'that event names no secret: Secrets Manager sends a SecretId',
    )
  }
  const { names = [], kindFor } = options
  const failures = new Map<string, unknown>()
  for (const name of names) {
    try {
      const kind = await kindFor(name)
      await revokeSecret({ kind, options, request: '', turn: 'current' })
    } catch (error) {
      if (!isBusy(error)) failures.set(name, error)
    }
  }
  if (failures.size === 0) return
  const failed = [...failures.keys()].join(', ')
  throw new AggregateError(failures.values(), `these were not finished: ${failed}`)
}

/** Another rotator is finishing it. */
function isBusy(error: unknown): boolean {
  return error instanceof RotationError && error.code === 'busy'
}

async function intentOf({ kind, options }: Invocation): Promise<RotationIntent | undefined> {
  const [entry] = await options.journal.entries([kind.name])
  return entry?.intent
}

/** Rotates, and stops once `step` is done. The rotation stays open; the same call with a later step goes on with it. */
async function rotateUntil(step: Step, kind: RotationKind, options: RotateOptions): Promise<void> {
  const reached = new AbortController()
  const stop = new Error(`${kind.name} has passed ${step}`)
  const signals = [reached.signal, ...(options.signal ? [options.signal] : [])]
  const onEvent = async (event: RotationEvent) => {
    await options.onEvent?.(event)
    if (event.step === step && event.phase === 'end') reached.abort(stop)
  }
  try {
    await rotate(kind, { ...options, signal: AbortSignal.any(signals), onEvent })
  } catch (error) {
    if (error !== stop) throw error
  }
}

/** Does `work` under a signal that aborts shortly before the invocation is killed. */
async function withinInvocation<T>(
  { clock, remainingMs }: InvocationLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController()
  const done = new AbortController()
  const expire = () => {
    const message = 'the invocation is about to end: call it again to go on'
    limit.abort(new SecretError('unreachable', message, { reason: 'timeout' }))
  }
  if (remainingMs !== undefined) {
    // The wait is rejected when the work was done before.
    clock.sleep(Math.max(remainingMs - MARGIN_MS, 0), done.signal).then(expire, () => undefined)
  }
  try {
    return await work(limit.signal)
  } finally {
    done.abort()
  }
}

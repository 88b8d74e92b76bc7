import { SecretError, type SecretStore } from '@rekey/secret'
import { awaitBarrier, type Fleet } from '@rekey/secret/internal/kind'
import type { RotationKind, StepContext } from '@rekey/secret/kind'
import { withoutAbsent } from '../without-absent.ts'
import { answersOf, type Workloads } from './restarted-fleet.ts'
import { markBetween, markOf, type Workload } from './workload.ts'

/** Options of {@link withRestarts}. */
export interface RestartingOptions {
  /** The workloads of the holders of the secret that are restarted. */
  readonly workloads: Workloads
  readonly store: Pick<SecretStore, 'read'>
  /** How long a restart may take until all processes are there. */
  readonly deadlineMs: number
  /** See `withoutAbsent`. */
  readonly without: readonly string[]
}

/** Of a step whose kind names no longest time. */
const LONGEST_STEP_MS = 600_000
const POLL_MS = 1_000

/**
 * Adds restarts to the rotation of a secret: after `promote` each workload is restarted once, and every process must have been started
 * since; so again where the rotation is rolled back. Before `promote` it only tries whether it could restart. Once the secret has leaked, it
 * restarts right before the old version ends, and nothing keeps that from its end.
 */
export function withRestarts(kind: RotationKind, options: RestartingOptions): RotationKind {
  const { workloads, store } = options
  const all = [...workloads.values()].flat()
  const names = all.map(({ name }) => name).join(', ')
  const restart = async (mark: string, context: StepContext) => {
    await context.fence()
    for (const workload of all) await restartOne(workload, { secret: kind.name, mark }, context)
  }
  const restartAndWait = async (mark: string, context: StepContext) => {
    await restart(mark, context)
    for (const service of workloads.keys()) {
      await waitForStart(service, { ...options, secret: kind.name, mark }, context)
    }
  }
  return {
    ...kind,
    longestStepMs: (kind.longestStepMs ?? LONGEST_STEP_MS) + workloads.size * options.deadlineMs,
    async plan(staged, signal) {
      const plan = await kind.plan(staged, signal)
      const restarts = `restarts ${names} and waits until all processes were started since`
      return { ...plan, confirm: `${restarts}; ${plan.confirm}` }
    },
    async lacks(staged, signal) {
      const trial = { secret: kind.name, mark: markOf(staged), isTrial: true }
      const tried = all.map((one) => one.restart(trial, signal).then(() => undefined, obstacleIn))
      const obstacles = (await Promise.all(tried)).filter((one) => one !== undefined)
      return [...((await kind.lacks?.(staged, signal)) ?? []), ...obstacles]
    },
    async admit(staged, context) {
      const trial = { secret: kind.name, mark: markOf(staged), isTrial: true }
      if (!context.compromised) {
        for (const workload of all) await workload.restart(trial, context.signal)
      }
      await kind.admit(staged, context)
    },
    async confirm(staged, context) {
      await restartAndWait(markOf(staged), context)
      await kind.confirm(staged, context)
    },
    async leave(staged, context) {
      await restartAndWait(markOf(staged), context)
      await kind.leave?.(staged, context)
    },
    async revoke(staged, context) {
      if (context.compromised) {
        await restart(markOf(staged), context).catch((error: unknown) => {
          context.waiting(`revokes although ${names} is not restarted: ${messageOf(error)}`)
        })
      }
      await kind.revoke(staged, context)
    },
    async confirmRevoked(revoked, context) {
      if (context.compromised) {
        const { current } = await store.read(kind.name, context.signal)
        await restartAndWait(markBetween(current.version, revoked.version), context)
      }
      await kind.confirmRevoked?.(revoked, context)
    },
  }
}

/** After `promote` a workload that is paused holds the rotation up, and is no reason to roll it back: that takes a restart too. */
async function restartOne(
  workload: Workload,
  order: { readonly secret: string; readonly mark: string },
  { signal }: StepContext,
): Promise<void> {
  try {
    await workload.restart(order, signal)
  } catch (error) {
    if (!(error instanceof SecretError) || error.code !== 'refused') throw error
    throw new SecretError('unreachable', error.message, error.details)
  }
}

/** @throws the error itself, unless it states what keeps a restart from being made */
function obstacleIn(error: unknown): string {
  const codes = ['refused', 'forbidden', 'missing']
  if (error instanceof SecretError && codes.includes(error.code)) return error.message
  throw error
}

function messageOf(error: unknown): string {
  if (error instanceof SecretError) return error.message
  throw error
}

interface Awaited extends Omit<RestartingOptions, 'store'> {
  readonly secret: string
  readonly mark: string
}

/** @throws {SecretError} `rejected` where a restart is given up by what runs the workload; `unreachable` naming what is late */
function waitForStart(service: string, awaited: Awaited, context: StepContext): Promise<void> {
  const { secret, workloads, mark, deadlineMs, without } = awaited
  const judge = (found: string | undefined) =>
    found === mark ? undefined : 'was started before this version was current'
  const look = async (workload: Workload, signal: AbortSignal) => {
    const seen = await workload.look(secret, signal)
    if (seen.failure !== undefined && !context.compromised) {
      const message = `${workload.name} does not start with the new version: ${seen.failure}: see its log`
      throw new SecretError('rejected', message)
    }
    return answersOf(service, workload, seen, judge)
  }
  const fleet: Fleet = {
    replicas: () => Promise.resolve([]),
    async acknowledgements(_, signal) {
      const looks = (workloads.get(service) ?? []).map((workload) => look(workload, signal))
      return (await Promise.all(looks)).flat()
    },
  }
  return awaitBarrier(
    {
      fleet: without.length === 0 ? fleet : withoutAbsent(fleet, without),
      ...{ service, secret, deadlineMs, pollMs: POLL_MS },
      what: 'start with the version that is current',
      met: ({ state }) => state === 'fresh',
    },
    context,
  )
}

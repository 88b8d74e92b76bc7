import { setTimeout as delay } from 'node:timers/promises'
import { createPatientFetch, Outages } from './chaos/outages.ts'
import { type ChaosResult, runChaos } from './chaos/run-chaos.ts'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { describeStall } from './describe-stall.ts'
import { type Load, type LoadCounts, startLoad } from './load.ts'
import { openRotator } from '@rekey/rekey'
import type { Rotator } from '@rekey/rekey/internal/rotator'
import type { Stack } from './open-stack.ts'
import { makeReport, type Report } from './report.ts'
import { rotatePatiently } from './rotate-patiently.ts'
import type { Turn } from './rotation-row.ts'
import { watchForStall } from './stall-watch.ts'
import { type LoginWatch, watchLogins } from './watch-logins.ts'

/** Options of a run. */
export interface DemoOptions {
  /** How often each secret is rotated. */
  readonly rounds: number
  /** How long it is rotated again and again instead, until the end of a round. Default: for the rounds. */
  readonly forMs?: number | undefined
  /** How many people load the portal. */
  readonly people: number
  readonly validationMs: number
  readonly signal: AbortSignal
  readonly onEvent: (event: RotationEvent, counts: LoadCounts, turn: Turn) => void
  /** Called with what is waited for beside rotations. */
  readonly onWait?: (what: string) => void
  /** Called with the error of a run that fails, before anything is waited for, and with who waits for what if it is a stall. */
  readonly onFailure?: (error: unknown, waits?: string) => void
  /** How long no request may end while the load runs. Default 5,000, with faults three minutes. */
  readonly stallMs?: number | undefined
  /** Makes faults while secrets are rotated, in an order that this number decides, on a stack with {@link Stack.liarHost}. Default: none. */
  readonly chaos?: number | undefined
  /** Called with each fault as it is made. */
  readonly onFault?: (text: string) => void
  /** Called with what the system did about it. */
  readonly onOutcome?: (text: string) => void
}

/** Load before the first rotation and after the last one, so that both ends are seen under load. */
const MARGIN_MS = 1_000

const STALL_MS = 5_000
/** Longer than the start of a service takes on a machine with many more busy processes than cores. */
const CHAOS_LIMIT_MS = 180_000

const DONE = new Error('the run is over')

/** How many logins of each service that the store lends come to their end during a run. */
const ENDS = 2

/**
 * Loads the stack and, while the load runs, rotates every API key, TLS identity, database login, client secret and integration secret again and again. Logins that the
 * store lends come to their end by themselves: the load runs on until it is past the longest life of two of them.
 */
export async function runDemo(stack: Stack, options: DemoOptions): Promise<Report> {
  const { validationMs, signal: cancelled, onFailure, chaos } = options
  const { stallMs = chaos === undefined ? STALL_MS : CHAOS_LIMIT_MS } = options
  const { lending } = stack
  const outages = new Outages()
  const rotator = await openRotator({ ...stack.family, validationMs })
  const startedAt = performance.now()
  const load = openLoad(stack, outages, options)
  const lent = lending && watchLogins(rotator, lending)
  const stop = new AbortController()
  const visits = stack.autoscaler?.run(load.frontends, stop.signal)
  visits?.catch(stopWith(stop))
  const signal = AbortSignal.any([cancelled, stop.signal])
  const watched = { requests: () => load.counts().requests, stallMs }
  const stalled = watchForStall(watched, signal).then(async (stall) => {
    onFailure?.(stall, await describeStall({ stack, rotator }))
    stop.abort(stall)
  })
  // Rejects with the signal's reason, which the work below meets too.
  stalled.catch(() => undefined)
  try {
    await delay(MARGIN_MS, undefined, { signal })
    const rotated = await rotateAll({ stack, rotator, outages, load }, { ...options, signal })
    await untilEnds(lent, { ...options, signal })
    await delay(MARGIN_MS, undefined, { signal })
    stop.abort(DONE)
    const counts = await load.stop()
    const durationMs = performance.now() - startedAt
    const others = { visits: await visits, lentLogins: lent?.seen() }
    return await makeReport(stack, rotator, { load: counts, ...rotated, durationMs, ...others })
  } catch (error) {
    if (!stop.signal.aborted) onFailure?.(error)
    stop.abort(DONE)
    throw error
  } finally {
    await load.stop()
    await lent?.stop()
    await visits?.catch(() => undefined)
    await rotator.close()
  }
}

function stopWith(stop: AbortController) {
  return (error: unknown) => {
    stop.abort(error)
  }
}

/** Until the logins that the store lends have come to their end so often. */
async function untilEnds(
  lent: LoginWatch | undefined,
  { onWait, signal }: Pick<DemoOptions, 'onWait' | 'signal'>,
): Promise<void> {
  if (lent === undefined) return
  onWait?.('the end of two database logins of each service')
  await lent.untilPast(ENDS, signal)
}

function openLoad(
  { frontendUrl, fetch }: Stack,
  outages: Outages,
  { people, chaos, signal }: Pick<DemoOptions, 'people' | 'chaos' | 'signal'>,
): Load {
  if (chaos === undefined) return startLoad({ frontendUrl, fetch, people })
  const patient = createPatientFetch(fetch, outages, signal)
  return startLoad({ frontendUrl, fetch: patient, people, limitMs: CHAOS_LIMIT_MS })
}

interface RunParts {
  readonly stack: Stack
  readonly rotator: Rotator
  readonly outages: Outages
  readonly load: Load
}

const ignore = () => undefined

async function rotateAll(
  { load, ...parts }: RunParts,
  { onEvent, chaos: seed, onFault = ignore, onOutcome = ignore, ...options }: DemoOptions,
): Promise<{ rotations: Readonly<Record<string, number>>; chaos?: ChaosResult }> {
  const { kinds, store, journal, audit } = parts.rotator
  const { rounds, forMs, signal } = options
  const rotations: Record<string, number> = {}
  const of = forMs === undefined ? { of: rounds * kinds.size } : {}
  const show = (event: RotationEvent) => {
    const ended = Object.values(rotations).reduce((sum, n) => sum + n, 0)
    onEvent(event, load.counts(), { nth: ended + 1, ...of })
  }
  if (seed !== undefined) {
    const own = { ...options, onEvent: show, onFault, onOutcome }
    return { rotations, chaos: await runChaos({ ...parts, ...own, seed }, rotations) }
  }
  const endMs = performance.now() + (forMs ?? 0)
  const isOver = (round: number) =>
    forMs === undefined ? round > rounds : performance.now() >= endMs
  for (let round = 1; !isOver(round); round += 1) {
    for (const [secret, kind] of kinds) {
      const rotation = { store, journal, audit, signal, onEvent: show }
      // An operator may have ordered the same from the console.
      await rotatePatiently(kind, rotation, ({ code }) => code === 'busy')
      rotations[secret] = (rotations[secret] ?? 0) + 1
    }
  }
  return { rotations }
}

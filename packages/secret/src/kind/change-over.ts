import { SecretError } from '../errors.ts'
import { backoffMs } from '../time/backoff.ts'
import { inWords, within } from '../time/deadline.ts'
import type { FarSide, Slots } from './far-side-calls.ts'
import { isUnreachable, type Patience } from './fleet.ts'
import type { StepContext, WithPending } from './rotation-kind.ts'

/** A far side that holds one value, and how long its logins may fail. */
export interface OneSlot extends Pick<Patience, 'pollMs'> {
  readonly farSide: FarSide
  readonly gapMs: number
}

/** @throws {TypeError} for a far side that lacks what its slots need */
export function checkSlots(farSide: FarSide): void {
  const { name, slots, gapMs } = farSide
  const isNamed = farSide.accountOf !== undefined && farSide.close !== undefined
  if (slots === 'names' && !isNamed) throw new TypeError(`${name}: names need accountOf and close`)
  const mayBeOne = slots === 'one' || typeof slots === 'function'
  if (mayBeOne && gapMs === undefined) throw new TypeError(`${name}: one value needs gapMs`)
}

/** How many logins a far side accepts now. */
export async function slotsOf({ slots }: FarSide, signal: AbortSignal): Promise<Slots> {
  return typeof slots === 'function' ? slots(signal) : slots
}

/** The declaration of a gap, for a plan. */
export function describeGap({ farSide: { name, noun }, gapMs }: Omit<OneSlot, 'pollMs'>): string {
  return `${name} holds one ${noun}: logins may fail for at most ${inWords(gapMs)}`
}

/**
 * Has a far side replace its one value once every replica has both, and asks until it accepts the new one. A run that resumes it goes on where
 * the change took place already.
 *
 * @throws {SecretError} `refused` if it does not within the gap
 */
export async function changeOver(
  one: OneSlot,
  staged: WithPending,
  context: StepContext,
  loaded: () => Promise<void>,
): Promise<void> {
  const { farSide } = one
  const { gap, signal } = context
  const accepts = ({ value }: WithPending['pending' | 'current']) => farSide.accepts(value, signal)
  const isResumed = gap.sinceMs !== undefined
  // Replicas had both before the far side was asked, and wait for `promote`.
  if (isResumed && (await accepts(staged.pending))) return
  await loaded()
  if (!isResumed || (await accepts(staged.current))) await gap.begin()
  await untilAccepted(one, context, async (limited) => {
    await farSide.add(staged, { ...context, signal: limited })
    return farSide.accepts(staged.pending.value, limited)
  })
}

/** An attempt gets as long as this at least, also where a rotator was away for longer than the gap. */
const LEAST_MS = 1_000
const LONGEST_PAUSE_MS = 2_000

/**
 * Takes an attempt until the new value is accepted. No answer is an attempt that failed: logins may fail meanwhile.
 *
 * @throws {SecretError} `refused` once the gap is as long as declared, after one attempt at least; then the old value is put back
 */
export async function untilAccepted(
  { farSide: { name, noun }, gapMs, pollMs }: OneSlot,
  context: StepContext,
  attempt: (signal: AbortSignal) => Promise<boolean>,
): Promise<void> {
  const { clock, compromised, gap, signal } = context
  const begun = clock.elapsed()
  const leftMs = () => gapMs - (gap.sinceMs ?? clock.elapsed() - begun)
  const backoff = { firstMs: pollMs, longestMs: Math.max(pollMs, LONGEST_PAUSE_MS) }
  for (let nth = 0; ; nth += 1) {
    let why = `${name} refuses it`
    const limit = { what: `an answer of ${name}`, limitMs: Math.max(leftMs(), LEAST_MS) }
    try {
      if (await within({ ...limit, clock, signal }, attempt)) return
    } catch (error) {
      if (!isUnreachable(error)) throw error
      why = error.message
    }
    if (leftMs() <= 0) {
      const end = compromised ? 'it is withdrawn' : 'the old one is put back'
      const message = `${name} did not accept the new ${noun} within the gap of ${inWords(gapMs)} (${why}): ${end}; see there, then rotate again`
      throw new SecretError('refused', message)
    }
    context.waiting(`${name} has not accepted the new ${noun} (${why})`)
    const pauseMs = Math.min(backoffMs(backoff, nth), Math.max(0, leftMs()))
    await clock.sleep(pauseMs, signal, { keepAlive: true })
  }
}

/** Notes that the gap is over, and reports its length. */
export async function endGap(
  { farSide: { name }, gapMs }: Omit<OneSlot, 'pollMs'>,
  context: StepContext,
): Promise<void> {
  const { gap } = context
  const { sinceMs } = gap
  if (sinceMs === undefined) return
  await gap.end()
  const than = sinceMs > gapMs ? 'longer than declared' : 'declared'
  const seconds = (sinceMs / 1_000).toFixed(1)
  context.waiting(`gap ${seconds} s at ${name} (${than}: ${inWords(gapMs)})`)
}

import { type Clock, SecretError, within } from '@rekey/secret'
import { type LeaseTerm, waitFor } from './lease-term.ts'
import { drawGrace, MIN_WAIT_MS, nextRenewal, type Random, retryGap } from './renewal-plan.ts'

/** What the server granted in a renewal. */
export interface RenewedTerm {
  readonly ttlMs: number
  readonly renewable: boolean
}

/** What {@link keepTerm} keeps, and how. */
export interface KeepTermOptions {
  readonly term: LeaseTerm
  readonly renewable: boolean
  /** One renewal. A `SecretError` of code `unreachable` is worth another try, any other one is final. */
  readonly renew: (signal: AbortSignal) => Promise<RenewedTerm>
  readonly renewed?: (term: RenewedTerm) => void
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
}

/**
 * Why a term is kept no longer.
 *
 * - `due`: still valid, but it must be replaced now, since it cannot be renewed (again)
 * - `gone`: the server refused a renewal; `error` says why
 * - `expired`: it has run out; `error` is the last failure, absent if the machine was suspended or the term too short
 * - `stopped`: the signal
 */
export interface TermEnd {
  readonly reason: 'due' | 'gone' | 'expired' | 'stopped'
  readonly error?: SecretError
}

/**
 * Renews until it is time for something new, by the rules of Vault's `LifetimeWatcher`, with what that lacks: the waits
 * after a failure are really waited, the last failure is told, nothing is retried that the server refused, terms above 24.8
 * days work, and a machine that was suspended notices.
 */
export async function keepTerm(options: KeepTermOptions): Promise<TermEnd> {
  try {
    return await keep(options)
  } catch (error) {
    if (options.signal.aborted) return { reason: 'stopped' }
    throw error
  }
}

async function keep(options: KeepTermOptions): Promise<TermEnd> {
  const { term, clock, random, signal } = options
  let { renewable } = options
  let priorMs = Math.max(term.remainingMs, MIN_WAIT_MS)
  let graceMs = drawGrace(priorMs, random)
  for (let remainingMs = priorMs; ; remainingMs = term.remainingMs) {
    if (remainingMs > priorMs) graceMs = drawGrace(remainingMs, random)
    priorMs = remainingMs
    const waitMs = nextRenewal(remainingMs, graceMs)
    if (waitMs === undefined) return { reason: 'due' }
    await waitFor(clock, waitMs, signal)
    if (term.remainingMs <= 0) return { reason: 'expired' }
    if (!renewable) return { reason: 'due' }
    const outcome = await renewInTime(options)
    if ('reason' in outcome) return outcome
    ;({ renewable } = outcome)
  }
}

/** Tries until the server has renewed or refused, or the term is over. */
async function renewInTime(options: KeepTermOptions): Promise<RenewedTerm | TermEnd> {
  const { term, clock, random, signal } = options
  const firstRemainingMs = term.remainingMs
  for (let attempt = 0; ; attempt += 1) {
    const askedAt = clock.elapsed()
    try {
      const limitMs = Math.max(term.remainingMs, MIN_WAIT_MS)
      const limit = { what: 'a renewal by Vault', clock, limitMs, signal }
      const granted = await within(limit, options.renew)
      term.prolong(granted.ttlMs, askedAt)
      options.renewed?.(granted)
      return granted
    } catch (error) {
      if (signal.aborted || !(error instanceof SecretError)) throw error
      if (error.code !== 'unreachable') return { reason: 'gone', error }
      const { remainingMs } = term
      const gapMs = retryGap(attempt, firstRemainingMs, remainingMs, random)
      await waitFor(clock, Math.min(gapMs, remainingMs), signal)
      if (term.remainingMs <= 0) return { reason: 'expired', error }
    }
  }
}

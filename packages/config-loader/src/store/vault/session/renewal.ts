import { type Backoff, type Random, singleFlight } from '@rekey/secret/internal'
import { backoffMs, type Clock, SecretError, within } from '@rekey/secret'

/** The term that a renewal granted. */
export interface RenewedTerm {
  readonly ttlMs: number
  readonly renewable: boolean
}

/** The options of {@link renewUntilDue}. */
interface RenewalOptions {
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
 * Why a term is renewed no longer.
 *
 * - `due`: still valid, but it must be replaced now, since it cannot be renewed (again)
 * - `gone`: the server refused a renewal; `error` is its answer
 * - `expired`: it has run out; `error` is the last failure, absent if the machine was suspended or the term too short
 * - `stopped`: the signal
 */
export interface TermEnd {
  readonly reason: 'due' | 'gone' | 'expired' | 'stopped'
  readonly error?: SecretError
}

/**
 * Renews a term until it must be replaced, by the rules of Vault's `LifetimeWatcher`, without its defects: the waits after a
 * failure are kept, the last failure is returned, nothing is retried that the server refused, terms above 24.8
 * days work, and a machine that was suspended notices.
 */
export async function renewUntilDue(options: RenewalOptions): Promise<TermEnd> {
  try {
    return await keep(options)
  } catch (error) {
    if (options.signal.aborted) return { reason: 'stopped' }
    throw error
  }
}

async function keep(options: RenewalOptions): Promise<TermEnd> {
  const { term, clock, random, signal } = options
  let { renewable } = options
  let priorMs = Math.max(term.remainingMs, MIN_WAIT_MS)
  let fullMs = priorMs
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
    if (outcome.ttlMs < fullMs * LAST_TERM_PART) return { reason: 'due' }
    fullMs = Math.max(fullMs, outcome.ttlMs)
    ;({ renewable } = outcome)
  }
}

/** Tries until the server has renewed or refused, or the term is over. */
async function renewInTime(options: RenewalOptions): Promise<RenewedTerm | TermEnd> {
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

/** How many looks at the clock one wait is divided into, at least a second apart. */
const LOOKS = 200
const MIN_STEP_MS = 1_000

/** How long something is valid that the server granted for a time. Setting the wall clock does not change it. */
export class LeaseTerm {
  readonly #clock: Clock
  #endsAt = 0

  /** `askedAt` is when the request was sent (`Clock.elapsed`), since the server began to count some time after that. */
  constructor(clock: Clock, ttlMs: number, askedAt: number) {
    this.#clock = clock
    this.prolong(ttlMs, askedAt)
  }

  get remainingMs(): number {
    return this.#endsAt - this.#clock.elapsed()
  }

  /** By the wall clock as it is now. */
  get expiresAt(): Date {
    return new Date(this.#clock.now() + this.remainingMs)
  }

  /** The server granted `ttlMs` more, counted from `askedAt`. */
  prolong(ttlMs: number, askedAt: number): void {
    this.#endsAt = askedAt + ttlMs
  }

  /** Resolves at the end, or rejects with the signal's reason. */
  async run(signal: AbortSignal): Promise<void> {
    await waitFor(this.#clock, this.remainingMs, signal)
  }
}

/**
 * Waits for any time, and notices when the machine was suspended meanwhile: timers stand still then, the rest of the world
 * does not. So the wait is divided, and each part looks at what has really passed.
 */
export async function waitFor(clock: Clock, waitMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const end = clock.elapsed() + waitMs
  const stepMs = Math.max(waitMs / LOOKS, MIN_STEP_MS)
  for (let leftMs = waitMs; leftMs > 0; leftMs = end - clock.elapsed()) {
    await clock.sleep(Math.ceil(Math.min(leftMs, stepMs)), signal)
  }
}

/** No renewal follows another within less than a second, whatever the server grants. */
const MIN_WAIT_MS = 1_000

/** A login is made, proved and handed to those who work with the old one; a busy machine takes a second for that. */
const MIN_GRACE_MS = 1_000
/** Of a longer part nothing would be left to renew. */
const MAX_GRACE_PART = 0.2
/**
 * A term that the server cut to less than this part is the last one. It is replaced while all of it is left; `LifetimeWatcher`
 * does so below 0.4 to 0.8, by lot, and else waits until only the grace is left.
 */
const LAST_TERM_PART = 4 * MAX_GRACE_PART

/**
 * The part of a term that is kept free for replacing what cannot be renewed: 10 to 20 % of it, drawn by lot, so that many
 * processes do not knock together. As in Vault's `LifetimeWatcher` (api/lifetime_watcher.go, `calculateGrace`), but at least a
 * second where a term is so long.
 */
function drawGrace(ttlMs: number, random: Random): number {
  const drawnMs = ttlMs * (0.1 + 0.1 * random())
  return Math.min(Math.max(drawnMs, MIN_GRACE_MS), ttlMs * MAX_GRACE_PART)
}

/**
 * How long to wait before the next renewal, or undefined if it is time to replace instead. As in `LifetimeWatcher`
 * (`doRenewWithOptions`): two thirds of what remains plus a third of the grace, which is 0.70 to 0.733 of a full term; and
 * no more renewals once that would end inside the grace, which means 4 graces before the end.
 */
function nextRenewal(remainingMs: number, graceMs: number): number | undefined {
  const waitMs = (remainingMs * 2 + graceMs) / 3
  if (remainingMs - waitMs <= graceMs) return undefined
  return Math.max(waitMs, MIN_WAIT_MS)
}

/** The first wait of `LifetimeWatcher` after a failed renewal, and the longest one (`backoff.ExponentialBackOff` in its code). */
const FIRST_GAP_MS = 10_000
const LONGEST_GAP_MS = 5 * 60_000

/** The first gap is at most this part of what remains, so that a short term leaves room for several tries. */
const FIRST_GAP_PART = 8

/**
 * The wait before a failed renewal is tried again: 10 s, doubled each time up to 5 min, times 0.5 to 1.5; less for short
 * terms, and half of what remains once the end is near. Infinity if nothing more fits in.
 *
 * @param attempt 0 after the first failure
 * @param firstRemainingMs what remained then
 */
function retryGap(
  attempt: number,
  firstRemainingMs: number,
  remainingMs: number,
  random: Random,
): number {
  const firstMs = Math.min(
    Math.max(firstRemainingMs / FIRST_GAP_PART, 2 * MIN_WAIT_MS),
    FIRST_GAP_MS,
  )
  const grownMs = backoffMs({ firstMs, longestMs: 2 * LONGEST_GAP_MS, jitter: 0 }, attempt)
  const drawnMs = Math.min(grownMs * (0.5 + random()), LONGEST_GAP_MS)
  const gapMs = Math.min(drawnMs, Math.max(remainingMs / 2, firstMs / 2))
  return gapMs < remainingMs ? gapMs : Infinity
}

/** The options of a {@link RetryingFlight}. */
interface RetryingFlightOptions<T> {
  readonly attempt: (signal: AbortSignal) => Promise<T>
  /** Called after each failure with the time until the next attempt. */
  readonly failed?: (error: SecretError, retryInMs: number) => void
  readonly clock: Clock
  readonly random: Random
  /** Ends everything. */
  readonly signal: AbortSignal
}

/** Vault Agent's auto-auth: `min_backoff` 1 s, `max_backoff` 5 min, doubled each time, less a random part up to 25 %. */
const BACKOFF: Backoff = { firstMs: 1_000, longestMs: 5 * 60_000, jitter: 0.25 }

/**
 * Shares one attempt among all callers. After a failed one no other is made for the time of the backoff: calls in that time
 * get the same failure, and the server is not asked.
 */
export class RetryingFlight<T> {
  readonly #options: RetryingFlightOptions<T>
  #failure: SecretError | undefined
  #failures = 0
  #successes = 0
  #nextAt = -Infinity

  constructor(options: RetryingFlightOptions<T>) {
    this.#options = options
  }

  /**
   * Joins the attempt under way or starts one.
   *
   * @throws {SecretError} the failure, or the last one while it is too early for another attempt; then `retryAfterMs` in its
   * details is the rest of the wait
   */
  readonly run = singleFlight(async (): Promise<T> => {
    const leftMs = this.#nextAt - this.#options.clock.elapsed()
    if (this.#failure !== undefined && leftMs > 0) throw withRetryAfter(this.#failure, leftMs)
    return this.#try()
  })

  /** RetryingFlight until one has succeeded, also one that another caller began. Rejects when the signal ends everything. */
  readonly persist = singleFlight(() => this.#persist())

  async #persist(): Promise<void> {
    const { clock, signal } = this.#options
    const before = this.#successes
    while (this.#successes === before) {
      try {
        await this.run()
      } catch (error) {
        if (signal.aborted || !(error instanceof SecretError)) throw error
        await waitFor(clock, this.#nextAt - clock.elapsed(), signal)
      }
    }
  }

  async #try(): Promise<T> {
    const { attempt, clock, random, signal, failed } = this.#options
    try {
      signal.throwIfAborted()
      const result = await attempt(signal)
      this.#successes += 1
      this.#failures = 0
      this.#failure = undefined
      return result
    } catch (error) {
      if (signal.aborted || !(error instanceof SecretError)) throw error
      const waitMs = backoffMs(BACKOFF, this.#failures, random)
      this.#failures += 1
      this.#failure = error
      this.#nextAt = clock.elapsed() + waitMs
      failed?.(error, waitMs)
      throw error
    }
  }
}

function withRetryAfter({ code, message, details }: SecretError, retryAfterMs: number) {
  return new SecretError(code, message, { ...details, retryAfterMs: Math.ceil(retryAfterMs) })
}

/** Lets `work` go on until `signal` ends it. Its failures are emitted elsewhere; anything but a `SecretError` is a defect. */
export function inBackground(work: Promise<unknown>, signal: AbortSignal): void {
  work.catch((error: unknown) => {
    if (!signal.aborted && !(error instanceof SecretError)) throw error
  })
}

import { setTimeout as delay } from 'node:timers/promises'
import { SecretError, within } from '@rekey/secret'
import { type Browser, createBrowser, logIn } from '@rekey/testbed'
import { InHandError } from './chaos/outages.ts'
import { Frontends } from './frontends.ts'
import { Latencies, type LatencyReport } from './latencies.ts'
import { orderProfile } from './order-profile.ts'

/** The counts of the load so far. */
export interface LoadCounts {
  /** Profiles asked for, and logins. */
  readonly requests: number
  readonly profiles: number
  readonly logins: number
  readonly failures: number
  /** Those of the failures that did not end within the limit. */
  readonly hangs: number
  /** Requests that failed as they were on their way when frontend or PostgreSQL was killed on purpose; not among the failures. */
  readonly inHand: number
  /** How often each failure happened, in our words. */
  readonly failuresByReason: Readonly<Record<string, number>>
}

/** The counts of a load that has ended. */
export interface LoadResult extends LoadCounts {
  /** How many replicas of frontend were used, one that came again as another one. */
  readonly frontends: number
  /** Of the requests that were answered. */
  readonly latency: LatencyReport
}

/** A load that runs until it is stopped. */
export interface Load {
  /** The replicas of frontend that are used: that of the options, and those that are added. */
  readonly frontends: Frontends
  counts(): LoadCounts
  /** Lets every request in flight finish, then ends. */
  stop(): Promise<LoadResult>
}

/** The load: its targets and its size. */
export interface LoadOptions {
  readonly frontendUrl: string
  /** Trusts the certificate of frontend. */
  readonly fetch: typeof fetch
  /** How many people use the portal at once. */
  readonly people: number
  /** How many profiles a person gets before logging in anew. Default 5. */
  readonly profilesPerLogin?: number
  /** How long a profile or a login may take. Default 60,000, which is longer than any service waits for another. */
  readonly limitMs?: number
}

/** An account of its own, so that the portal of alice does not fill with profiles of the load. */
const ACCOUNT = 'load'

/** A person's pause after a failure, so that a broken system is not asked thousands of times. */
const PAUSE_AFTER_FAILURE_MS = 100
const LIMIT_MS = 60_000

/**
 * Starts people who log in by the OIDC code flow, ask for VPN profiles one after another, and log in again. A profile counts
 * only when its certificate has come back.
 */
export function startLoad(options: LoadOptions): Load {
  const run = new LoadRun(options)
  const people = Array.from({ length: options.people }, () => run.person())
  return {
    frontends: run.frontends,
    counts: () => run.counts(),
    async stop() {
      run.stopping = true
      await Promise.all(people)
      return {
        ...run.counts(),
        frontends: run.frontends.used,
        latency: run.latencies.report(),
      }
    },
  }
}

class LoadRun {
  stopping = false
  readonly latencies = new Latencies()
  readonly frontends: Frontends
  readonly #options: LoadOptions
  readonly #reasons = new Map<string, number>()
  #profiles = 0
  #logins = 0
  #failures = 0
  #hangs = 0
  #inHand = 0

  constructor(options: LoadOptions) {
    this.#options = options
    this.frontends = new Frontends([options.frontendUrl])
  }

  counts(): LoadCounts {
    return {
      requests: this.#profiles + this.#logins + this.#failures + this.#inHand,
      profiles: this.#profiles,
      logins: this.#logins,
      failures: this.#failures,
      hangs: this.#hangs,
      inHand: this.#inHand,
      failuresByReason: Object.fromEntries(this.#reasons),
    }
  }

  async person(): Promise<void> {
    while (!this.stopping) await this.frontends.use((url) => this.#session(url))
  }

  /** From the login to the last profile. */
  async #session(frontendUrl: string): Promise<void> {
    const { fetch, profilesPerLogin = 5, limitMs: timeoutMs = LIMIT_MS } = this.#options
    const startUrl = new URL('/login', frontendUrl)
    const browser = createBrowser({ fetch, timeoutMs })
    const login = () => logIn({ startUrl, account: ACCOUNT, browser })
    const session = await this.#timed('a login', login)
    if (session === undefined) return
    this.#logins += 1
    for (let left = profilesPerLogin; left > 0; left -= 1) {
      if (this.stopping) return
      const there = { ...this.#options, frontendUrl }
      const order = (signal: AbortSignal) => getProfile(there, browser, signal)
      const serial = await this.#timed('a profile', order)
      if (serial !== undefined) this.#profiles += 1
    }
  }

  /** Ends with the limit, whatever the request does. */
  async #timed<T>(
    what: string,
    request: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    const startedAt = performance.now()
    const { limitMs = LIMIT_MS } = this.#options
    try {
      const answer = await within({ what, limitMs, keepAlive: true }, request)
      const endedAt = performance.now()
      this.latencies.add(endedAt, endedAt - startedAt)
      return answer
    } catch (error) {
      this.#count(error)
      await delay(PAUSE_AFTER_FAILURE_MS)
      return undefined
    }
  }

  #count(error: unknown): void {
    if (error instanceof InHandError) {
      this.#inHand += 1
      return
    }
    const reason = error instanceof Error ? error.message : 'unknown'
    this.#failures += 1
    if (error instanceof SecretError && error.details['reason'] === 'timeout') this.#hangs += 1
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1)
  }
}

async function getProfile(
  options: LoadOptions,
  browser: Browser,
  signal: AbortSignal,
): Promise<string> {
  const { response } = await orderProfile(options, browser, signal)
  if (response.status !== 201) {
    await response.body?.cancel()
    throw new Error(`profile request answered ${response.status}`)
  }
  const profile = (await response.json()) as { certificate: string; serial: string }
  if (!profile.certificate.includes('BEGIN CERTIFICATE')) {
    throw new Error('a profile came without a certificate')
  }
  return profile.serial
}

import { singleFlight, within } from '@rekey/secret'
import type { Service } from './service.ts'

/** Something that must work for the service to be ready: a query, a key that is loaded. Rejects or throws if it does not. */
export type ReadinessCheck = () => Promise<unknown>

/** Whether a service can serve, and what keeps it from that. */
export interface Readiness {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, boolean>>
  /** The state of each secret that is not fresh. */
  readonly secrets: Readonly<Record<string, string>>
}

/** Options of the checks. */
export interface ReadinessOptions {
  readonly checks?: Readonly<Record<string, ReadinessCheck>>
  /** How long a check may take; then it has failed. Default 2,000. */
  readonly checkTimeoutMs?: number
}

/** Creates the check of a service as a whole. Who asks while it runs gets the same answer, so that probes cannot pile up. */
export function createReadiness(
  service: Service,
  { checks = {}, checkTimeoutMs = 2_000 }: ReadinessOptions,
): () => Promise<Readiness> {
  return singleFlight(() => judge(service, checks, checkTimeoutMs))
}

async function judge(
  service: Service,
  checks: Readonly<Record<string, ReadinessCheck>>,
  timeoutMs: number,
): Promise<Readiness> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      return [name, await passes(name, check, timeoutMs)] as const
    }),
  )
  const states = service.health().secrets.map(({ name, state }) => [name, state] as const)
  const isServed = states.every(([, state]) => state !== 'expired')
  return {
    ready: isServed && results.every(([, passed]) => passed),
    checks: Object.fromEntries(results),
    secrets: Object.fromEntries(states.filter(([, state]) => state !== 'fresh')),
  }
}

/** A check may throw before it waits, so it is called within the attempt. */
async function passes(name: string, check: ReadinessCheck, limitMs: number): Promise<boolean> {
  try {
    await within({ what: `the readiness check ${name}`, limitMs }, async () => check())
    return true
  } catch {
    return false
  }
}

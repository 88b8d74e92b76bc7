import { singleFlight } from '@rekey/secret/internal'
import { within } from '@rekey/secret'
import type { Service } from './service.ts'

/** Something that must work for the service to be ready: a query, a key that is loaded. Rejects or throws if it does not. */
export type ReadinessCheck = () => Promise<unknown>

type Checks = Readonly<Record<string, ReadinessCheck>>

/** Whether a service can serve, and what keeps it from that. */
export interface Readiness {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, boolean>>
  /** As `checks`, without an effect on `ready`; absent if there are none. */
  readonly warnings?: Readonly<Record<string, boolean>>
  /** The state of each secret that is not fresh. */
  readonly secrets: Readonly<Record<string, string>>
}

/** Options of the checks. */
export interface ReadinessOptions {
  readonly checks?: Checks
  /** Checks that fail before something stops working, and are reported alone. Default none. */
  readonly warnings?: Checks
  /** How long a check may take; then it has failed. Default 2,000. */
  readonly checkTimeoutMs?: number
}

/** Creates the check of a service as a whole. Who asks while it runs gets the same answer, so that probes cannot pile up. */
export function createReadiness(
  service: Service,
  { checks = {}, warnings, checkTimeoutMs = 2_000 }: ReadinessOptions,
): () => Promise<Readiness> {
  const run = async (kind: Checks): Promise<Readonly<Record<string, boolean>>> => {
    const results = Object.entries(kind).map(async ([name, check]) => {
      return [name, await passes(name, check, checkTimeoutMs)] as const
    })
    return Object.fromEntries(await Promise.all(results))
  }
  return singleFlight(async () => {
    const [passed, warned] = await Promise.all([run(checks), warnings && run(warnings)])
    const states = service.health().secrets.map(({ name, state }) => [name, state] as const)
    const isServed = states.every(([, state]) => state !== 'expired')
    return {
      ready: isServed && Object.values(passed).every(Boolean),
      checks: passed,
      ...(warned && { warnings: warned }),
      secrets: Object.fromEntries(states.filter(([, state]) => state !== 'fresh')),
    }
  })
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

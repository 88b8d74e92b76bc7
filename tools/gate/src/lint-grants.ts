import type { AccessPolicy } from './policy.ts'

/** What one service may hold, as the lint rule `service-access` wants to be told. */
export interface LintGrant {
  /** The kinds of secret of its own. */
  readonly kinds: readonly string[]
  /** The services that it may call. */
  readonly callsTo: readonly string[]
  /** The services that may call it. */
  readonly calledBy: readonly string[]
}

/**
 * The policy as the option `grants` of the lint rule `service-access`, so that what is granted stands in one table: for every
 * service that the policy names, what it may hold.
 */
export function lintGrants({ kinds, calls }: AccessPolicy): Readonly<Record<string, LintGrant>> {
  const owned = Object.entries(kinds).flatMap(([kind, { holders }]) =>
    holders === 'callers' ? [] : [{ kind, holders }],
  )
  const services = new Set([...owned.flatMap(({ holders }) => holders), ...calls.flat()])
  const grantOf = (service: string): LintGrant => ({
    kinds: owned.filter(({ holders }) => holders.includes(service)).map(({ kind }) => kind),
    callsTo: calls.filter(([sender]) => sender === service).map(([, receiver]) => receiver),
    calledBy: calls.filter(([, receiver]) => receiver === service).map(([sender]) => sender),
  })
  return Object.fromEntries([...services].sort().map((service) => [service, grantOf(service)]))
}

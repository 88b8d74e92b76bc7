import { type Holdings, isCall, listParties } from './parties.ts'

/** The grants of one service, as the option of the lint rule `service-access`. */
export interface LintGrant {
  /** The kinds of secret of its own. */
  readonly kinds: readonly string[]
  /** The services that it may call. */
  readonly callsTo: readonly string[]
  /** The services that may call it. */
  readonly calledBy: readonly string[]
}

/**
 * Derives the option `grants` of the lint rule `service-access`: what each service of the family may hold. Imports nothing but
 * types from other packages, so that a lint configuration can load its source.
 */
export function lintGrants(family: Holdings): Readonly<Record<string, LintGrant>> {
  const all = listParties(family)
  const calls = all.filter((secret) => isCall(family, secret)).map(({ parties }) => parties)
  const owned = all.filter((secret) => !isCall(family, secret))
  const grantOf = (service: string): LintGrant => ({
    kinds: unique(owned.filter(({ parties }) => parties[0] === service).map(({ kind }) => kind)),
    callsTo: unique(calls.filter(([sender]) => sender === service).map(([, to = '']) => to)),
    calledBy: unique(
      calls.filter(([, receiver]) => receiver === service).map(([from = '']) => from),
    ),
  })
  const services = family.services.toSorted()
  return Object.fromEntries(services.map((service) => [service, grantOf(service)]))
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}

import type { Family } from '@rekey/rekey/internal'
import { REFERENCE } from './reference-family.ts'
import type { StackStore } from './stores/stack-store.ts'

type Entry = Exclude<Family['secrets'][string][number], string>

/** A TLS identity, as the family declares it. */
export type IdentityEntry = Entry & { readonly names: readonly string[] }

/** Signing issues none for these in production. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1']

/** The TLS identities of the reference family: in development also for the names by which this machine calls itself. */
export function describeIdentities({
  environment,
}: Pick<StackStore, 'environment'>): IdentityEntry[] {
  const more = environment === 'production' ? [] : LOOPBACK_NAMES
  return (REFERENCE.secrets['tls'] ?? []).map((entry) => {
    // The schema of the kind has read it.
    const identity = entry as IdentityEntry
    return { ...identity, names: [...identity.names, ...more] }
  })
}

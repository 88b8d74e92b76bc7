import { storeName } from '@rekey/secret'
import type { Family } from './family.ts'
import { KINDS } from './kinds.ts'
import { listParties, type PartiesOfSecret } from './parties.ts'

/** One secret that services of a family hold. */
export interface FamilySecret extends PartiesOfSecret {
  /** Its name in the store. */
  readonly name: string
  /** As on the command line: `api-key frontend:signing`. */
  readonly title: string
  /** The services that read it. */
  readonly holders: readonly string[]
  /** Whether a rotator changes it; a person changes the passphrase of a CA key, a store the logins that it lends. */
  readonly isRotated: boolean
}

/** The secrets that the services of a family hold, in the order of the declaration. */
export function secretsOf(family: Family): FamilySecret[] {
  return listParties(family).map(({ kind, parties }) => ({
    kind,
    parties,
    name: nameOf({ kind, parties }),
    title: `${kind} ${parties.join(':')}`,
    holders: parties.filter((party) => family.services.includes(party)),
    isRotated: isChangeable(kind) && !isLent(family, kind, parties),
  }))
}

/** The passphrase of a CA key, for one, is changed by a person. A kind that is not known here may have a rotation elsewhere. */
function isChangeable(kind: string): boolean {
  const known = KINDS.get(kind)
  return known === undefined || known.rotation !== undefined
}

/** Whether the store itself makes the logins of a service, each with a lease; then no rotator changes them. */
function isLent({ databases }: Family, kind: string, [holder]: readonly string[]): boolean {
  return (
    kind === 'database' &&
    databases.some(({ service, lent }) => lent !== false && service === holder)
  )
}

/** A kind that is not known here is named as it is written. */
function nameOf({ kind, parties }: PartiesOfSecret): string {
  const known = KINDS.get(kind)
  return known?.parties.length === parties.length
    ? known.storeName(...parties)
    : storeName(kind, parties)
}

/** The names of the secrets that `service` reads. A store lets it read no others; a login that the store lends has no name there. */
export function namesReadBy(family: Family, service: string): string[] {
  const held = secretsOf(family).filter(({ kind, parties, holders }) => {
    return holders.includes(service) && !isLent(family, kind, parties)
  })
  return held.map(({ name }) => name)
}

/** The names of the secrets that the rotator changes. */
export function rotatedNames(family: Family): string[] {
  const names = secretsOf(family).flatMap(({ name, isRotated }) => (isRotated ? [name] : []))
  return [...names, ...credentials(family, isReplaced)]
}

/** The servers at which the rotator logs in: those of databases and of the journal. */
export function usedServers({ servers, databases, journal }: Family): UsedServer[] {
  return Object.entries(servers).flatMap(([server, { admin }]) => {
    const isUsed = server === journal || databases.some((place) => place.server === server)
    return isUsed ? [{ server, admin }] : []
  })
}

/** A PostgreSQL server, and the name of the secret that holds the rotator's login there. */
export interface UsedServer {
  readonly server: string
  readonly admin: string
}

/** The names of the secrets that the rotator only reads: its logins, and its credentials at identity providers. */
export function namesReadByRotator(family: Family): string[] {
  const names = usedServers(family).map(({ admin }) => admin)
  return [...names, ...credentials(family, (provider) => !isReplaced(provider))]
}

type Provider = Family['providers'][string]

/** The name of the secret with which a rotator changes clients at a provider, if it needs one. */
export function credentialOf(provider: Provider): string | undefined {
  if (provider.kind === 'manual') return undefined
  return provider.kind === 'keycloak' ? provider.manager.secretName : provider.tokenName
}

/** A provider may replace a registration access token in any answer (RFC 7592 section 2.1). */
function isReplaced({ kind }: Provider): boolean {
  return kind === 'registration'
}

function credentials({ providers }: Family, where: (provider: Provider) => boolean): string[] {
  const names = Object.values(providers).filter(where).map(credentialOf)
  return [...new Set(names.filter((name) => name !== undefined))]
}

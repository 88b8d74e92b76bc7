import { storeName } from '@rekey/secret'
import type { Family } from './schema.ts'
import type { NeededSecrets } from '@rekey/secret/kind'
import { kindsOf } from './kinds.ts'
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
  const kinds = kindsOf(family)
  return listParties(family).map(({ kind, parties, entry }) => {
    const known = kinds.get(kind)
    // A kind that is not known here is named as it is written, and may have a rotation elsewhere.
    const isKnown = known?.parties.length === parties.length
    const isChangeable = known === undefined || known.rotationOf !== undefined
    return {
      ...{ kind, parties, entry },
      name: isKnown ? known.storeName(...parties) : storeName(kind, parties),
      title: `${kind} ${parties.join(':')}`,
      holders: parties.filter((party) => family.services.includes(party)),
      isRotated: isChangeable && !isLent(family, kind, parties),
    }
  })
}

/** Whether the store itself makes the logins of a service, each with a lease; then no rotator changes them. */
function isLent({ databases }: Family, kind: string, [holder]: readonly string[]): boolean {
  return (
    kind === 'database' &&
    databases.some(({ service, lent }) => lent !== false && service === holder)
  )
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
  return [...new Set([...names, ...needs(family, 'replaces')])]
}

/** Returns who posts reports on the boards of a family, by server. */
export function boardsOf({ fleet = [] }: Pick<Family, 'fleet'>): Map<string, Reporter[]> {
  const boards = new Map<string, Reporter[]>()
  for (const entry of fleet) {
    if (!('board' in entry)) continue
    const { board, ...reporter } = entry
    boards.set(board, [...(boards.get(board) ?? []), reporter])
  }
  return boards
}

/** A service whose replicas post their reports, and the role whose members may. */
interface Reporter {
  readonly service: string
  readonly role: string
  readonly url: string
}

/** The servers at which the rotator logs in: those of the journal and of boards, and those of databases whose logins it changes. */
export function usedServers({ servers, databases, journal, fleet }: Family): UsedServer[] {
  const rotated = databases.filter(({ lent }) => lent === false)
  const boards = boardsOf({ fleet })
  return Object.entries(servers).flatMap(([server, { admin, standbys = [] }]) => {
    const isUsed =
      server === journal || boards.has(server) || rotated.some((place) => place.server === server)
    return isUsed ? [{ server, admin, standbys }] : []
  })
}

/** A PostgreSQL server, the name of the secret that holds the rotator's login there, and where its standbys are. */
export interface UsedServer {
  readonly server: string
  readonly admin: string
  /** `HOST:PORT` of each. */
  readonly standbys: readonly string[]
}

/** The names of the secrets that the rotator only reads: its logins, also that of the audit log, and its credentials at identity providers. */
export function namesReadByRotator(family: Family): string[] {
  const { auditDatabase } = family
  const logins = usedServers(family).map(({ admin }) => admin)
  const names = [...logins, ...(auditDatabase ? [auditDatabase] : []), ...needs(family, 'reads')]
  const rotated = rotatedNames(family)
  return [...new Set(names)].filter((name) => !rotated.includes(name))
}

/** The secrets that a family's rotations read beside those that they rotate. */
function needs(family: Family, use: keyof NeededSecrets): string[] {
  const kinds = kindsOf(family)
  return secretsOf(family).flatMap((secret) => {
    const isDeclared = secret.isRotated && secret.entry !== undefined
    return isDeclared ? (kinds.get(secret.kind)?.needs?.(secret)[use] ?? []) : []
  })
}

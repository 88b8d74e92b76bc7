import { storeName } from '@rekey/secret'
import type { Family } from './schema.ts'
import type { NeededSecrets } from '@rekey/secret/internal/kind'
import { kindsOf } from './kinds.ts'
import { listParties, type PartiesOfSecret } from './parties.ts'

/** One secret that services of a family hold, or a login of its rotator. */
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

/** The secrets that the services of a family hold, in the order of the declaration; then the logins of writers of its audit log and of its rotator that are rotated. */
export function secretsOf(family: Family): FamilySecret[] {
  const kinds = kindsOf(family)
  const held = listParties(family).map(({ kind, parties, entry }) => {
    const known = kinds.get(kind)
    // A kind that is not known here is named as it is written, and may have a rotation elsewhere.
    const isKnown = known?.parties.length === parties.length
    const isChangeable = known === undefined || known.rotationOf !== undefined
    return {
      kind,
      parties,
      entry,
      name: isKnown ? known.storeName(...parties) : storeName(kind, parties),
      title: `${kind} ${parties.join(':')}`,
      holders: parties.filter((party) => family.services.includes(party)),
      isRotated: isChangeable && !isLent(family, kind, parties),
    }
  })
  return [...held, ...ownLogins(family)]
}

/** The logins of writers of the audit log, which no replica reports, and those of the rotator: where the rotator changes them. */
function ownLogins({ auditLogins = {}, servers }: Family): FamilySecret[] {
  const own = { holders: [], isRotated: true }
  return [
    ...Object.entries(auditLogins).map(([writer, { name, ...place }]) => {
      const secret = { kind: 'database', parties: ['audit', writer], name, ...own }
      return {
        ...secret,
        title: `database audit:${writer}`,
        entry: { ...place, isReported: false },
      }
    }),
    ...Object.entries(servers).flatMap(([server, { admin: name, rotated = false }]) => {
      const [kind, entry] = ['rotator-login', { server }]
      const secret = { kind, parties: [server], title: `${kind} ${server}`, ...own }
      return rotated ? [{ ...secret, name, entry }] : []
    }),
  ]
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

/** The servers at which the rotator logs in: those of the journal and of boards, and those of logins that it changes. */
export function usedServers(family: Family): UsedServer[] {
  const { servers, databases, journal, auditLogins = {} } = family
  const places = [...databases.filter(({ lent }) => lent === false), ...Object.values(auditLogins)]
  const used = new Set([journal, ...boardsOf(family).keys(), ...places.map(({ server }) => server)])
  return Object.entries(servers).flatMap(([server, { admin, rotated = false, standbys = [] }]) => {
    return rotated || used.has(server) ? [{ server, admin, standbys }] : []
  })
}

/** The error of a connection to a server that {@link usedServers} does not have. */
export function noLoginAt(server: string): Error {
  return new Error(`this family has no database at the server ${server} that a rotator changes`)
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

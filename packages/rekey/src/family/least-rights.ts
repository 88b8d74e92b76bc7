import { auditTablesSql } from '@rekey/audit-log/internal'
import { journalName } from '../journal/journal-slot.ts'
import { LEADERSHIP } from '../journal/lead.ts'
import { SecretError } from '@rekey/secret'
import type { StoreUse } from '@rekey/secret/internal'
import { OWN_STORES } from './kinds.ts'
import type { Family } from './schema.ts'
import {
  boardsOf,
  namesReadBy,
  namesReadByRotator,
  rotatedNames,
  usedServers,
} from './family-secrets.ts'

/** Who needs rights in the store beside the services. */
const ROTATOR = 'rotator'

/** The least rights of one service, or of the rotator. */
export interface LeastRights {
  readonly who: string
  /** HCL for Vault, JSON for IAM and Kubernetes, commands for Google Cloud and Azure, SQL for PostgreSQL. */
  readonly text: string
}

/** Derives what each service of a family, and its rotator, do with the secrets in the store. */
function storeUses(family: Family): StoreUse[] {
  const services = family.services.map((who) => ({
    who,
    read: namesReadBy(family, who),
    rotate: [],
    journal: [],
    borrow: family.databases.flatMap(({ service, lent }) => {
      return lent === false || service !== who ? [] : [lent]
    }),
    ...{ discover: [], restart: [], redeploy: [] },
  }))
  const [read, rotate] = [namesReadByRotator(family), namesWrittenByRotator(family)]
  const journal = rotate.slice(rotatedNames(family).length)
  const discover = discoveryNamespaces(family)
  const own = { restart: restartedWorkloads(family), redeploy: redeployedServices(family) }
  return [...services, { who: ROTATOR, read, rotate, journal, borrow: [], discover, ...own }]
}

/** The names in the store that a rotator writes: of the secrets that it rotates, then of its journal where the store holds it. */
export function namesWrittenByRotator(family: Family): string[] {
  const rotated = rotatedNames(family)
  const journal = family.journal === 'store' ? [...rotated, LEADERSHIP].map(journalName) : []
  return [...rotated, ...journal]
}

function discoveryNamespaces({ fleet = [] }: Family): string[] {
  const named = fleet.map((entry) =>
    'kubernetes' in entry ? entry.kubernetes.namespace : undefined,
  )
  return [...new Set(named)].filter((namespace) => namespace !== undefined)
}

function restartedWorkloads({ fleet = [] }: Family): StoreUse['restart'] {
  return fleet.flatMap((entry) => {
    if (!('restart' in entry && 'kubernetes' in entry.restart)) return []
    const { name = entry.service, ...place } = entry.restart.kubernetes
    return [{ ...place, name }]
  })
}

function redeployedServices({ fleet = [] }: Family): StoreUse['redeploy'] {
  return fleet.flatMap((entry) => {
    if (!('restart' in entry && 'ecs' in entry.restart)) return []
    const { service = entry.service, ...place } = entry.restart.ecs
    return [{ ...place, service }]
  })
}

/**
 * Derives the least rights that each service of a family and its rotator need in a store: a Vault policy, an IAM policy, or a
 * Kubernetes Role and its binding to the service account of that name, with the empty Secrets of the journal, which the
 * rotator may not create, and a Role in each namespace in which it finds or restarts replicas. Contacts no store.
 *
 * At a PostgreSQL server of the family it is the role of the rotator alone; in the database of the audit log, the tables and the rights of the role of those that write it.
 *
 * @param locator the store, as in `REKEY_SECRETS`: `vault:MOUNT/PREFIX` (KV version 2), `aws:PREFIX`, `gcp:PROJECT/PREFIX`, `azure:VAULT`, `kubernetes:NAMESPACE`, or a store of the
 * family; `postgres:SERVER`; or `audit:ROLE`
 * @throws {SecretError} `refused` for a store that grants no rights of its own, or a server that the family does not use; `malformed`
 * for a name that a policy cannot have
 */
export async function leastRights(family: Family, locator: string): Promise<LeastRights[]> {
  const [scheme = '', place = ''] = locator.split(/:(.*)/s)
  if (scheme === 'postgres') return [{ who: ROTATOR, text: rotatorRole(family, place) }]
  if (scheme === 'audit') return [{ who: place, text: auditTablesSql(place) }]
  const { parseLocator } = await import('@rekey/config-loader/internal/locate')
  const { store, place: path } = parseLocator(locator, family[OWN_STORES])
  const { rights } = store
  if (rights === undefined) {
    const remedy =
      'name vault:MOUNT/PREFIX, aws:PREFIX, gcp:PROJECT, azure:VAULT, kubernetes:NAMESPACE, postgres:SERVER or audit:ROLE, or define the rights of your store'
    throw new SecretError(
      'refused',
      `rights can be derived for a store with policies only: ${remedy}`,
    )
  }
  const uses = storeUses(family)
  return Promise.all(uses.map(async (use) => ({ who: use.who, text: await rights(path, use) })))
}

/** `pg_read_all_stats` shows which standbys follow a server, so that one that is not listed is noticed. */
function rotatorRole(family: Family, name: string): string {
  const used = usedServers(family)
  const server = used.find((each) => each.server === name)
  if (server === undefined) {
    const names = used.map((each) => each.server).join(', ')
    const remedy = names === '' ? 'it uses none' : `name one of: ${names}`
    throw new SecretError('refused', `the rotator uses no such PostgreSQL server: ${remedy}`)
  }
  const roles = ['pg_signal_backend', ...(server.standbys.length > 0 ? ['pg_read_all_stats'] : [])]
  const keepsTables = family.journal === name || boardsOf(family).has(name)
  const writers = Object.values(family.auditLogins ?? {}).filter((place) => place.server === name)
  const places = [...family.databases.filter((place) => place.server === name), ...writers]
  const databases = [...new Set(places.map(({ database }) => database))].map(quoted)
  const closed = [...(keepsTables ? ['rekey'] : []), 'postgres', 'template1', ...databases]
  return [
    `-- the role that ${server.admin} logs in as`,
    `create role rekey login createrole in role ${roles.join(', ')};`,
    ...RESERVED_SQL,
    ...(keepsTables ? JOURNAL_SQL : []),
    ...writers.map(({ ownerRole }) => {
      return `grant ${quoted(ownerRole)} to rekey with admin option;`
    }),
    '-- each service connects to its own database and to no other',
    `revoke connect, temporary on database ${closed.join(', ')} from public;`,
    ...places.map(({ database, ownerRole }) => {
      return `grant connect on database ${quoted(database)} to ${quoted(ownerRole)}, rekey;`
    }),
  ].join('\n')
}

/** So that sessions of a service that take every connection keep no rotator out. */
const RESERVED_SQL = [
  '-- connections that no service can take, from PostgreSQL 16 on; the setting needs a restart',
  'grant pg_use_reserved_connections to rekey;',
  'alter system set reserved_connections = 5;',
]

const JOURNAL_SQL = [
  '-- the journal, and the board of reports, in a database of their own: the login connects to this one',
  'create database rekey owner rekey;',
]

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Values of the Helm chart `deploy/helm/rekey`. */
export interface ChartValues {
  /** The rules of the rotator's Role. */
  readonly rbac: { readonly rules: readonly object[] }
  /** The Secrets in which the rotator keeps its journal, by the names of their objects. */
  readonly journal: { readonly secrets: readonly string[] }
}

/**
 * Derives the values of the Helm chart that follow from a family: the least rights of its rotator in its namespace, where it finds
 * replicas too, and the Secrets of its journal. Contacts no API server.
 *
 * @throws {SecretError} `malformed` for a name that no Secret object can have
 */
export async function chartValues(family: Family): Promise<ChartValues> {
  const { objectName, roleFor } = await import('@rekey/config-loader/internal/rights')
  const rotator = storeUses(family).filter(({ who }) => who === ROTATOR)
  return {
    // Rules name no namespace: the Role of the chart lies in that of the release.
    rbac: { rules: rotator.flatMap((use) => roleFor('default', use).rules) },
    journal: { secrets: rotator.flatMap(({ journal }) => journal.map(objectName)) },
  }
}

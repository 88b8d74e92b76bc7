import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import { query } from './admin-query.ts'
import { type Administrator, enterOr, homeOf } from './database-access.ts'
import {
  type Difference,
  type DifferenceKind,
  differencesBetween,
  type Possession,
} from './difference.ts'
import { compareEffectivePrivileges } from './effective-privileges.ts'
import { holdingsOf } from './holdings.ts'
import { type Place, placesNaming } from './named-in.ts'
import { sameLifetime } from './login-lifetime.ts'
import { commentOf, labelsOf, requireRole, type Role } from './role.ts'
import { type Membership, membershipsGivenBy, membershipsOf, membersOf } from './membership.ts'
import { settingsOf } from './role-settings.ts'

type Entries = Iterable<readonly [string, string]>

type Pair = readonly [Role, Role]

/** Options of {@link compareLogins}. */
export interface ComparisonOptions {
  /**
   * How much later than the first login the second one was made, in milliseconds. The dates of `VALID UNTIL` must be so far apart, and
   * a difference shows the date that the second one should have. Default 0: the dates must be the same.
   */
  readonly laterMs?: number
}

/**
 * Proves that two logins have the same rights in every database of the server: attributes, connection limit, validity,
 * memberships either way with their options, settings, comment and labels; and wherever one of them is named, all that it
 * holds there and the server's own answer for every privilege. No difference: they are the same to PostgreSQL.
 *
 * Not seen: rules that distinguish roles by text (`pg_hba.conf`; for a policy or a function that reads `session_user` see
 * `findLoginReaders`), passwords. Both roles must be committed, because other databases are read over other connections.
 *
 * @throws {SecretError} `missing` if one of them does not exist; `refused` for a role that PostgreSQL itself brought
 */
export async function compareLogins(
  admin: Administrator,
  first: string,
  second: string,
  { laterMs = 0 }: ComparisonOptions = {},
): Promise<readonly Difference[]> {
  const home = homeOf(admin)
  const pair = [await requireTracked(home, first), await requireTracked(home, second)] as const
  const rolvaliduntil = await sameLifetime(home, pair[0], laterMs)
  const differences = differencesBetween(
    await describeRole(home, { ...pair[0], rolvaliduntil }),
    await describeRole(home, pair[1]),
  )
  const oids = pair.map(({ oid }) => oid)
  // Why one look is enough for logins without grants: a right comes from an attribute, from PUBLIC, from a membership, or
  // from being named as owner or in an access list. PUBLIC is the same for both; attributes and memberships are compared
  // above; and naming a role anywhere puts it into pg_shdepend, or DROP ROLE would leave dangling access lists behind.
  const places = await placesNaming(home, oids)
  if (differences.length > 0 || places.some(({ here }) => here)) {
    differences.push(...(await compareWithin(home, pair, true)))
  }
  for (const database of new Set(places.filter(({ here }) => !here).map((one) => one.database))) {
    differences.push(...(await compareElsewhere(admin, pair, database, places)))
  }
  return differences
}

/** The first number that PostgreSQL gives to roles of users (FirstNormalObjectId in src/include/access/transam.h). */
const FIRST_USER_ROLE = 16_384

/** PostgreSQL does not track what depends on the roles that it brought itself. */
async function requireTracked(home: SqlClient, name: string): Promise<Role> {
  const role = await requireRole(home, name)
  if (role.oid >= FIRST_USER_ROLE) return role
  const message = `The role ${name} came with PostgreSQL and cannot be compared; use a role of your own`
  throw new SecretError('refused', message, { role: name })
}

async function compareWithin(
  client: SqlClient,
  [first, second]: Pair,
  shared: boolean,
): Promise<Difference[]> {
  const holdings = await holdingsOf(client, [first.oid, second.oid], shared)
  const heldBy = ({ oid }: Role) => holdings.filter(({ role }) => role === oid)
  return [
    ...differencesBetween(heldBy(first), heldBy(second)),
    ...(await compareEffectivePrivileges(client, first.oid, second.oid)),
  ]
}

/** Fails closed: a database that has to be examined and cannot be entered is a difference. */
async function compareElsewhere(
  admin: Administrator,
  pair: Pair,
  database: string,
  places: readonly Place[],
): Promise<Difference[]> {
  const compare = async (client: SqlClient) => {
    await requireSame(client, database, pair)
    return compareWithin(client, pair, false)
  }
  return enterOr(admin, database, compare, ({ code }) => {
    const [first, second] = pair.map(({ oid }) => {
      const place = places.find((one) => one.role === oid && one.database === database)
      return `${place?.entries ?? 0} entries`
    })
    const object = `all of it, because it cannot be entered (${code})`
    return [{ kind: 'unseen', object, database, first: first ?? '', second: second ?? '' }]
  })
}

/** The access could have led to another server, where the numbers mean other roles. */
async function requireSame(client: SqlClient, database: string, pair: Pair): Promise<void> {
  const [row] = await query<{ same: boolean }>(
    client,
    `select current_database() = $1 and 2 = (select count(*) from pg_catalog.pg_roles r
      where r.oid = $2::oid and r.rolname = $3 or r.oid = $4::oid and r.rolname = $5) as same`,
    [database, ...pair.flatMap(({ oid, rolname }) => [oid, rolname])],
  )
  if (row?.same === true) return
  throw new SecretError('refused', `The access to ${database} leads elsewhere; correct it`, {
    database,
  })
}

/** The role itself: attributes, memberships either way, settings, comment and labels. Nothing of its objects. */
async function describeRole(home: SqlClient, role: Role): Promise<Possession[]> {
  const { oid, rolname } = role
  const settings = await settingsOf(home, rolname)
  const given = await membershipsGivenBy(home, oid)
  return [
    ...onServer('attribute', attributesOf(role)),
    ...onServer('membership', optionsByRole(await membershipsOf(home, rolname))),
    ...onServer('member', optionsByRole(await membersOf(home, rolname))),
    ...onServer(
      'granted',
      given.map((name) => [name, 'granted'] as const),
    ),
    ...settings.map(({ name: object, database, value }) => {
      return { kind: 'setting', object, database, value } as const
    }),
    ...onServer('comment', [['comment', await commentOf(home, oid)]]),
    ...onServer('security label', await labelsOf(home, oid)),
  ]
}

function onServer(kind: DifferenceKind, entries: Entries): Possession[] {
  return [...entries].map(([object, value]) => ({ kind, object, database: '', value }))
}

function attributesOf(role: Role): Entries {
  return [
    ['superuser', String(role.rolsuper)],
    ['login', String(role.rolcanlogin)],
    ['inherit', String(role.rolinherit)],
    ['createrole', String(role.rolcreaterole)],
    ['createdb', String(role.rolcreatedb)],
    ['replication', String(role.rolreplication)],
    ['bypassrls', String(role.rolbypassrls)],
    ['connection limit', role.rolconnlimit === -1 ? 'none' : String(role.rolconnlimit)],
    ['valid until', role.rolvaliduntil ?? 'infinity'],
  ]
}

function optionsByRole(memberships: readonly Membership[]): Entries {
  return memberships.map(({ role, ...options }) => [role, JSON.stringify(options)])
}

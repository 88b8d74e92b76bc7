import type { SqlClient } from '@rekey/secret/kind'
import type { DifferenceKind, Possession } from './difference.ts'
import { membersOf, type Membership, membershipsGivenBy, membershipsOf } from './membership.ts'
import { commentOf, labelsOf, type Role } from './role.ts'
import { settingsOf } from './role-settings.ts'

/** The role itself: attributes, memberships either way, settings, comment and labels. Nothing of its objects. */
export async function describeRole(home: SqlClient, role: Role): Promise<Possession[]> {
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

type Entries = Iterable<readonly [string, string]>

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

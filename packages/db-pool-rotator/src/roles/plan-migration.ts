import { SecretError } from '@rekey/secret'
import { serverVersion } from './admin-query.ts'
import { type Administrator, enter, homeOf } from './database-access.ts'
import { type Holding, holdingsOf } from './holdings.ts'
import { type MigrationPlan, writeScripts } from './migration-script.ts'
import { warningsFor } from './migration-warnings.ts'
import { placesNaming } from './named-in.ts'
import { findRole, requireRole, type Role } from './role.ts'
import { nextLoginName, requireReadable, requireRoleName } from './role-name.ts'
import { type RoleSetting, settingsOf } from './role-settings.ts'

/** An application's role that is to become an owner role. */
export interface Migration {
  /** The role that the application logs in as. */
  readonly role: string
  /** Default, and best: the role keeps its name, so nothing that names it has to change. Otherwise it is renamed. */
  readonly ownerRole?: string
  /** Default: the owner role's first generation, `app_g1`. */
  readonly login?: string
  /** The role that the rotator logs in as; it need not be there yet. Default `rekey`. */
  readonly rotator?: string
  /** Whether the first script has run: then the login is there, and the role may be closed. Default false. */
  readonly isPrepared?: boolean
}

/**
 * Plans how an application's role becomes an owner role with a first login. The old role becomes the owner, so no table,
 * grant, policy or default privilege is touched; the login gets what does not come with `SET ROLE`: settings, connection
 * limit, validity. Reads all databases in which the role is named; changes nothing.
 *
 * @throws {SecretError} `missing` role; `refused` a role that cannot be an owner role, a name that is taken, a database that
 * cannot be examined; `malformed` a name
 */
export async function planMigration(
  admin: Administrator,
  migration: Migration,
): Promise<MigrationPlan> {
  const home = homeOf(admin)
  const { role: name, ownerRole = name, isPrepared = false, rotator = 'rekey' } = migration
  const { login = nextLoginName(ownerRole) } = migration
  for (const each of [name, ownerRole, login, rotator]) requireRoleName(each)
  const renamed = isPrepared ? await findRole(home, ownerRole) : undefined
  const role = renamed ?? (await requireRole(home, name))
  const settings = await settingsOf(home, role.rolname)
  for (const { database, name: setting } of settings) {
    requireReadable(database)
    requireReadable(setting)
  }
  requireMigratable(role, settings, isPrepared)
  for (const made of new Set([login, ownerRole])) {
    if (made === role.rolname || (isPrepared && made === login)) continue
    if ((await findRole(home, made)) === undefined) continue
    throw new SecretError('refused', `There is a role ${made} already; choose another name`, {
      role: made,
    })
  }
  const version = await serverVersion(home)
  const facts = { name, role, ownerRole, login, rotator, settings, version }
  const places = await placesNaming(home, [role.oid])
  const databases = places.filter(({ here }) => !here).map(({ database }) => database)
  return {
    ownerRole,
    login,
    ...writeScripts(facts),
    warnings: await warningsFor(admin, facts, databases),
    stays: await everythingOf(admin, role, databases),
  }
}

function requireMigratable(
  role: Role,
  settings: readonly RoleSetting[],
  isPrepared: boolean,
): void {
  const reasons: readonly (readonly [boolean, string])[] = [
    [
      role.rolsuper,
      'is a superuser, so its sessions could act as any role; give the service a role of its own',
    ],
    [
      role.rolreplication,
      'may replicate, which does not come with SET ROLE; leave it a login of its own',
    ],
    [
      !role.rolcanlogin && !isPrepared,
      'cannot log in, so it may be an owner role already; admit a login',
    ],
    [
      settings.some(({ name }) => name === 'role'),
      'acts as another role already; that one is the owner role',
    ],
  ]
  for (const [applies, reason] of reasons) {
    if (!applies) continue
    throw new SecretError('refused', `The role ${role.rolname} ${reason}`, { role: role.rolname })
  }
}

async function everythingOf(
  admin: Administrator,
  { oid }: Role,
  databases: readonly string[],
): Promise<Holding[]> {
  const holdings = await holdingsOf(homeOf(admin), [oid], true)
  for (const database of databases) {
    holdings.push(...(await enter(admin, database, (client) => holdingsOf(client, [oid], false))))
  }
  return holdings
}

import pg from 'pg'
import type { Possession } from './difference.ts'
import type { Role } from './role.ts'
import { type RoleSetting, settingStatement } from './role-settings.ts'

/** One of the scripts of a migration. */
type MigrationStep = 'prepare' | 'rotator' | 'finish' | 'rollback'

/** How an application's role becomes an owner role with a first login. Text only: nothing has been done yet. */
export interface MigrationPlan {
  /** The role that keeps all rights, and the login that acts as it. */
  readonly ownerRole: string
  readonly login: string
  /** Step 1, for psql, while the service goes on as before: makes the login. `:'verifier'` stands for its SCRAM verifier. */
  readonly prepare: string
  /** Step 2, once the service uses the login: closes the old role to sessions. */
  readonly finish: string
  /** Between the steps or after them: hands owner role and login to the rotator, which can replace the login only then. */
  readonly rotator: string
  /** Reverses all of it, or what has been done. */
  readonly rollback: string
  /** Points that an operator has to look at before. Empty: none. */
  readonly warnings: readonly string[]
  /**
   * The statements of a step, without its heading, to be run one by one on one connection.
   *
   * @param verifier - of the password of the login
   */
  readonly statementsOf: (step: MigrationStep, verifier?: string) => readonly string[]
  /** All that stays where it is, because the owner role is the old role. */
  readonly stays: readonly Possession[]
}

/** Inputs of the scripts. */
export interface MigrationFacts {
  /** The name of the role before step 2. */
  readonly name: string
  /** As it is now: step 2 may have renamed it. */
  readonly role: Role
  readonly ownerRole: string
  readonly login: string
  /** The role that the rotator logs in as. */
  readonly rotator: string
  readonly settings: readonly RoleSetting[]
  /** The server's major version. */
  readonly version: number
}

type Scripts = Pick<MigrationPlan, MigrationStep | 'statementsOf'>

/** Writes the scripts of a migration. Names are quoted, and appear in no comment. A script is for `psql`: a program runs the statements. */
export function writeScripts(facts: MigrationFacts): Scripts {
  const asked = writeStatements(facts, ":'verifier'")
  const script = (step: MigrationStep) => `${[HEADINGS[step], ...asked[step]].join('\n')}\n`
  return {
    prepare: script('prepare'),
    finish: script('finish'),
    rotator: script('rotator'),
    rollback: script('rollback'),
    statementsOf: (step, verifier = '') => writeStatements(facts, pg.escapeLiteral(verifier))[step],
  }
}

/** @param password - as SQL: a literal, or a variable of `psql` */
function writeStatements(
  facts: MigrationFacts,
  password: string,
): Readonly<Record<MigrationStep, readonly string[]>> {
  const { name, role, ownerRole } = facts
  const [old, now] = [pg.escapeIdentifier(name), pg.escapeIdentifier(role.rolname)]
  const user = pg.escapeIdentifier(facts.login)
  const renamed = name !== ownerRole
  return {
    prepare: atOnce(makeLogin(facts, password)),
    finish: atOnce([
      `alter role ${old} nologin;`,
      ...(renamed ? [`${renameStatement(name, ownerRole)};`] : []),
      ...(renamed ? [`alter role ${user} set role to ${pg.escapeLiteral(ownerRole)};`] : []),
    ]),
    rotator: atOnce(grantAdmin(facts, [now, user])),
    rollback: atOnce([
      ...(renamed ? [renameBack(ownerRole, name)] : []),
      revokeAdmin(facts),
      `alter role ${old} login;`,
      `drop role if exists ${user};`,
    ]),
  }
}

function renameStatement(from: string, to: string): string {
  return `alter role ${pg.escapeIdentifier(from)} rename to ${pg.escapeIdentifier(to)}`
}

const HEADINGS: Readonly<Record<MigrationStep, string>> = {
  prepare: `-- Step 1. Nothing that exists is touched; the service goes on as before.
-- First: \\set verifier with the SCRAM verifier of the new password (never the password itself), or replace
-- "password :'verifier'" by nothing and use \\password afterwards.`,
  finish: `-- Step 2. Only when the service logs in with the new login and no session of the old role is left:
--   select pid, application_name, client_addr from pg_stat_activity where usesysid = (the old role)::regrole;
-- Later, when there is no way back: alter role (the old role) password null.`,
  rotator: `-- After step 1, and before a step 2 that renames the role. The rotator makes its own logins from here on, and must be able to drop
-- the first one, which it has not made; before PostgreSQL 16 it can. It needs: create role … login createrole in role pg_signal_backend;`,
  rollback: `-- Reverses the steps. First point the service back at the old role and end the sessions of the new login.`,
}

function atOnce(statements: readonly string[]): string[] {
  return ['begin;', ...statements, 'commit;']
}

function makeLogin({ role, login, settings, version }: MigrationFacts, password: string): string[] {
  const [owner, user] = [pg.escapeIdentifier(role.rolname), pg.escapeIdentifier(login)]
  const limit = role.rolconnlimit === -1 ? '' : ` connection limit ${role.rolconnlimit}`
  const { rolvaliduntil } = role
  const until = rolvaliduntil === null ? '' : ` valid until ${pg.escapeLiteral(rolvaliduntil)}`
  const options = version >= 16 ? ' with inherit true, set true, admin false' : ''
  return [
    `create role ${user} login password ${password}${limit}${until};`,
    `grant ${owner} to ${user}${options};`,
    ...settings.map((setting) => `${settingStatement(login, setting)};`),
    `alter role ${user} set role to ${pg.escapeLiteral(role.rolname)};`,
  ]
}

/** Before PostgreSQL 16, CREATEROLE is enough, and ADMIN would come with the rights of the role. */
function grantAdmin({ rotator, version }: MigrationFacts, roles: readonly string[]): string[] {
  const to = `to ${pg.escapeIdentifier(rotator)} with admin true, inherit false, set false;`
  return version >= 16 ? roles.map((role) => `grant ${role} ${to}`) : []
}

function revokeAdmin({ name, rotator }: MigrationFacts): string {
  const roles = [name, rotator].map((one) => pg.escapeIdentifier(one))
  return ifExists(rotator, `revoke ${roles.join(' from ')}`)
}

/** The rename happened only if step 2 did. */
function renameBack(from: string, to: string): string {
  return ifExists(from, renameStatement(from, to))
}

function ifExists(role: string, statement: string): string {
  const body = [
    'begin',
    `if exists (select from pg_catalog.pg_roles where rolname = ${pg.escapeLiteral(role)}) then`,
    `execute ${pg.escapeLiteral(statement)};`,
    'end if;',
    'end',
  ]
  return `do ${pg.escapeLiteral(body.join(' '))};`
}

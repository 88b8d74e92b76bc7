import { type Secret, SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import pg from 'pg'
import { query } from './admin-query.ts'
import { requireLifetime } from './login-lifetime.ts'
import { grantMembership, type Membership, membershipsOf } from './membership.ts'
import { commentOf, findRole, requireOwnerRole, requireRole, type Role } from './role.ts'
import { requireRoleName } from './role-name.ts'
import { setRoleSetting, settingsOf } from './role-settings.ts'
import { decideIterations } from './scram-iterations.ts'
import { createScramVerifier } from './scram-verifier.ts'

/** A login to make. */
export interface Admission {
  /** The role whose rights the login uses; it must exist and be NOLOGIN. */
  readonly ownerRole: string
  readonly login: string
  /** Printable ASCII. Only its SCRAM verifier is sent. */
  readonly password: Secret
  /** The login that this one replaces: its attributes, memberships, settings, limit, lifetime and comment are copied. */
  readonly like?: string
  /**
   * How much later than `like` this login was made, in milliseconds: its `VALID UNTIL` is so much later, so both live as long.
   * Absent: not known, and `like` may have no date.
   */
  readonly laterMs?: number
  /** The SCRAM iterations of `like`, if they are known: the new verifier has no fewer. */
  readonly iterations?: number
  /**
   * Whether what cannot be copied from `like` is left out: another role can make it a member of a role that the administrator may not grant.
   * Default false.
   */
  readonly isEmergency?: boolean
}

/**
 * Makes a login that acts as its owner role. Run it inside a transaction, so that all of it happens or none. Run again it sets a
 * new password for the same login, so a rotation that died before the password was stored can go on. No lock is taken that a stranger could
 * hold: of two that make one login at once, one is `conflict`.
 *
 * Prove the result with `proveLogin`: PostgreSQL answers a missing membership with only a warning.
 *
 * @throws {SecretError} `missing` owner role or `like`; `refused` a role of that name that is not a login of this owner, or
 * a lifetime of `like` that is not known or would be over; `conflict` another one changes it at this moment; `malformed` a name or a password that cannot be used; `forbidden` the administrator's rights do not suffice
 */
export async function admitLogin(admin: SqlClient, admission: Admission): Promise<void> {
  const { ownerRole, login, like } = admission
  requireRoleName(login)
  const { isEmergency = false } = admission
  const iterations = await decideIterations(admin, admission.iterations, isEmergency)
  const verifier = await createScramVerifier(admission.password, iterations)
  requireOwnerRole(await requireRole(admin, ownerRole))
  const model = like === undefined ? undefined : await requireRole(admin, like)
  await requireOurs(admin, login, ownerRole)
  const until = model && (await requireLifetime(admin, model, admission.laterMs))
  await createLogin(admin, login, verifier, model && { ...model, rolvaliduntil: until ?? null })
  const copy = isEmergency ? ifAllowed : always
  const owner: Membership = { role: ownerRole, admin: false, inherit: true, set: true }
  const memberships = like === undefined ? [] : await membershipsOf(admin, like)
  await grantMembership(admin, login, owner)
  for (const membership of memberships.filter(({ role }) => role !== ownerRole)) {
    await copy(admin, () => grantMembership(admin, login, membership))
  }
  const settings = like === undefined ? [] : await settingsOf(admin, like)
  for (const setting of settings.filter(({ name }) => name !== 'role')) {
    await copy(admin, () => setRoleSetting(admin, login, setting))
  }
  await setRoleSetting(admin, login, { database: '', name: 'role', value: ownerRole })
  if (model !== undefined) await copyComment(admin, model, login)
}

function always(_: SqlClient, work: () => Promise<void>): Promise<void> {
  return work()
}

/** A statement that fails would end the transaction. */
async function ifAllowed(admin: SqlClient, work: () => Promise<void>): Promise<void> {
  await query(admin, 'savepoint copied')
  try {
    await work()
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    await query(admin, 'rollback to savepoint copied')
  }
  await query(admin, 'release savepoint copied')
}

async function copyComment(admin: SqlClient, model: Role, login: string): Promise<void> {
  const comment = await commentOf(admin, model.oid)
  if (comment === '') return
  const statement = `comment on role ${pg.escapeIdentifier(login)} is ${pg.escapeLiteral(comment)}`
  await query(admin, statement, [], { role: login })
}

/** A role of that name may only be one that an earlier run made. */
async function requireOurs(admin: SqlClient, login: string, ownerRole: string): Promise<void> {
  const existing = await findRole(admin, login)
  if (existing === undefined) return
  const memberships = await membershipsOf(admin, login)
  if (!existing.rolsuper && memberships.some(({ role }) => role === ownerRole)) return
  throw new SecretError(
    'refused',
    `The role ${login} exists and is no login of ${ownerRole}; choose another name`,
    {
      role: login,
    },
  )
}

async function createLogin(
  admin: SqlClient,
  login: string,
  verifier: string,
  model: Role | undefined,
): Promise<void> {
  const verb = (await findRole(admin, login)) === undefined ? 'create' : 'alter'
  const options = [
    `login password ${pg.escapeLiteral(verifier)}`,
    ...(model ? attributesOf(model) : []),
  ]
  await query(admin, `${verb} role ${pg.escapeIdentifier(login)} with ${options.join(' ')}`, [], {
    role: login,
  })
}

/** Only what differs from the default: on 16 and later an administrator may not even deny what it does not have. */
function attributesOf(model: Role): string[] {
  const attributes: readonly (readonly [boolean, string])[] = [
    [model.rolsuper, 'superuser'],
    [!model.rolinherit, 'noinherit'],
    [model.rolcreaterole, 'createrole'],
    [model.rolcreatedb, 'createdb'],
    [model.rolreplication, 'replication'],
    [model.rolbypassrls, 'bypassrls'],
    [model.rolconnlimit !== -1, `connection limit ${model.rolconnlimit}`],
    [model.rolvaliduntil !== null, `valid until ${pg.escapeLiteral(model.rolvaliduntil ?? '')}`],
  ]
  return attributes.filter(([differs]) => differs).map(([, clause]) => clause)
}

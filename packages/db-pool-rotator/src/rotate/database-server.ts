import type { ErrorDetails } from '@rekey/secret/internal'
import { type Secret, SecretError } from '@rekey/secret'
import type {
  LostVersion,
  RevokedVersion,
  SessionCount,
  Shown,
  AdminSqlPool,
  StrangersToClose,
} from '@rekey/secret/internal/kind'
import type { SqlClient, StepContext } from '@rekey/secret/kind'
import type { DatabaseCredentials } from '../spec/database-url.ts'
import { proveLogin } from '../spec/prove-login.ts'
import { type Admission, admitLogin } from '../roles/admit-login.ts'
import { closeLogin } from '../roles/close-login.ts'
import { compareLogins, type ComparisonOptions } from '../roles/compare-logins.ts'
import { countSessions, type Session, sessionsOf } from '../roles/sessions.ts'
import { type DatabaseAccess, databaseAccess } from '../roles/database-access.ts'
import type { Difference } from '../roles/difference.ts'
import { disarmLogin } from '../roles/disarm-login.ts'
import { dropLogin } from '../roles/drop-login.ts'
import { endSessions } from '../roles/end-sessions.ts'
import { findLoginReaders, type LoginReader } from '../roles/login-readers.ts'
import { findStrangers } from '../roles/find-strangers.ts'
import { generationOf, nextLoginName } from '../roles/role-name.ts'
import { inTransaction } from '../roles/admin-query.ts'
import { findRole } from '../roles/role.ts'
import { endEarlierSessions } from '../roles/end-earlier.ts'
import { readIterations } from '../roles/scram-iterations.ts'
import { Cluster, requireRefused } from './cluster.ts'
import { describePlacedSession, type PlacedSession } from './describe-session.ts'
import { type LockWatch, withLockWatch } from './lock-watch.ts'
import { requireListed } from './listed-standbys.ts'

/** A login to be removed. */
interface Removal {
  readonly login: string
  /** How long its sessions may end by themselves. */
  readonly deadlineMs: number
  /** The version that has this login; its receipt is written together with the drop. */
  readonly version?: RevokedVersion
}

/** Which logins a service may have. */
interface Owner {
  readonly ownerRole: string
  /** The logins in the store. */
  readonly known: readonly string[]
}

/** Options of {@link DatabaseServer}. */
interface DatabaseServerOptions {
  readonly admin: AdminSqlPool
  readonly journalOnServer?: boolean
  /** How long a standby may be behind. */
  readonly deadlineMs: number
}

/** The server that a login is for, with its standbys, as its administrator works on it. */
export class DatabaseServer {
  readonly #cluster: Cluster
  readonly #journalOnServer: boolean
  readonly #deadlineMs: number

  constructor({ admin, journalOnServer = false, deadlineMs }: DatabaseServerOptions) {
    this.#cluster = new Cluster(admin, deadlineMs)
    this.#journalOnServer = journalOnServer
    this.#deadlineMs = deadlineMs
  }

  /** Looks at the primary, from the database of the service. */
  look<T>(work: (client: SqlClient) => Promise<T>): Promise<T> {
    return this.#cluster.look(work)
  }

  /** The sessions of a login on every server. */
  async sessions(login: string): Promise<PlacedSession[]> {
    const found = await this.#cluster.each(async (client, at) => {
      const sessions = await sessionsOf(client, login)
      return sessions.map((session) => ({ session, at }))
    })
    return found.flat()
  }

  /** Counts the sessions of a login on every server, by application. */
  async countSessions(login: string): Promise<SessionCount[]> {
    const found = await this.#cluster.each(async (client, at) => {
      const counts = await countSessions(client, login)
      return counts.map(({ client: name, sessions }) => ({ client: name + at, sessions }))
    })
    return found.flat()
  }

  /**
   * Logs in as the service does, and at every server, once it has what is committed on the primary.
   *
   * @throws {SecretError} as `proveLogin`; `unreachable` naming a standby that is behind
   */
  async prove(
    login: Secret<DatabaseCredentials>,
    ownerRole: string | undefined,
    context: StepContext,
  ): Promise<void> {
    await this.#logIn(login, ownerRole, context)
    await this.#cluster.eachReplayed(context, () => Promise.resolve())
    await this.#cluster.prove(login, ownerRole, context)
  }

  /** Sessions of the login that leaked may have every connection, until it is closed. */
  async #logIn(
    login: Secret<DatabaseCredentials>,
    ownerRole: string | undefined,
    context: StepContext,
  ): Promise<void> {
    try {
      await proveLogin(login, ownerRole, { signal: context.signal })
    } catch (error) {
      const isFull = error instanceof SecretError && error.details['reason'] === '53300'
      if (!context.compromised || !isFull) throw error
      context.waiting('the new login is not proven: the server has no free connection')
    }
  }

  /** Requires that every server refuses a login, once it has what is committed on the primary. @throws {SecretError} `refused`, `unreachable` */
  async requireRefused(login: Secret<DatabaseCredentials>, context: StepContext): Promise<void> {
    await requireRefused(login, undefined, context)
    await this.#cluster.eachReplayed(context, () => Promise.resolve())
    await this.#cluster.prove(login, undefined, context, false)
  }

  /** Ends the sessions that a login has had so far on every server, but those of this process; in an emergency at once. @throws {SecretError} as `endEarlierSessions` */
  async endEarlier(login: string, context: StepContext): Promise<void> {
    const { signal, clock, compromised } = context
    const deadlineMs = compromised ? 0 : this.#deadlineMs
    await this.#cluster.eachReplayed(context, (client, at, server) => {
      const onStraggler = (session: Session) => {
        context.waiting(`ends ${describePlacedSession({ session, at })}`)
      }
      return endEarlierSessions(client, { login, server, deadlineMs, signal, clock, onStraggler })
    })
  }

  /** Requires that sessions can be seen on every server. @throws {SecretError} as {@link requireListed} */
  requireListed(context: StepContext): Promise<void> {
    return requireListed(this.#cluster, context, this.#deadlineMs)
  }

  /** Requires that what is committed on the primary holds on every server, and that all are listed. */
  async settle(context: StepContext): Promise<void> {
    await this.#cluster.eachReplayed(context, () => Promise.resolve())
    await this.requireListed(context)
  }

  /** Looks also into the other databases of the server. */
  access<T>(work: (access: DatabaseAccess) => Promise<T>): Promise<T> {
    return this.look((client) => work(this.#access(client)))
  }

  /**
   * Changes roles, all of it or nothing: in a transaction of the journal if it is here, so that only the holder of the claim can.
   * Roles belong to the whole server, so it does not matter in which database that is. The receipt of `shown` is written in that
   * transaction; where the journal is elsewhere, after it.
   */
  async change<T>(
    context: StepContext,
    work: (client: SqlClient) => Promise<T>,
    shown?: Shown,
  ): Promise<T> {
    const { transaction } = context
    const look: LockWatch['look'] = (looking) => this.look(looking)
    const watched = (client: SqlClient) =>
      withLockWatch({ client, look, context }, () => work(client))
    if (this.#journalOnServer && transaction !== undefined) return transaction(watched, shown)
    const result = await this.look((client) => inTransaction(client, () => watched(client)))
    if (shown !== undefined) await context.attest(shown)
    return result
  }

  /** Makes a login. In an emergency it goes without what cannot be copied from the old one. */
  async admit(
    admission: Admission,
    old: Secret<DatabaseCredentials>,
    context: StepContext,
  ): Promise<void> {
    const iterations = await readIterations(old)
    const options = { isEmergency: context.compromised, ...(iterations && { iterations }) }
    await this.change(context, (client) => admitLogin(client, { ...admission, ...options }))
  }

  /** A name after those of all logins that there are: a role that exists would keep its sessions. */
  async nextLoginName(ownerRole: string, current: string): Promise<string> {
    const existing = await this.look((client) => findStrangers(client, ownerRole, []))
    const names = [current, ...existing.map(({ name }) => name)]
    const numbers = names.map((name) => generationOf(ownerRole, name) ?? 0)
    return nextLoginName(ownerRole, names[numbers.indexOf(Math.max(...numbers))])
  }

  /**
   * Any role can grant the old login something on a table of its own, and that login can change its own settings: in an emergency a
   * difference is reported, and stops nothing.
   *
   * @throws {SecretError} `refused` naming each difference
   */
  async requireEqual(
    [first, second]: readonly [string, string],
    options: ComparisonOptions,
    context: StepContext,
  ): Promise<void> {
    const differences = await this.access((access) => compareLogins(access, first, second, options))
    if (differences.length === 0) return
    const named = differences.map(describeDifference).join('; ')
    const problem = `the logins have not the same rights: ${named}`
    refuse(problem, context, { differences: differences.length })
  }

  /**
   * Refuses where a session of the owner role could do with one login what it could not with the next. In an emergency that is reported, and
   * stops nothing.
   *
   * @throws {SecretError} `refused` naming each policy, and whatever has the name of the login in it
   */
  async requireIndifference(ownerRole: string, login: string, context: StepContext): Promise<void> {
    const readers = await this.look((client) => findLoginReaders(client, ownerRole, login))
    const named = readers.filter(({ decides }) => decides).map(describeReader)
    if (named.length === 0) return
    const problem =
      `what ${ownerRole} may see or do depends on its login, and each rotation brings another one: ${named.join('; ')}: ` +
      `write current_user there, which is ${ownerRole} for each login`
    refuse(problem, context, { readers: named.length })
  }

  /**
   * Closes a login, ends its sessions, drops it, on every server. Each part may have been done before. In an emergency a login that cannot be
   * dropped is kept without a password and without a role, as its receipt states.
   */
  async revoke({ login, deadlineMs, version }: Removal, context: StepContext): Promise<void> {
    const end = await this.close({ login, deadlineMs }, context)
    await this.requireListed(context)
    const shown = version && { ...version, evidence: `the role ${login} does not exist` }
    const isShownLater = this.#cluster.hasStandbys || end === undefined
    const receipt = isShownLater ? undefined : shown
    const kept = end && (await this.#drop(login, context, receipt))
    const places = await this.#cluster.eachReplayed(context, async (client, at) => {
      await (kept ? requireClosed(client, login, at) : requireGone(client, login, at))
      if (end !== undefined) await endSessions(client, { ...end, deadlineMs: 0 })
      return at
    })
    if (!(isShownLater || kept) || shown === undefined) return
    await this.requireListed(context)
    const evidence = `${kept ?? shown.evidence}${places.join(',')}`
    await context.attest({ ...shown, evidence, ...(kept !== undefined && { isKept: true }) })
  }

  /** @returns undefined if it is dropped; otherwise why the login is of no use, where an emergency has kept it */
  async #drop(login: string, context: StepContext, receipt?: Shown): Promise<string | undefined> {
    try {
      await this.change(context, (client) => dropLogin(this.#access(client), login), receipt)
      return undefined
    } catch (error) {
      const isKept = error instanceof SecretError && KEPT.has(error.code)
      if (!context.compromised || !isKept) throw error
      context.waiting(`keeps ${login} closed: ${error.message}`)
      await this.change(context, (client) => disarmLogin(client, login))
      return `the role ${login} has no password, no role and no right to log in`
    }
  }

  /** Closes a login and ends its sessions on every server; it is undefined if the login does not exist. */
  async close({ login, deadlineMs }: Removal, context: StepContext) {
    const closed = await this.change(context, (client) => closeLogin(client, login))
    if (closed === undefined) return undefined
    const { signal, clock, compromised } = context
    const end = { ...closed, signal, clock }
    await this.#cluster.eachReplayed(context, (client, at) => {
      const onStraggler = (session: Session) => {
        context.waiting(`ends ${describePlacedSession({ session, at })}`)
      }
      return endSessions(client, { ...end, onStraggler, deadlineMs: compromised ? 0 : deadlineMs })
    })
    return end
  }

  /** Whether a role exists and takes new sessions. */
  async takesSessions(login: string): Promise<boolean> {
    const role = await this.look((client) => findRole(client, login))
    return role?.rolcanlogin ?? false
  }

  /** The logins that can act as an owner role though the store does not name them. */
  async strangers({ ownerRole, known }: Owner): Promise<string[]> {
    const found = await this.look((client) => findStrangers(client, ownerRole, known))
    return found.filter(({ canLogin }) => canLogin).map(({ name }) => name)
  }

  /**
   * Drops the logins that the journal has a record of. Others are left without LOGIN, for their owner to look at.
   *
   * @returns the names of those that the administrator may close
   */
  async closeStrangers(
    { recorded, others }: StrangersToClose,
    { deadlineMs }: Pick<Removal, 'deadlineMs'>,
    context: StepContext,
  ): Promise<string[]> {
    const closed: string[] = []
    for (const login of [...recorded, ...others]) {
      context.waiting(`closes ${login}, which the store does not name`)
      const isRecorded = recorded.includes(login)
      const work = isRecorded
        ? this.revoke({ login, deadlineMs }, context)
        : this.close({ login, deadlineMs }, context)
      const isClosed = await work.then(() => true, leaveForbidden)
      if (isClosed) closed.push(login)
    }
    return closed
  }

  /**
   * Removes the logins of versions that the store does not hold. One of a name that a rotation could have given, which the journal does not
   * have, may be that of another family, and stays.
   *
   * @throws {SecretError} `refused` if one of them is in use
   */
  async sweep(
    { left, known }: { readonly left: readonly LostVersion[]; readonly known: readonly string[] },
    context: StepContext,
  ): Promise<string[]> {
    const removals: Removal[] = []
    const [found, used]: [string[], string[]] = [[], []]
    for (const { account: login, ...version } of left) {
      // A password that was changed by hand is another version with the same login.
      if (login === undefined || known.includes(login)) continue
      removals.push({ login, deadlineMs: 0, version })
      const role = await this.look((client) => findRole(client, login))
      if (role !== undefined) found.push(login)
      const sessions = await this.sessions(login)
      if (sessions.length > 0)
        used.push(`${login} by ${sessions.map(describePlacedSession).join(' and ')}`)
    }
    if (used.length > 0) throw inUse(used)
    // The last rotation may have been an emergency, which keeps what cannot be dropped.
    const plain = { ...context, compromised: false }
    for (const removal of removals) await this.revoke(removal, plain)
    return found
  }

  #access(home: SqlClient): DatabaseAccess {
    return databaseAccess(home, this.#cluster.options)
  }
}

/** A login of another administrator stays, and keeps no other one open. */
function leaveForbidden(error: unknown): false {
  if (error instanceof SecretError && error.code === 'forbidden') return false
  throw error
}

/** Stops a rotation, and is only reported in an emergency: another role can bring it about at any time. */
function refuse(problem: string, context: StepContext, details: ErrorDetails) {
  if (!context.compromised) throw new SecretError('refused', problem, details)
  context.waiting(problem)
}

/** Another role keeps the login from being dropped; without an answer, nothing is known. */
const KEPT = new Set(['refused', 'conflict', 'forbidden'])

async function requireClosed(client: SqlClient, login: string, at: string): Promise<void> {
  if ((await findRole(client, login))?.rolcanlogin !== true) return
  throw new SecretError('unreachable', `the role ${login} can still log in${at}: run this again`)
}

async function requireGone(client: SqlClient, login: string, at: string): Promise<void> {
  if ((await findRole(client, login)) === undefined) return
  const remedy = 'run this again; if it stays, that server does not follow the primary'
  throw new SecretError('unreachable', `the role ${login} still exists${at}: ${remedy}`)
}

/** `policy p on public.t reads session_user`. */
export function describeReader({ name, word }: LoginReader): string {
  return `${name} reads ${word}`
}

function describeDifference({ kind, object, database, first, second }: Difference): string {
  const place = database === '' ? '' : ` in database ${database}`
  return `${kind} ${object}${place} (${first || 'none'} and ${second || 'none'})`
}

function inUse(orphans: readonly string[]): SecretError {
  return new SecretError(
    'refused',
    `logins that the store does not know are in use: ${orphans.join('; ')}; find out whose they are`,
  )
}

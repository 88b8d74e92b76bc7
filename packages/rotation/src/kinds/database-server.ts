import { databaseAccess, findOrphans, type Orphan } from '@rekey/db-pool-rotator/inspection'
import {
  closeLogin,
  compareLogins,
  type DatabaseAccess,
  type Difference,
  dropLogin,
  endSessions,
  inTransaction,
  type Session,
} from '@rekey/db-pool-rotator/roles'
import { SecretError } from '@rekey/secret'
import type pg from 'pg'
import type { StepContext } from '../rotation-kind.ts'
import { describeSession } from './describe-session.ts'
import { withClient } from '../with-client.ts'

/** A login to be removed. */
interface Removal {
  readonly login: string
  /** How long its sessions may end by themselves. */
  readonly deadlineMs: number
}

/** The server that a login is for, as its administrator works on it. */
export class DatabaseServer {
  readonly #admin: pg.Pool
  readonly #journalOnServer: boolean

  constructor({ admin, journalOnServer = false }: { admin: pg.Pool; journalOnServer?: boolean }) {
    this.#admin = admin
    this.#journalOnServer = journalOnServer
  }

  /** Looks at the server, from the database of the service. */
  look<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    return withClient(this.#admin, noLogin, work)
  }

  /** Looks also into the other databases of the server. */
  access<T>(work: (access: DatabaseAccess) => Promise<T>): Promise<T> {
    return this.look((client) => work(this.#access(client)))
  }

  /**
   * Changes roles, all of it or nothing: in a transaction of the journal if it is here, so that only the holder of the claim can.
   * Roles belong to the whole server, so it does not matter in which database that is.
   */
  change<T>({ transaction }: StepContext, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    if (this.#journalOnServer && transaction !== undefined) return transaction(work)
    return this.look((client) => inTransaction(client, () => work(client)))
  }

  /** @throws {SecretError} `refused` naming each difference */
  async requireEqual(first: string, second: string): Promise<void> {
    const differences = await this.access((access) => compareLogins(access, first, second))
    if (differences.length === 0) return
    const named = differences.map(describeDifference).join('; ')
    throw new SecretError('refused', `the logins have not the same rights: ${named}`, {
      differences: differences.length,
    })
  }

  /** Closes a login, ends its sessions, drops it. Each part may have been done before. */
  async revoke({ login, deadlineMs }: Removal, context: StepContext): Promise<void> {
    const closed = await this.change(context, (client) => closeLogin(client, login))
    if (closed === undefined) return
    const { signal, clock, compromised } = context
    const onStraggler = (session: Session) => {
      context.waiting(`ends ${describeSession(session)}`)
    }
    const end = { ...closed, onStraggler, signal, clock }
    await this.look((client) =>
      endSessions(client, { ...end, deadlineMs: compromised ? 0 : deadlineMs }),
    )
    await this.change(context, (client) => dropLogin(this.#access(client), login))
    await this.look((client) => endSessions(client, { ...end, deadlineMs: 0 }))
  }

  /**
   * Removes the logins that rotations of `ownerRole` made and the store does not know.
   *
   * @throws {SecretError} `refused` if one of them is in use
   */
  async sweep(
    { ownerRole, known }: { ownerRole: string; known: readonly string[] },
    context: StepContext,
  ): Promise<string[]> {
    const orphans = await this.look((client) => findOrphans(client, ownerRole, known))
    const used = orphans.filter(({ sessions }) => sessions.length > 0)
    if (used.length > 0) throw inUse(used)
    for (const { name } of orphans) await this.revoke({ login: name, deadlineMs: 0 }, context)
    return orphans.map(({ name }) => name)
  }

  #access(home: pg.ClientBase): DatabaseAccess {
    return databaseAccess(home, this.#admin.options)
  }
}

function noLogin(): SecretError {
  const message = 'the rotator cannot log in to PostgreSQL: check its own login'
  return new SecretError('unreachable', message)
}

function describeDifference({ kind, object, database, first, second }: Difference): string {
  const place = database === '' ? '' : ` in database ${database}`
  return `${kind} ${object}${place} (${first || 'none'} and ${second || 'none'})`
}

function inUse(orphans: readonly Orphan[]): SecretError {
  const named = orphans.map(
    ({ name, sessions }) => `${name} by ${sessions.map(describeSession).join(' and ')}`,
  )
  return new SecretError(
    'refused',
    `logins that the store does not know are in use: ${named.join('; ')}; find out whose they are`,
  )
}

import { type Secret, SecretError } from '@rekey/secret'
import { type AdminSqlPool, withSqlClient } from '@rekey/secret/internal/kind'
import { type SqlClient, type StepContext } from '@rekey/secret/kind'
import type pg from 'pg'
import { endpointName } from '../connection/cluster-pool.ts'
import type { DatabaseCredentials } from '../spec/database-url.ts'
import { proveLogin } from '../spec/prove-login.ts'
import { query } from '../roles/admin-query.ts'

const POLL_MS = 100

/** Work on one server: how to name it in a message, and how its pool connects. */
type PlacedWork<T> = (client: SqlClient, at: string, options: object) => Promise<T>

/** The servers that have the roles of one primary: itself and its standbys, if there are any. */
export class Cluster {
  readonly #admin: AdminSqlPool
  readonly #servers: readonly AdminSqlPool[]
  readonly #deadlineMs: number

  /** @param deadlineMs - how long a standby may be behind */
  constructor(admin: AdminSqlPool, deadlineMs: number) {
    this.#admin = admin
    this.#servers = admin.endpoints ?? [admin]
    this.#deadlineMs = deadlineMs
  }

  /** Whether other servers have the same roles. */
  get hasStandbys(): boolean {
    return this.#servers.length > 1
  }

  /** How a driver connects to the primary, as far as it is known. */
  get options(): object {
    return this.#admin.options
  }

  /** Works on the primary. */
  look<T>(work: (client: SqlClient) => Promise<T>): Promise<T> {
    return withSqlClient(this.#admin, noLogin, work)
  }

  /**
   * Works on every server at once, and ends when all are done.
   *
   * @param work - is given how to name the server: ` at 10.0.0.2:5432`, or nothing if there is one
   * @throws {SecretError} the first failure, once all are done
   */
  async each<T>(work: PlacedWork<T>): Promise<T[]> {
    if (!this.hasStandbys) return [await this.look((client) => work(client, '', this.options))]
    const outcomes = await Promise.allSettled(
      this.#servers.map((server) => {
        const at = ` at ${endpointName(server.options)}`
        return withSqlClient(
          server,
          () => noAnswer(at),
          (client) => work(client, at, server.options),
        )
      }),
    )
    return outcomes.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value
    })
  }

  /**
   * Works on every server, on a standby as soon as it has replayed all that is committed on the primary now.
   *
   * @throws {SecretError} `unreachable` naming a server that does not answer, or that is still behind at the deadline
   */
  async eachReplayed<T>(
    context: Pick<StepContext, 'clock' | 'signal' | 'waiting'>,
    work: PlacedWork<T>,
  ): Promise<T[]> {
    if (!this.hasStandbys) return this.each(work)
    const target = await this.look(markPosition)
    return this.each(async (client, at, options) => {
      await awaitReplay({ client, at, target, deadlineMs: this.#deadlineMs }, context)
      return work(client, at, options)
    })
  }

  /**
   * Logs in at every server, if there are several.
   *
   * @param isWelcome - whether each has to take the login, or to refuse it
   * @throws {SecretError} as `proveLogin`; `refused` if one takes a login that it has to refuse
   */
  async prove(
    login: Secret<DatabaseCredentials>,
    ownerRole: string | undefined,
    { signal }: Pick<StepContext, 'signal'>,
    isWelcome = true,
  ): Promise<void> {
    const prove = isWelcome ? proveLogin : requireRefused
    for (const { options } of this.hasStandbys ? this.#servers : []) {
      const { host, port, ssl } = options as pg.PoolConfig
      const there = login.map(({ user, password, database }) => {
        return { user, password, database, host: host ?? '', port: port ?? 5432 }
      })
      await prove(there, ownerRole, { signal, ...(ssl !== undefined && { client: { ssl } }) })
    }
  }
}

/** Requires that a server refuses a login. @throws {SecretError} `refused` if it does not; `unreachable` */
export async function requireRefused(...of: Parameters<typeof proveLogin>): Promise<void> {
  try {
    await proveLogin(...of)
  } catch (error) {
    if (error instanceof SecretError && error.code === 'rejected') return
    throw error
  }
  const { user, host, port } = of[0].expose()
  const message = `${host}:${port} lets ${user} in with a password that it does not have: correct pg_hba.conf, where \`trust\` asks for none, then run this again`
  throw new SecretError('refused', message)
}

function noLogin(error: unknown): SecretError {
  if (error instanceof SecretError) return error
  const message = 'the rotator cannot log in to PostgreSQL: check its own login'
  return new SecretError('unreachable', message)
}

function noAnswer(at: string): SecretError {
  const remedy = 'bring it back, or take it off the standbys of its server in the family'
  return new SecretError('unreachable', `the rotator cannot log in to PostgreSQL${at}: ${remedy}`)
}

/**
 * A record of its own: that a standby has replayed it shows that it has replayed all that was committed before. The position of the
 * last insertion alone can lie beyond the end of every record, where a page begins.
 */
const MARK = `select pg_catalog.pg_logical_emit_message(true, 'rekey', '')::text as position`

async function markPosition(client: SqlClient): Promise<string> {
  const [row] = await query<{ position: string }>(client, MARK)
  return row?.position ?? ''
}

/** A server that became the primary in the meantime has no more to replay. */
const REPLAYED = `select not pg_is_in_recovery() or coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, false) as done,
  pg_last_wal_replay_lsn()::text as position`

interface Replay {
  readonly client: SqlClient
  readonly at: string
  readonly target: string
  readonly deadlineMs: number
}

async function awaitReplay(
  { client, at, target, deadlineMs }: Replay,
  { clock, signal, waiting }: Pick<StepContext, 'clock' | 'signal' | 'waiting'>,
): Promise<void> {
  const deadline = clock.elapsed() + deadlineMs
  for (;;) {
    const [row] = await query<{ done: boolean; position: string | null }>(client, REPLAYED, [
      target,
    ])
    if (row?.done === true) return
    const behind = `the standby${at} has replayed up to ${row?.position ?? 'nothing'}, not to ${target} yet`
    if (clock.elapsed() >= deadline) {
      const remedy = 'see why it is behind, or take it off the standbys of its server in the family'
      throw new SecretError('unreachable', `${behind}: ${remedy}`, { target })
    }
    waiting(behind)
    await clock.sleep(POLL_MS, signal, { keepAlive: true })
  }
}

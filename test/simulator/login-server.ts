import type { Duplex } from 'node:stream'
import type { AdminSqlPool, PooledSqlClient } from '@rekey/secret/internal/kind'
import type { CallCount } from './call-count.ts'
import { type Backend, PostgresSession } from './postgres-session.ts'
import type { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

const MAX_LATENCY_MS = 500

/** A model of a database server: the logins of one owner role, and their sessions. */
export class LoginServer {
  readonly #parts: WorldParts
  readonly #calls: CallCount
  readonly #ownerRole: string
  readonly #logins: Set<string>
  readonly #sessions = new Set<PostgresSession>()

  constructor(
    given: { readonly ownerRole: string; readonly first: string },
    parts: WorldParts,
    calls: CallCount,
  ) {
    this.#parts = parts
    this.#calls = calls
    this.#ownerRole = given.ownerRole
    this.#logins = new Set([given.first])
  }

  /** Connections of one process, for the option `stream` of `pg`. They end with it. */
  connectionsOf(process: VirtualProcess): () => Duplex {
    const backend = this.#backendOf(process)
    return () => {
      const session = new PostgresSession(backend)
      void process.ended.then(() => session.destroy())
      return session
    }
  }

  create(process: VirtualProcess, login: string): Promise<void> {
    return this.#change(process, () => this.#logins.add(login))
  }

  /** Drops a login, and ends its sessions. */
  drop(process: VirtualProcess, login: string): Promise<void> {
    return this.#change(process, () => {
      this.#logins.delete(login)
      for (const session of this.#sessionsOf(login)) session.terminate()
    })
  }

  /** An administrator's connections, on which sessions and logins can be examined, and nothing else. */
  adminOf(process: VirtualProcess): AdminSqlPool {
    const query = (text: string, [login]: unknown[] = []) =>
      process.request(async () => {
        await this.#travel()
        const rows = this.#look(text, String(login))
        await this.#travel()
        return { rows, rowCount: rows.length }
      })
    const client = { query, on: () => client, off: () => client, release: () => undefined }
    // The rows are of the type that the caller names.
    const typed = client as unknown as PooledSqlClient
    return { options: {}, query: typed.query.bind(typed), connect: () => Promise.resolve(typed) }
  }

  #look(text: string, login: string): readonly object[] {
    if (text.includes('pg_stat_clear_snapshot')) return []
    if (text.includes('server_version_num')) return [{ version: 18 }]
    if (text.includes('"actsAsOwner"')) {
      return [...this.#logins].map((name) => ({ name, canLogin: true, actsAsOwner: true }))
    }
    if (!text.includes('pg_stat_activity')) {
      this.#parts.trace.violate('server', 'is asked for what the model does not have')
    }
    const nothing = { clientAddress: null, state: null, locks: [], temporaryTables: [] }
    return this.#sessionsOf(login).map(() => ({ applicationName: login, ...nothing }))
  }

  #sessionsOf(login: string): PostgresSession[] {
    return [...this.#sessions].filter((session) => session.login === login)
  }

  #backendOf({ name }: VirtualProcess): Backend {
    return {
      travel: () => this.#travel(),
      begins: (session) => {
        const isLogin = this.#logins.has(session.login)
        if (isLogin) this.#sessions.add(session)
        else this.#calls.refuse(name)
        return isLogin
      },
      answer: (text, { login }) =>
        text.includes('session_user')
          ? { currentUser: this.#ownerRole, sessionUser: login }
          : { answer: '1' },
      ended: (session) => this.#sessions.delete(session),
    }
  }

  #change(process: VirtualProcess, change: () => void): Promise<void> {
    return process.request(async () => {
      await this.#travel()
      change()
      await this.#travel()
    })
  }

  /** While the database does not answer, what is under way stays so. */
  async #travel(): Promise<void> {
    const { time, random, faults } = this.#parts
    do await time.sleep(random.between(1, MAX_LATENCY_MS))
    while (faults.isDown('database'))
  }
}

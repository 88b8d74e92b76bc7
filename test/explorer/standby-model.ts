import type { Shown } from './database-answers.ts'
import type { Roles } from './database-roles.ts'
import type { ReplicaModel } from './replica.ts'

/** Where the standby of a database is. */
export const STANDBY = { host: 'localhost', port: 5433 } as const

/** A session of a process: after a restart there is another one. */
interface Session {
  readonly version: string
  readonly oid: number
  readonly since: number
}

/** A server that replays what another has committed, one transaction after the other, and on which replicas read. */
export class StandbyModel implements Shown {
  readonly name = 'the standby'
  /** How many transactions it has replayed. */
  position = 0
  #roles: Roles
  readonly #ahead: Roles[] = []
  readonly #sessions = new Map<ReplicaModel, Session>()

  constructor(roles: Roles) {
    this.#roles = roles
  }

  get roles(): Roles {
    return this.#roles
  }

  get isBehind(): boolean {
    return this.#ahead.length > 0
  }

  /** How many transactions the primary has committed. */
  get end(): number {
    return this.position + this.#ahead.length
  }

  /** Versions with which a process has a session, and the name of its replica. */
  get sessions(): readonly (readonly [name: string, version: string])[] {
    return this.#open().map(([{ name }, { version }]) => [name, version])
  }

  /** The primary has committed. */
  follow(roles: Roles): void {
    this.#ahead.push(roles)
  }

  replay(): void {
    this.#roles = this.#ahead.shift() ?? this.#roles
    this.position += 1
  }

  /** A process reads here with a version, and leaves the one before. */
  connect(replica: ReplicaModel, version: string, oid: number): void {
    this.#sessions.set(replica, { version, oid, since: replica.since })
  }

  sessionsOf(oid: number): readonly string[] {
    return this.#open().flatMap(([{ name }, session]) => (session.oid === oid ? [name] : []))
  }

  /** Ends the sessions of a role. Returns their versions. */
  terminate(oid: number): string[] {
    const ended = this.#open().filter(([, session]) => session.oid === oid)
    for (const [replica] of ended) this.#sessions.delete(replica)
    return ended.map(([, { version }]) => version)
  }

  #open(): [ReplicaModel, Session][] {
    return [...this.#sessions].filter(([replica, { since }]) => replica.since === since)
  }
}

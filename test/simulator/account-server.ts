import { actingProcess } from './acting.ts'
import type { CallCount } from './call-count.ts'
import type { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** What makes one server another. */
export interface ServerTraits {
  /** What an outage is of. */
  readonly name: string
  /** Whether what it keeps is of this password. */
  readonly matches: (kept: string, password: string) => boolean
  /** The error of its client for a login that it refuses. */
  readonly refusal: () => Error
}

/** One account: what is kept of its passwords, and of its rights, in the form of the server. */
export interface Account {
  readonly kept: readonly string[]
  readonly rights?: unknown
}

const MAX_LATENCY_MS = 500
const TIMEOUT_MS = 2_000

/**
 * A model of a server that holds logins: its accounts, and the sessions of all processes. What is asked of it, the acting process asks;
 * while it is down nothing is answered, though what arrived before is done.
 */
export class AccountServer {
  readonly accounts = new Map<string, Account>()
  readonly sessions = new Set<ServerSession>()
  readonly #traits: ServerTraits
  readonly #parts: WorldParts
  readonly #calls: CallCount
  #opened = 0

  constructor(traits: ServerTraits, parts: WorldParts, calls: CallCount) {
    this.#traits = traits
    this.#parts = parts
    this.#calls = calls
  }

  ask<T>(work: () => T): Promise<T> {
    return actingProcess().request(async () => {
      await this.#travel()
      const answer = work()
      await this.#travel()
      return answer
    })
  }

  accepts(user: string, password: string): boolean {
    const { kept = [] } = this.accounts.get(user) ?? {}
    return kept.some((each) => this.#traits.matches(each, password))
  }

  /** Logs in. Throws the refusal of the server. A session whose client gets no answer ends. */
  async open(user: string, password: string): Promise<ServerSession> {
    const process = actingProcess()
    let session: ServerSession | undefined
    const begin = () => {
      if (!this.accepts(user, password)) throw this.refuse(process)
      session = new ServerSession(this, { id: (this.#opened += 1), user, process })
      this.sessions.add(session)
      void process.ended.then(session.close)
      return session
    }
    return this.ask(begin).catch((error: unknown) => {
      session?.close()
      throw error
    })
  }

  /** The refusal of a call of `process`. */
  refuse({ name }: VirtualProcess): Error {
    this.#calls.refuse(name)
    return this.#traits.refusal()
  }

  /** Ends sessions, as an administrator does. */
  kill(isMeant: (session: ServerSession) => boolean): void {
    for (const session of [...this.sessions].filter(isMeant)) {
      session.close()
      session.onEnd()
    }
  }

  async #travel(): Promise<void> {
    const { time, random, faults } = this.#parts
    await time.sleep(random.between(1, MAX_LATENCY_MS))
    if (!faults.isDown(this.#traits.name)) return
    await time.sleep(TIMEOUT_MS)
    throw Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })
  }
}

/** A session of one process. It outlives its password, and not its account. */
export class ServerSession {
  readonly id: number
  readonly user: string
  readonly process: VirtualProcess
  readonly #server: AccountServer
  onEnd: () => void = () => undefined

  constructor(
    server: AccountServer,
    { id, user, process }: Pick<ServerSession, 'id' | 'user' | 'process'>,
  ) {
    this.#server = server
    this.id = id
    this.user = user
    this.process = process
  }

  get isOpen(): boolean {
    return this.#server.sessions.has(this)
  }

  /** Makes a call in it. Throws the refusal of the server where its account is gone. */
  async use(): Promise<void> {
    await this.#server.ask(() => {
      if (!this.isOpen) throw Object.assign(new Error('cut'), { code: 'ECONNRESET' })
      if (!this.#server.accounts.has(this.user)) throw this.#server.refuse(this.process)
    })
  }

  readonly close = (): void => {
    this.#server.sessions.delete(this)
  }
}

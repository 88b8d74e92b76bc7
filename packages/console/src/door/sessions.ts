import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '@rekey/secret'
import type { Operator } from './operator.ts'

/** How many sessions there are at once, and of them those of one person; the oldest ends for a new one. */
const MOST = 1_000
const MOST_OF_ONE = 10

interface SessionsOptions {
  readonly sessionMs: number
  readonly idleMs: number
  readonly clock: Clock
}

/** A person who logged in, and the token that pages of this session send with an order. */
export interface Session {
  readonly operator: Operator
  readonly token: string
}

interface Kept extends Session {
  readonly beganMs: number
  usedMs: number
  /** Each ends a stream. */
  readonly streams: Set<() => void>
}

/** The sessions of a console, in memory alone. A browser gets the id, 256 random bits; here is its digest, so that a look-up takes no time that depends on the id. */
export class Sessions {
  readonly #options: SessionsOptions
  /** By digest, the oldest first. */
  readonly #sessions = new Map<string, Kept>()

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** Begins a session and gives its id. */
  begin(operator: Operator): string {
    const own = [...this.#sessions].filter(([, each]) => isSame(each.operator, operator))
    if (own.length >= MOST_OF_ONE) this.#end(own[0]?.[0])
    if (this.#sessions.size >= MOST) this.#end(this.#sessions.keys().next().value)
    const id = randomBytes(32).toString('base64url')
    const beganMs = this.#options.clock.elapsed()
    const token = randomBytes(32).toString('base64url')
    const times = { beganMs, usedMs: beganMs }
    this.#sessions.set(digest(id), { operator, token, ...times, streams: new Set() })
    return id
  }

  /** A session that has not ended; looking is a use of it. */
  find(id: string): Session | undefined {
    const key = digest(id)
    const session = this.#sessions.get(key)
    if (session === undefined) return undefined
    if (this.#isOver(session)) {
      this.#end(key)
      return undefined
    }
    session.usedMs = this.#options.clock.elapsed()
    return session
  }

  /** Ends a session and its streams, if there is one. */
  end(id: string): void {
    this.#end(digest(id))
  }

  /**
   * Calls `end` once the session has ended.
   *
   * @returns what to call when the stream has ended
   */
  hold(id: string, end: () => void): () => void {
    const key = digest(id)
    const session = this.#sessions.get(key)
    if (session === undefined) {
      end()
      return () => undefined
    }
    const { clock, sessionMs } = this.#options
    const closed = new AbortController()
    session.streams.add(end)
    const leftMs = session.beganMs + sessionMs - clock.elapsed()
    const timer = clock.sleep(leftMs, closed.signal).then(() => {
      this.#end(key)
    })
    timer.catch(() => undefined)
    return () => {
      closed.abort()
      session.streams.delete(end)
      session.usedMs = clock.elapsed()
    }
  }

  #isOver({ beganMs, usedMs, streams }: Kept): boolean {
    const { clock, sessionMs, idleMs } = this.#options
    const nowMs = clock.elapsed()
    return nowMs - beganMs >= sessionMs || (streams.size === 0 && nowMs - usedMs >= idleMs)
  }

  #end(key = ''): void {
    const session = this.#sessions.get(key)
    this.#sessions.delete(key)
    for (const end of session?.streams ?? []) end()
  }
}

function isSame(one: Operator, other: Operator): boolean {
  return one.issuer === other.issuer && one.subject === other.subject
}

/** The record of an id or a state. */
export function digest(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}

import type { KeyObject } from 'node:crypto'
import type { Clock } from '@rekey/secret'
import type { Operator } from './operator.ts'
import type { OriginKey, Proof } from './proof.ts'

/** How many sessions there are at once, and of them those of one person; the oldest ends for a new one. */
const MOST = 1_000
const MOST_OF_ONE = 10
/** How many requests a session makes; each is remembered, so that none is taken twice. */
const MOST_REQUESTS = 20_000
/** How long after its sign-in an order may come. */
const PERMIT_MS = 60_000

interface SessionsOptions {
  readonly sessionMs: number
  readonly idleMs: number
  readonly clock: Clock
}

/** A person who logged in with a browser. */
export interface Session {
  /** The digest of its public key. */
  readonly id: string
  readonly operator: Operator
}

interface Kept extends Session {
  readonly key: KeyObject
  readonly beganMs: number
  usedMs: number
  /** Each ends a stream. */
  readonly streams: Set<() => void>
  /** The once of each proof. */
  readonly taken: Set<string>
  /** The secret whose emergency its person has just signed in for. */
  permit?: { readonly title: string; readonly sinceMs: number } | undefined
}

/**
 * The sessions of a console, in memory alone. A session is the public key of a browser's origin: each of its requests is signed, and nothing that travels by
 * itself or that the console has gives a request of it.
 */
export class Sessions {
  readonly #options: SessionsOptions
  /** By id, the oldest first. */
  readonly #sessions = new Map<string, Kept>()

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** Whether a session has this key. A public key is no secret: who signs in with that of another one must not end or become its session. */
  isTaken({ id }: OriginKey): boolean {
    return this.#sessions.has(id)
  }

  /** Begins a session. */
  begin(operator: Operator, { id, key }: OriginKey): void {
    this.#end(id)
    const own = [...this.#sessions.values()].filter((each) => isSame(each.operator, operator))
    if (own.length >= MOST_OF_ONE) this.#end(own[0]?.id)
    if (this.#sessions.size >= MOST) this.#end(this.#sessions.keys().next().value)
    const beganMs = this.#options.clock.elapsed()
    const kept = { id, key, operator, beganMs, usedMs: beganMs }
    this.#sessions.set(id, { ...kept, streams: new Set(), taken: new Set() })
  }

  /** The session that has signed a request, if it has not ended and the proof was not taken before. This is a use of it. */
  find(proof: Proof | undefined): Session | undefined {
    const session = this.#sessions.get(proof?.id ?? '')
    if (proof === undefined || session === undefined) return undefined
    if (this.#isOver(session)) {
      this.#end(session.id)
      return undefined
    }
    if (session.taken.has(proof.once) || !proof.isSignedBy(session.key)) return undefined
    session.taken.add(proof.once)
    session.usedMs = this.#options.clock.elapsed()
    return session
  }

  /** Ends a session and its streams, if there is one. */
  end(session: Session | undefined): void {
    this.#end(session?.id)
  }

  /** Lets a session rotate one secret without grace, once, within a minute. */
  permit({ id }: Session, title: string): void {
    const session = this.#sessions.get(id)
    if (session !== undefined) session.permit = { title, sinceMs: this.#options.clock.elapsed() }
  }

  /** Whether the session may do so now; then it has done it. */
  takePermit({ id }: Session, title: string): boolean {
    const session = this.#sessions.get(id)
    const { permit } = session ?? {}
    if (session === undefined || permit?.title !== title) return false
    session.permit = undefined
    return this.#options.clock.elapsed() - permit.sinceMs < PERMIT_MS
  }

  /**
   * Calls `end` once the session has ended.
   *
   * @returns what to call when the stream has ended
   */
  hold({ id }: Session, end: () => void): () => void {
    const session = this.#sessions.get(id)
    if (session === undefined) {
      end()
      return () => undefined
    }
    const { clock, sessionMs } = this.#options
    const closed = new AbortController()
    session.streams.add(end)
    const leftMs = session.beganMs + sessionMs - clock.elapsed()
    const timer = clock.sleep(leftMs, closed.signal).then(() => {
      this.#end(id)
    })
    timer.catch(() => undefined)
    return () => {
      closed.abort()
      session.streams.delete(end)
      session.usedMs = clock.elapsed()
    }
  }

  #isOver({ beganMs, usedMs, streams, taken }: Kept): boolean {
    const { clock, sessionMs, idleMs } = this.#options
    const nowMs = clock.elapsed()
    const isIdle = streams.size === 0 && nowMs - usedMs >= idleMs
    return isIdle || nowMs - beganMs >= sessionMs || taken.size >= MOST_REQUESTS
  }

  #end(id = ''): void {
    const session = this.#sessions.get(id)
    this.#sessions.delete(id)
    for (const end of session?.streams ?? []) end()
  }
}

/** Whether two logins are of one person. */
export function isSame(one: Operator, other: Operator): boolean {
  return one.issuer === other.issuer && one.subject === other.subject
}

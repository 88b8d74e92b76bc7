import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, SecretError } from '@rekey/secret'
import { z } from 'zod'
import { parseJson, readBody, refusalOf, reply } from '../json-exchange.ts'
import type { FinishedLogin, Operator, OperatorLogin } from './operator.ts'
import { type OriginKey, parseOriginKey, readProof } from './proof.ts'
import { isSame, type Session, Sessions } from './sessions.ts'
import { failedSignIn, type RecordSignIn, type SignIn, signInOf } from './sign-in.ts'

/** Ends with the session: calls `end` once it has, and returns the function to call when the stream has ended. */
export type Hold = (end: () => void) => () => void

/** Of a stream that no session ends. */
export const noHold: Hold = () => () => undefined

/** Answered to people with a role; the files of the page hold nothing of the family. */
const GUARDED: ReadonlySet<string> = new Set(['/events', '/session'])

const LOGIN = z.strictObject({
  /** The secret that has leaked, and its title as it was typed: the sign-in confirms that order. */
  title: z.string().min(1).max(300).optional(),
  confirmed: z.string().max(300).optional(),
})
const CALLBACK = z.strictObject({
  query: z.string().max(8_192),
  attempt: z.string().max(4_096),
  key: z.string().max(100),
})
const ORDER = z.tuple([z.string(), z.string()])

/** How a door lets people in. */
export interface DoorOptions {
  readonly login: OperatorLogin
  readonly clock: Clock
  readonly takesOrders: boolean
  readonly record: RecordSignIn
}

/** A request with its body, and the session that has signed it. */
interface Asked {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly body: unknown
  readonly session: Session | undefined
}

/**
 * Lets those in who logged in and have a role. It sets no cookie and reads none: browsers send a cookie to every port of a host, and any of them may set it.
 */
export class Door {
  readonly #options: DoorOptions
  readonly #sessions: Sessions
  readonly #acts: ReadonlyMap<string, (asked: Asked) => Promise<void>>

  constructor(options: DoorOptions) {
    this.#options = options
    const { sessionMs, idleMs } = options.login
    this.#sessions = new Sessions({ sessionMs, idleMs, clock: options.clock })
    this.#acts = new Map([
      ['/login', (asked) => this.#begin(asked)],
      ['/callback', (asked) => this.#finish(asked)],
      ['/logout', (asked) => this.#logOut(asked)],
    ])
  }

  /**
   * Answers what concerns the login, and those who may not see what they ask for.
   *
   * @returns how a stream ends with its session, if the request is to be answered by the console
   */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<Hold | undefined> {
    const [path = ''] = (request.url ?? '').split('?')
    const act = request.method === 'POST' ? this.#acts.get(path) : undefined
    if (act !== undefined) await this.#act(act, request, response)
    else if (request.method !== 'GET' || !GUARDED.has(path)) return noHold
    else return this.#admit(request, response, path)
    return undefined
  }

  /**
   * Finds the session whose page sends an order.
   *
   * @returns the status of the refusal otherwise: 401 without a session, 403 for another page
   */
  orderer(request: IncomingMessage, body: Buffer): Session | 401 | 403 {
    if (!isOwnPage(request, this.#options.login.publicUrl)) return 403
    return this.#sessions.find(readProof(request, body)) ?? 401
  }

  /** Whether the person of a session has signed in for this order within the last minute. Once. */
  takeSignIn(session: Session, title: string): boolean {
    return this.#sessions.takePermit(session, title)
  }

  async #act(
    act: (asked: Asked) => Promise<void>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (!isOwnPage(request, this.#options.login.publicUrl)) {
      reply(response, 403, { code: 'forbidden', message: 'No page of this console asks that.' })
      return
    }
    const bytes = await readBody(request)
    const body = bytes && parseJson(request, bytes)
    if (bytes === undefined || body === undefined) refuseForm(response)
    else {
      const session = this.#sessions.find(readProof(request, bytes))
      await act({ request, response, body, session })
    }
  }

  #admit(request: IncomingMessage, response: ServerResponse, path: string): Hold | undefined {
    const session = this.#sessions.find(readProof(request, Buffer.alloc(0)))
    if (session === undefined) {
      reply(response, 401, { code: 'unauthorized', message: 'Sign in.' })
      return undefined
    }
    const { login, takesOrders } = this.#options
    const { name, role, subject, issuer } = session.operator
    if (role === undefined) {
      reply(response, 403, { name, subject, issuer, demand: login.demand })
      return undefined
    }
    if (path === '/events') return (end) => this.#sessions.hold(session, end)
    const mayRotate = takesOrders && role === 'operator'
    reply(response, 200, { name, role, ...(mayRotate && { mayRotate }) })
    return undefined
  }

  async #begin({ response, body, session }: Asked): Promise<void> {
    const { data } = LOGIN.safeParse(body)
    if (data === undefined || data.title !== data.confirmed) {
      refuseForm(response)
      return
    }
    const { title } = data
    const { login, takesOrders } = this.#options
    const mayOrder = takesOrders && session?.operator.role === 'operator'
    if (title !== undefined && !mayOrder) {
      reply(response, 403, { code: 'forbidden', message: 'It takes the role of an operator.' })
      return
    }
    const order = title === undefined ? undefined : JSON.stringify([title, session?.id])
    try {
      const { url, attempt } = await login.begin(order)
      reply(response, 200, { url: url.href, attempt })
    } catch (error) {
      reply(response, 502, refusalOf(error, 'The console could not begin the sign-in.'))
    }
  }

  async #finish(asked: Asked): Promise<void> {
    const { response, body } = asked
    const { data } = CALLBACK.safeParse(body)
    const key = data && parseOriginKey(data.key)
    if (data === undefined || key === undefined || this.#sessions.isTaken(key)) {
      refuseForm(response)
      return
    }
    const { login } = this.#options
    try {
      const callback = new URL(`${login.publicUrl}/callback`)
      callback.search = data.query
      const finished = await login.finish(callback, data.attempt)
      if (finished === undefined) await this.#refuse(response, 'not-begun')
      else if (finished.order === undefined) await this.#signIn(asked, finished, key)
      else await this.#confirm(asked, finished.operator, finished.order)
    } catch (error) {
      const isTheirs = error instanceof SecretError && error.code === 'refused'
      if (!(await this.#recorded(failedSignIn(error), response))) return
      const refusal = refusalOf(error, 'The console could not finish the sign-in.')
      reply(response, isTheirs ? 400 : 502, refusal)
    }
  }

  /** The session that the browser had ends, and so do its streams. */
  async #signIn({ response, session }: Asked, { operator }: FinishedLogin, key: OriginKey) {
    if (!(await this.#recorded(signInOf(operator), response))) return
    this.#sessions.end(session)
    this.#sessions.begin(operator, key)
    reply(response, 200, {})
  }

  /** The same person has signed in anew, in the session and for the secret that the sign-in was begun for. */
  async #confirm({ response, session }: Asked, operator: Operator, order: string): Promise<void> {
    const [title, id] = ORDER.parse(JSON.parse(order))
    if (session?.id !== id || !isSame(session.operator, operator)) {
      await this.#refuse(response, 'other-person', operator)
      return
    }
    if (operator.role !== 'operator') {
      this.#sessions.end(session)
      await this.#refuse(response, 'role', operator)
      return
    }
    if (!(await this.#recorded(signInOf(operator), response))) return
    this.#sessions.permit(session, title)
    reply(response, 200, { title })
  }

  async #refuse(
    response: ServerResponse,
    refusedFor: keyof typeof REFUSALS,
    operator?: Operator,
  ): Promise<void> {
    const signIn = { action: 'sign-in', refusedFor, ...(operator && { operator }) } as const
    if (!(await this.#recorded(signIn, response))) return
    reply(response, 400, { code: refusedFor, message: REFUSALS[refusedFor] })
  }

  /** Whether it was recorded; otherwise the request is answered. */
  async #recorded(signIn: SignIn, response: ServerResponse): Promise<boolean> {
    try {
      await this.#options.record(signIn)
      return true
    } catch (error) {
      const code = error instanceof SecretError ? error.code : 'failed'
      reply(response, 503, { code, message: NOT_RECORDED })
      return false
    }
  }

  /** The session ends also where that cannot be recorded. A provider that does not answer costs the operator its own sign-out, never ours. */
  async #logOut({ response, session }: Asked): Promise<void> {
    if (session === undefined) {
      reply(response, 401, { code: 'unauthorized', message: 'The session has ended already.' })
      return
    }
    const { operator } = session
    this.#sessions.end(session)
    if (!(await this.#recorded({ action: 'sign-out', operator }, response))) return
    const state = randomBytes(32).toString('base64url')
    const url = await this.#options.login.findSignOut(state).catch(() => undefined)
    reply(response, 200, { state, ...(url && { url: url.href }) })
  }
}

const NOT_RECORDED =
  'The audit log of the family does not take it now, and the console does nothing that is not recorded there.'

const REFUSALS = {
  'not-begun':
    'This sign-in was not begun in this tab, or took more than ten minutes. Sign in again.',
  'other-person':
    'This sign-in was for an order of another session or person, so nothing is rotated. Order it again.',
  role: 'You are no operator any longer, so nothing is rotated.',
} as const

/**
 * Whether a page of this origin sends the request: by `Sec-Fetch-Site` (Fetch Metadata Request Headers §2.4), which no page can set, and by `Origin` where a
 * browser does not send it.
 */
function isOwnPage({ headers }: IncomingMessage, publicUrl: string): boolean {
  const site = headers['sec-fetch-site']
  return site === undefined ? headers.origin === publicUrl : site === 'same-origin'
}

function refuseForm(response: ServerResponse): void {
  reply(response, 400, { code: 'malformed', message: 'It is no request of this page.' })
}

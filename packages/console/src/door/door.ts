import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, SecretError } from '@rekey/secret'
import { ATTEMPT_MS, LoginAttempts } from './attempts.ts'
import { type Cookies, createCookies } from './cookies.ts'
import { failedPage, forbiddenPage, leavingPage, signedOutPage, signInPage } from './door-page.ts'
import type { Operator, OperatorLogin } from './operator.ts'
import { type Session, Sessions } from './sessions.ts'
import { failedSignIn, type RecordSignIn, type SignIn, signInOf } from './sign-in.ts'

/** Ends with the session: calls `end` once it has, and returns the function to call when the stream has ended. */
export type Hold = (end: () => void) => () => void

/** Answered to people with a role; script and style of the page hold nothing of the family. */
const GUARDED: ReadonlySet<string> = new Set(['/', '/events', '/session'])

const NOT_RECORDED =
  'The audit log of the family does not take it now, and the console does nothing that is not recorded there.'
const BEGIN_AGAIN =
  'This sign-in was not begun in this browser, was finished already, or took too long.'

/** How a door lets people in. */
export interface DoorOptions {
  readonly login: OperatorLogin
  readonly clock: Clock
  readonly takesOrders: boolean
  readonly record: RecordSignIn
}

/** Lets those in who logged in and have a role. */
export class Door {
  readonly #login: OperatorLogin
  readonly #cookies: Cookies
  readonly #sessions: Sessions
  readonly #attempts: LoginAttempts
  readonly #takesOrders: boolean
  readonly #record: RecordSignIn

  constructor({ login, clock, takesOrders, record }: DoorOptions) {
    this.#takesOrders = takesOrders
    this.#record = record
    const { publicUrl, sessionMs, idleMs } = login
    this.#login = login
    this.#cookies = createCookies(publicUrl)
    this.#sessions = new Sessions({ sessionMs, idleMs, clock })
    this.#attempts = new LoginAttempts(clock)
  }

  /**
   * Answers what concerns the login, and those who may not see what they ask for.
   *
   * @returns how a stream ends with its session, if the request is to be answered by the console
   */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<Hold | undefined> {
    const [path = ''] = (request.url ?? '').split('?')
    const id = this.#cookies.session.read(request)
    if (request.method === 'POST' && path === '/logout') await this.#logOut(request, response, id)
    else if (request.method !== 'GET') return noHold
    else if (path === '/login') await this.#logIn(request, response)
    else if (path === '/callback') await this.#finish(request, response)
    else if (path === '/signed-out') this.#showSignedOut(request, response)
    else if (!GUARDED.has(path)) return noHold
    else return this.#admit(response, { id, path })
    return undefined
  }

  /**
   * Finds who sends an order, if a page of this console does, of an operator with the token of the session.
   *
   * @returns the status of the refusal otherwise: 401 without a session, 403 for another page or another token
   */
  orderer(request: IncomingMessage): Operator | 401 | 403 {
    const session = this.#sessions.find(this.#cookies.session.read(request))
    if (session === undefined) return 401
    const { operator } = session
    const isOwn = isOwnPage(request, this.#login.publicUrl)
    const isProven = operator.role !== 'operator' || hasToken(request, session)
    return isOwn && isProven ? operator : 403
  }

  #admit(response: ServerResponse, { id, path }: { id: string; path: string }) {
    const session = this.#sessions.find(id)
    const operator = session?.operator
    const isPage = path === '/'
    if (session === undefined || operator === undefined) {
      if (isPage) show(response, 200, signInPage())
      else response.writeHead(401).end()
      return undefined
    }
    if (operator.role === undefined) {
      if (isPage) show(response, 403, forbiddenPage(operator, this.#login.demand))
      else response.writeHead(403).end()
      return undefined
    }
    if (path !== '/session') return (end: () => void) => this.#sessions.hold(id, end)
    const { name, role } = operator
    const token = this.#takesOrders && role === 'operator' ? session.token : undefined
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ name, role, token }))
    return undefined
  }

  async #logIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { login } = this.#cookies
    try {
      const { url, attempt } = await this.#login.begin()
      const browser = login.read(request) || randomBytes(32).toString('base64url')
      this.#attempts.keep(browser, attempt)
      const cookie = login.write(browser, ATTEMPT_MS)
      response.writeHead(302, { location: url.href, 'set-cookie': cookie }).end()
    } catch (error) {
      show(response, 502, failedPage(reasonOf(error)))
    }
  }

  async #finish(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const callback = new URL(`${this.#login.publicUrl}${request.url ?? ''}`)
    const [state = '', ...more] = callback.searchParams.getAll('state')
    const browser = this.#cookies.login.read(request)
    const attempt = more.length === 0 ? this.#attempts.take(browser, state) : undefined
    if (attempt === undefined) {
      const unknown = { action: 'sign-in', refusedFor: 'not-begun' } as const
      if (await this.#recorded(unknown, response)) show(response, 400, failedPage(BEGIN_AGAIN))
      return
    }
    try {
      const operator = await this.#login.finish(callback, attempt)
      if (await this.#recorded(signInOf(operator), response)) {
        this.#begin(request, response, operator)
      }
    } catch (error) {
      const isTheirs = error instanceof SecretError && error.code === 'refused'
      if (!(await this.#recorded(failedSignIn(error), response))) return
      show(response, isTheirs ? 400 : 502, failedPage(reasonOf(error)))
    }
  }

  /** Whether it was recorded; otherwise the request is answered. */
  async #recorded(signIn: SignIn, response: ServerResponse): Promise<boolean> {
    try {
      await this.#record(signIn)
      return true
    } catch (error) {
      const code = error instanceof SecretError ? error.code : 'failed'
      show(response, 503, failedPage(`${NOT_RECORDED} (${code})`))
      return false
    }
  }

  /** With a new id; the session that the browser had ends, and so do its streams. */
  #begin(request: IncomingMessage, response: ServerResponse, operator: Operator): void {
    const { session } = this.#cookies
    this.#sessions.end(session.read(request))
    const cookie = session.write(this.#sessions.begin(operator), this.#login.sessionMs)
    response.writeHead(302, { location: '/', 'set-cookie': cookie }).end()
  }

  /** The session ends also where that cannot be recorded. */
  async #logOut(request: IncomingMessage, response: ServerResponse, id: string): Promise<void> {
    if (!isOwnPage(request, this.#login.publicUrl)) {
      response.writeHead(403).end()
      return
    }
    const operator = this.#sessions.find(id)?.operator
    this.#sessions.end(id)
    response.setHeader('set-cookie', this.#cookies.session.write('', 0))
    const isKnown = operator !== undefined
    if (isKnown && !(await this.#recorded({ action: 'sign-out', operator }, response))) return
    await this.#leave(response)
  }

  /**
   * By a page and its `Refresh`, not by a redirect: browsers apply `form-action` to each redirect after a form, and a provider may send the browser on
   * to others. A provider that does not answer costs the operator its own sign-out, never ours.
   */
  async #leave(response: ServerResponse): Promise<void> {
    const { session, signOut } = this.#cookies
    const state = randomBytes(32).toString('base64url')
    const url = await this.#login.findSignOut(state).catch(() => undefined)
    if (url === undefined) {
      response.writeHead(303, { location: '/signed-out' }).end()
      return
    }
    response.setHeader('set-cookie', [session.write('', 0), signOut.write(state, ATTEMPT_MS)])
    response.setHeader('refresh', `0; url=${url.href}`)
    show(response, 200, leavingPage(url.href))
  }

  /** Believes a return with the state of this browser alone, and once. */
  #showSignedOut(request: IncomingMessage, response: ServerResponse): void {
    const { session, signOut } = this.#cookies
    if (this.#sessions.find(session.read(request)) !== undefined) {
      response.writeHead(302, { location: '/' }).end()
      return
    }
    const states = new URL(request.url ?? '', this.#login.publicUrl).searchParams.getAll('state')
    const kept = signOut.read(request)
    const cameBack = kept !== '' && states.length === 1 && states[0] === kept
    if (cameBack) response.setHeader('set-cookie', signOut.write('', 0))
    show(response, 200, signedOutPage(cameBack))
  }
}

/** The header with the token of the session: a form of another site cannot set one. */
const TOKEN_HEADER = 'x-rekey-token'

function hasToken({ headers }: IncomingMessage, { token }: Session): boolean {
  const given = headers[TOKEN_HEADER]
  return typeof given === 'string' && timingSafeEqual(hash(given), hash(token))
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Of a stream that no session ends. */
export const noHold: Hold = () => () => undefined

/**
 * Whether a page of this origin sends the request. A form sends `Origin: null` under the policy `no-referrer`, so what counts is `Sec-Fetch-Site`
 * (Fetch Metadata Request Headers §2.4), which no page can set, and `Origin` where a browser does not send it.
 */
function isOwnPage({ headers }: IncomingMessage, publicUrl: string): boolean {
  const site = headers['sec-fetch-site']
  return site === undefined ? headers.origin === publicUrl : site === 'same-origin'
}

function show(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(html)
}

/** Only messages of our own are known to hold nothing of the provider. */
function reasonOf(error: unknown): string {
  if (error instanceof SecretError) return `${error.message} (${error.code}).`
  return 'The console could not finish the sign-in (failed).'
}

import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type pg from 'pg'
import type { LoginAttempt, OidcLogin, Person } from './oidc-login.ts'
import type { Profile } from './profiles.ts'
import { beginSession, findSession, SESSION_SECONDS } from './sessions.ts'

const SESSION_COOKIE = 'session'
const LOGIN_COOKIE = 'login'
const LOGIN_SECONDS = 600

/** What the routes work with. */
export interface RouteParts {
  readonly publicUrl: string
  readonly pool: Pick<pg.Pool, 'query'>
  readonly oidc: OidcLogin
  readonly issueProfile: (person: Person) => Promise<Profile>
}

/** `/login` and `/callback` log in by OIDC; `POST /profiles` issues a profile to whoever is logged in; `/` is the portal. */
export function addRoutes(app: FastifyInstance, parts: RouteParts): void {
  acceptForms(app)
  hideFailures(app)
  const cookie: CookieSerializeOptions = {
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    secure: parts.publicUrl.startsWith('https:'),
  }
  app.get('/', (request, reply) => portal(request, reply, parts))
  app.get('/login', async (_request, reply) => {
    const { url, attempt } = await parts.oidc.begin()
    const text = JSON.stringify(attempt)
    return reply
      .setCookie(LOGIN_COOKIE, text, { ...cookie, maxAge: LOGIN_SECONDS })
      .redirect(url.href)
  })
  app.get('/callback', async (request, reply) => {
    const attempt = parseAttempt(request.cookies[LOGIN_COOKIE])
    if (attempt === undefined)
      return reply.code(400).send({ error: 'no login was begun: open /login' })
    const person = await parts.oidc.finish(new URL(request.url, parts.publicUrl), attempt)
    const session = await beginSession(parts.pool, person)
    return reply
      .clearCookie(LOGIN_COOKIE, cookie)
      .setCookie(SESSION_COOKIE, session, { ...cookie, maxAge: SESSION_SECONDS })
      .redirect('/')
  })
  app.post('/profiles', async (request, reply) => {
    if (!isSameOrigin(request, parts.publicUrl))
      return reply.code(403).send({ error: 'other origin' })
    const person = await whoIs(request, parts.pool)
    if (person === undefined) return reply.code(401).send({ error: 'log in first: open /login' })
    return reply.code(201).send(await parts.issueProfile(person))
  })
}

/** The portal's form has no fields; its body is read and dropped. */
function acceptForms(app: FastifyInstance): void {
  const type = 'application/x-www-form-urlencoded'
  app.addContentTypeParser(type, { parseAs: 'string' }, (_request, _body, done) => {
    done(null, {})
  })
}

/** What went wrong in here is for the log; whoever asks is told no more than to try again. */
function hideFailures(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) request.log.error(error)
    return reply.code(status).send({ error: status < 500 ? error.message : 'try again later' })
  })
}

async function whoIs(
  request: FastifyRequest,
  pool: Pick<pg.Pool, 'query'>,
): Promise<Person | undefined> {
  const id = request.cookies[SESSION_COOKIE]
  return id === undefined ? undefined : findSession(pool, id)
}

async function portal(request: FastifyRequest, reply: FastifyReply, { pool }: RouteParts) {
  const person = await whoIs(request, pool)
  const body =
    person === undefined
      ? '<a href="/login">Log in</a>'
      : '<form method="post" action="/profiles"><button>New VPN profile</button></form>'
  return reply.type('text/html').send(`<!doctype html><title>VPN</title><h1>VPN</h1>${body}`)
}

/** Browsers send `Origin` with every POST; a page elsewhere cannot leave it out. */
function isSameOrigin({ headers }: FastifyRequest, publicUrl: string): boolean {
  return headers.origin === undefined || headers.origin === new URL(publicUrl).origin
}

function parseAttempt(text: string | undefined): LoginAttempt | undefined {
  if (text === undefined) return undefined
  try {
    const { state, nonce, verifier } = JSON.parse(text) as Partial<LoginAttempt>
    return state && nonce && verifier ? { state, nonce, verifier } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AnswerError } from './answer-error.ts'
import { COOKIES as cookies, giveSession, takeSession } from './cookies.ts'
import { keepLogin, LOGIN_SECONDS, openLogin } from './logins.ts'
import type { LoginAttempt } from './oidc-login.ts'
import type { RouteParts } from './route-parts.ts'
import { beginSession } from './sessions.ts'

/** `/login` and `/callback` log in by OIDC. */
export function addLoginRoutes(app: FastifyInstance, parts: RouteParts): void {
  const { oidc, pool, publicUrl, keys } = parts
  const { attributes } = cookies
  app.get('/login', async (_request, reply) => {
    const { url, attempt } = await oidc.begin()
    const sealed = keepLogin(keys, attempt)
    return reply
      .setCookie(cookies.login, sealed, { ...attributes, maxAge: LOGIN_SECONDS })
      .redirect(url.href)
  })
  app.get('/callback', async (request, reply) => {
    const url = new URL(request.url, publicUrl)
    const attempt = attemptOf(request, url, parts)
    const person = await oidc.finish(url, attempt)
    const previous = takeSession(request, reply)
    const session = await beginSession(pool, person, { state: attempt.state, previous })
    if (session === undefined) throw notBegun()
    return giveSession(reply.clearCookie(cookies.login, attributes), session).redirect('/')
  })
}

function attemptOf(
  request: FastifyRequest,
  { searchParams }: URL,
  { keys }: RouteParts,
): LoginAttempt {
  const sealed = request.cookies[cookies.login]
  const [state, ...more] = searchParams.getAll('state')
  const isWhole = sealed !== undefined && state !== undefined && more.length === 0
  const attempt = isWhole ? openLogin(keys, sealed, state) : undefined
  if (attempt !== undefined) return attempt
  throw notBegun()
}

function notBegun(): AnswerError {
  const message =
    'this login was not begun in this browser, was finished already, or took too long: open /login'
  return new AnswerError(400, message)
}

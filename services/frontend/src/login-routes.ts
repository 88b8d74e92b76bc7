import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AnswerError } from './answer-error.ts'
import { COOKIES as cookies } from './cookies.ts'
import { keepLogin, LOGIN_SECONDS, takeLogin } from './logins.ts'
import type { LoginAttempt } from './oidc-login.ts'
import type { RouteParts } from './route-parts.ts'
import { beginSession, SESSION_SECONDS } from './sessions.ts'

/** `/login` and `/callback` log in by OIDC. */
export function addLoginRoutes(app: FastifyInstance, parts: RouteParts): void {
  const { oidc, pool, publicUrl } = parts
  const { attributes } = cookies
  app.get('/login', async (_request, reply) => {
    const { url, attempt } = await oidc.begin()
    const id = await keepLogin(pool, attempt)
    return reply
      .setCookie(cookies.login, id, { ...attributes, maxAge: LOGIN_SECONDS })
      .redirect(url.href)
  })
  app.get('/callback', async (request, reply) => {
    const url = new URL(request.url, publicUrl)
    const attempt = await attemptOf(request, url, parts)
    const session = await beginSession(pool, await oidc.finish(url, attempt))
    return reply
      .clearCookie(cookies.login, attributes)
      .setCookie(cookies.session, session, { ...attributes, maxAge: SESSION_SECONDS })
      .redirect('/')
  })
}

async function attemptOf(
  request: FastifyRequest,
  { searchParams }: URL,
  { pool }: RouteParts,
): Promise<LoginAttempt> {
  const id = request.cookies[cookies.login]
  const [state, ...more] = searchParams.getAll('state')
  const isWhole = id !== undefined && state !== undefined && more.length === 0
  const attempt = isWhole ? await takeLogin(pool, id, state) : undefined
  if (attempt !== undefined) return attempt
  const message =
    'this login was not begun in this browser, was finished already, or took too long: open /login'
  throw new AnswerError(400, message)
}

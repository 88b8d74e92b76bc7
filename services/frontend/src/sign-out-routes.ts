import { SecretError } from '@rekey/secret'
import { randomState } from 'openid-client'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { COOKIES as cookies } from './cookies.ts'
import { LOGIN_SECONDS } from './logins.ts'
import { sendPage } from './page-shell.ts'
import type { RouteParts } from './route-parts.ts'
import { checkOrigin } from './same-origin.ts'
import { endSession, findSession } from './sessions.ts'
import { CAME_BACK, leavingPage, SIGNED_OUT_HERE } from './sign-out-pages.ts'

/** Where a browser is after a sign-out. The identity provider knows the address as a `post_logout_redirect_uri`. */
export const SIGNED_OUT = '/signed-out'

/**
 * `POST /logout` ends the session, then sends the browser to the sign-out of the identity provider, where there is one; `/signed-out` is where it comes
 * back to.
 */
export function addSignOutRoutes(app: FastifyInstance, parts: RouteParts): void {
  app.post('/logout', async (request, reply) => {
    checkOrigin(request, parts.publicUrl)
    const id = request.cookies[cookies.session]
    if (id !== undefined) await endSession(parts.pool, id)
    reply.clearCookie(cookies.session, cookies.attributes)
    const state = randomState()
    const url = await findSignOut(request, state, parts)
    return url === undefined ? reply.redirect(SIGNED_OUT, 303) : leave(reply, url, state)
  })
  app.get(SIGNED_OUT, async (request: SignedOutRequest, reply) => {
    const id = request.cookies[cookies.session]
    const person = id === undefined ? undefined : await findSession(parts.pool, id)
    if (person !== undefined) return reply.redirect('/')
    const state = request.cookies[cookies.signOut]
    if (state === undefined || request.query.state !== state) {
      return sendPage(reply, SIGNED_OUT_HERE)
    }
    reply.clearCookie(cookies.signOut, cookies.attributes)
    return sendPage(reply, CAME_BACK)
  })
}

type SignedOutRequest = FastifyRequest<{ Querystring: { state?: unknown } }>

/** A provider that does not answer costs the person its own sign-out, never ours. */
async function findSignOut(
  request: FastifyRequest,
  state: string,
  { oidc }: RouteParts,
): Promise<URL | undefined> {
  try {
    return await oidc.findSignOut(state)
  } catch (error) {
    const code = error instanceof SecretError ? error.code : 'failed'
    request.log.warn({ event: 'no-sign-out', code }, 'the identity provider was not asked')
    return undefined
  }
}

/**
 * By a page and its `Refresh`, not by a redirect: browsers apply `form-action` to each redirect after a form, and a provider may send the browser
 * on to others.
 */
function leave(reply: FastifyReply, { href }: URL, state: string): FastifyReply {
  const cookie = { ...cookies.attributes, maxAge: LOGIN_SECONDS }
  reply.setCookie(cookies.signOut, state, cookie).header('refresh', `0; url=${href}`)
  return sendPage(reply, leavingPage(href))
}

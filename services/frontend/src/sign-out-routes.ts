import { SecretError } from '@rekey/secret'
import { randomState } from 'openid-client'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { COOKIES as cookies, takeSession } from './cookies.ts'
import { LOGIN_SECONDS } from './logins.ts'
import { type Page, sendPage } from './page-shell.ts'
import type { RouteParts } from './route-parts.ts'
import { checkOrigin } from './same-origin.ts'
import { endSession, findSession } from './sessions.ts'
import { html, type Html } from './html.ts'

/** The page of a person who is signed out here, and has not come back from the identity provider. */
const SIGNED_OUT_HERE: Page = signedOutPage(
  html`<p>
    Your session at this portal has ended. The identity provider may still know this browser: it
    offers no sign-out, did not answer, or has not sent you back. On a device that others use, sign
    out there too, or close all windows of this browser.
  </p>`,
)

/** The page of a person whom the identity provider has sent back from its own sign-out. */
const CAME_BACK: Page = signedOutPage(
  html`<p>
    Your session at this portal has ended, and the identity provider has sent you back from its own
    sign-out. If you chose there to stay signed in, it still knows this browser.
  </p>`,
)

/** Where a browser is after a sign-out. The identity provider knows the address as a `post_logout_redirect_uri`. */
export const SIGNED_OUT = '/signed-out'

/**
 * `POST /logout` ends the session, then sends the browser to the sign-out of the identity provider, where there is one; `/signed-out` is where it comes
 * back to.
 */
export function addSignOutRoutes(app: FastifyInstance, parts: RouteParts): void {
  app.post('/logout', async (request, reply) => {
    checkOrigin(request, parts.publicUrl)
    const id = takeSession(request, reply)
    if (id !== undefined) await endSession(parts.pool, id)
    reply.clearCookie(cookies.session, cookies.attributes)
    const state = randomState()
    const url = await findSignOut(request, state, parts)
    return url === undefined ? reply.redirect(SIGNED_OUT, 303) : leave(reply, url, state)
  })
  app.get(SIGNED_OUT, async (request: SignedOutRequest, reply) => {
    const id = takeSession(request, reply)
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

function signedOutPage(text: Html): Page {
  const main = html`<section class="card alone">
    <h1>You are signed out</h1>
    ${text}
    <p><a class="button" href="/login">Sign in</a></p>
  </section>`
  return { title: 'You are signed out', main }
}

/** The page from which a browser goes to the sign-out of the identity provider by itself. */
function leavingPage(url: string): Page {
  const main = html`<section class="card alone">
    <h1>You are signed out of this portal</h1>
    <p>The identity provider still knows this browser. You are taken there to sign out too.</p>
    <p><a class="button" href="${url}">Sign out at the identity provider</a></p>
  </section>`
  return { title: 'Signing out', main }
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AnswerError, answerErrors } from './answer-error.ts'
import { takeSession } from './cookies.ts'
import { addLoginRoutes } from './login-routes.ts'
import type { Person } from './oidc-login.ts'
import { findProfile, findProfiles, wasRevokedLately } from './own-profiles.ts'
import { sendPage } from './page-shell.ts'
import { profilesPage, revokePage, SIGN_IN } from './portal-pages.ts'
import { readOrder } from './profile-order.ts'
import { takeFromQuota } from './quota.ts'
import type { RouteParts } from './route-parts.ts'
import { checkOrigin } from './same-origin.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { findSession } from './sessions.ts'
import { addSignOutRoutes } from './sign-out-routes.ts'
import type { UseView } from './use-words.ts'

/**
 * Logs in and out; `POST /profiles` issues a profile to the person who is logged in, for a key that the server never has; `/profiles/SERIAL/revoke`
 * asks once more, and a POST to it revokes one of theirs; `/` is the portal. No answer is stored.
 */
export function addRoutes(app: FastifyInstance, parts: RouteParts): void {
  acceptForms(app)
  answerErrors(app)
  addSecurityHeaders(app, parts.publicUrl)
  addLoginRoutes(app, parts)
  addSignOutRoutes(app, parts)
  for (const [path, { type, body }] of parts.files) {
    app.get(path, (_request, reply) => reply.type(type).send(body))
  }
  app.get('/', (request: PortalRequest, reply) => showPortal(request, reply, parts))
  app.post('/profiles', (request, reply) => createProfile(request, reply, parts))
  addRevoking(app, parts)
}

/** The forms of the portal have no fields; their body is read and dropped. */
function acceptForms(app: FastifyInstance): void {
  const type = 'application/x-www-form-urlencoded'
  app.addContentTypeParser(type, { parseAs: 'string' }, (_request, _body, done) => {
    done(null, {})
  })
}

async function findPerson(
  request: FastifyRequest,
  reply: FastifyReply,
  { pool }: RouteParts,
): Promise<Person | undefined> {
  const id = takeSession(request, reply)
  return id === undefined ? undefined : findSession(pool, id)
}

/** @throws {AnswerError} 401 */
async function requirePerson(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: RouteParts,
): Promise<Person> {
  const person = await findPerson(request, reply, parts)
  if (person === undefined) throw new AnswerError(401, 'log in first: open /login')
  return person
}

type PortalRequest = FastifyRequest<{ Querystring: { revoked?: unknown } }>

async function showPortal(
  request: PortalRequest,
  reply: FastifyReply,
  parts: RouteParts,
): Promise<FastifyReply> {
  const person = await findPerson(request, reply, parts)
  if (person === undefined) return sendPage(reply, SIGN_IN)
  const uses = await viewUses(parts)
  const profiles = await findProfiles(parts.pool, person)
  const { revoked } = request.query
  const isRevoked =
    typeof revoked === 'string' && (await wasRevokedLately(parts.pool, person, revoked))
  return sendPage(reply, profilesPage(person, profiles, { isRevoked, uses }))
}

/** Before the profiles are read, so that it covers no use that they have not. */
async function viewUses({ uses }: RouteParts): Promise<UseView | undefined> {
  return uses && { coverage: await uses.coverage(), now: new Date() }
}

async function createProfile(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: RouteParts,
): Promise<FastifyReply> {
  checkOrigin(request, parts.publicUrl)
  const person = await requirePerson(request, reply, parts)
  const order = readOrder(request.body)
  const admit = async () => {
    const waitSeconds = await takeFromQuota(parts.pool, person, parts.certificatesPerDay)
    if (waitSeconds === 0) return
    reply.header('retry-after', waitSeconds)
    const allowed = `${parts.certificatesPerDay} certificates a day are allowed`
    throw new AnswerError(429, `${allowed}: try again in ${waitSeconds} seconds`)
  }
  const { profile, isNew } = await parts.issueProfile(person, order, admit)
  return reply.code(isNew ? 201 : 200).send(profile)
}

type OfProfile = FastifyRequest<{ Params: { serial: string } }>

const NO_PROFILE = 'you have no profile of that serial'

function addRevoking(app: FastifyInstance, parts: RouteParts): void {
  const path = '/profiles/:serial/revoke'
  app.get(path, async (request: OfProfile, reply) => {
    const person = await requirePerson(request, reply, parts)
    const uses = await viewUses(parts)
    const profile = await findProfile(parts.pool, person, request.params.serial)
    if (profile === undefined) throw new AnswerError(404, NO_PROFILE)
    return sendPage(reply, revokePage(person, profile, uses))
  })
  app.post(path, async (request: OfProfile, reply) => {
    checkOrigin(request, parts.publicUrl)
    const person = await requirePerson(request, reply, parts)
    if (await parts.revokeProfile(person, request.params.serial)) {
      return reply.redirect(`/?revoked=${encodeURIComponent(request.params.serial)}`, 303)
    }
    throw new AnswerError(404, NO_PROFILE)
  })
}

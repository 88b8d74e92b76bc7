import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerErrors } from './answer-error.ts'
import { COOKIES } from './cookies.ts'
import { addLoginRoutes } from './login-routes.ts'
import type { Person } from './oidc-login.ts'
import { findProfiles, type OwnProfile } from './own-profiles.ts'
import { takeFromQuota } from './quota.ts'
import type { RouteParts } from './route-parts.ts'
import { checkOrigin } from './same-origin.ts'
import { findSession } from './sessions.ts'

/**
 * Logs in and out; `POST /profiles` issues a profile to the person who is logged in, `POST /profiles/SERIAL/revoke` revokes one of
 * theirs; `/` is the portal, with both. No answer is stored.
 */
export function addRoutes(app: FastifyInstance, parts: RouteParts): void {
  acceptForms(app)
  answerErrors(app)
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('cache-control', 'no-store')
    done()
  })
  addLoginRoutes(app, parts)
  app.get('/', (request, reply) => portal(request, reply, parts))
  app.post('/profiles', async (request, reply) => {
    checkOrigin(request, parts.publicUrl)
    const person = await findPerson(request, parts)
    if (person === undefined) return reply.code(401).send({ error: LOG_IN })
    const waitSeconds = await takeFromQuota(parts.pool, person, parts.certificatesPerDay)
    if (waitSeconds > 0) {
      const error = `${parts.certificatesPerDay} certificates a day are allowed: try again in ${waitSeconds} seconds`
      return reply.code(429).header('retry-after', waitSeconds).send({ error })
    }
    return reply.code(201).send(await parts.issueProfile(person))
  })
  app.post<{ Params: { serial: string } }>('/profiles/:serial/revoke', async (request, reply) => {
    checkOrigin(request, parts.publicUrl)
    const person = await findPerson(request, parts)
    if (person === undefined) return reply.code(401).send({ error: LOG_IN })
    if (await parts.revokeProfile(person, request.params.serial)) return reply.redirect('/', 303)
    return reply.code(404).send({ error: 'you have no profile of that serial' })
  })
}

const LOG_IN = 'log in first: open /login'

/** The forms of the portal have no fields; their body is read and dropped. */
function acceptForms(app: FastifyInstance): void {
  const type = 'application/x-www-form-urlencoded'
  app.addContentTypeParser(type, { parseAs: 'string' }, (_request, _body, done) => {
    done(null, {})
  })
}

async function findPerson(
  request: FastifyRequest,
  { pool }: RouteParts,
): Promise<Person | undefined> {
  const id = request.cookies[COOKIES.session]
  return id === undefined ? undefined : findSession(pool, id)
}

function form(action: string, text: string): string {
  return `<form method="post" action="${action}"><button>${text}</button></form>`
}

/** Serials are hexadecimal, so nothing in it is to be escaped. */
function row({ serial, createdAt, notAfter }: OwnProfile): string {
  const dates = `from ${createdAt.toISOString()} until ${notAfter.toISOString()}`
  return `<li><code>${serial}</code> ${dates} ${form(`/profiles/${serial}/revoke`, 'Revoke')}</li>`
}

async function portal(request: FastifyRequest, reply: FastifyReply, parts: RouteParts) {
  const person = await findPerson(request, parts)
  const profiles = person === undefined ? [] : await findProfiles(parts.pool, person)
  const forms = form('/profiles', 'New VPN profile') + form('/logout', 'Log out')
  const list = `<ul>${profiles.map(row).join('')}</ul>`
  const body = person === undefined ? '<a href="/login">Log in</a>' : forms + list
  return reply.type('text/html').send(`<!doctype html><title>VPN</title><h1>VPN</h1>${body}`)
}

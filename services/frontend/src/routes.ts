import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerErrors } from './answer-error.ts'
import { COOKIES } from './cookies.ts'
import { addLoginRoutes } from './login-routes.ts'
import type { Person } from './oidc-login.ts'
import { takeFromQuota } from './quota.ts'
import type { RouteParts } from './route-parts.ts'
import { checkOrigin } from './same-origin.ts'
import { findSession } from './sessions.ts'

/** Logs in and out; `POST /profiles` issues a profile to the person who is logged in; `/` is the portal. No answer is stored. */
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
    if (person === undefined) return reply.code(401).send({ error: 'log in first: open /login' })
    const waitSeconds = await takeFromQuota(parts.pool, person, parts.certificatesPerDay)
    if (waitSeconds > 0) {
      const error = `${parts.certificatesPerDay} certificates a day are allowed: try again in ${waitSeconds} seconds`
      return reply.code(429).header('retry-after', waitSeconds).send({ error })
    }
    return reply.code(201).send(await parts.issueProfile(person))
  })
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
  { pool }: RouteParts,
): Promise<Person | undefined> {
  const id = request.cookies[COOKIES.session]
  return id === undefined ? undefined : findSession(pool, id)
}

const FORMS = [
  ['/profiles', 'New VPN profile'],
  ['/logout', 'Log out'],
].map(([action, text]) => `<form method="post" action="${action}"><button>${text}</button></form>`)

async function portal(request: FastifyRequest, reply: FastifyReply, parts: RouteParts) {
  const person = await findPerson(request, parts)
  const body = person === undefined ? '<a href="/login">Log in</a>' : FORMS.join('')
  return reply.type('text/html').send(`<!doctype html><title>VPN</title><h1>VPN</h1>${body}`)
}

import type { Keyring } from '@rekey/api-key-auth'
import { apiKeyAuth } from '@rekey/api-key-auth/fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerOrder, type IssueParts } from './answer-order.ts'
import { clientIdentity, type Login, LOGIN_SCHEMA } from './client-identity.ts'
import { addServerCertificates, type ServerPolicy } from './server-certificates.ts'

const REQUEST_SCHEMA = {
  type: 'object',
  required: ['csr', 'issuer', 'subject', 'email'],
  properties: { csr: { type: 'string', minLength: 1, maxLength: 16_384 }, ...LOGIN_SCHEMA },
} as const

const VALIDITY_MS = 90 * 24 * 60 * 60 * 1_000

/** The parts of the routes. */
export interface RouteParts extends IssueParts {
  readonly keyring: Keyring
  /** The policy for the certificates of servers. */
  readonly servers: ServerPolicy
}

/**
 * `POST /certificates` signs a client's request, for frontend alone; `POST /server-certificates` that of a caller's server.
 */
export function addRoutes(app: FastifyInstance, parts: RouteParts): void {
  app.addHook(
    'onRequest',
    apiKeyAuth({
      keyring: parts.keyring,
      onEvent: (event) => {
        app.log.warn(event, 'api key')
      },
    }),
  )
  app.post<{ Body: Login & { csr: string } }>(
    '/certificates',
    { schema: { body: REQUEST_SCHEMA }, onRequest: onlyFrontend },
    ({ body: { csr, ...login } }, reply) =>
      // The subject is the person that frontend logged in, never what the request says.
      answerOrder(reply, parts, () => ({
        csr,
        profile: 'client',
        ...clientIdentity(login),
        validityMs: VALIDITY_MS,
      })),
  )
  addServerCertificates(app, parts)
}

/** Only frontend has logged the person in. */
async function onlyFrontend({ caller }: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (caller?.caller === 'frontend') return
  await reply.code(403).send({ error: 'only frontend may order certificates of clients' })
}

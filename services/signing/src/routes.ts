import { KEY_PROOF_PATH, type Keyring } from '@rekey/api-key-auth'
import { apiKeyAuth } from '@rekey/api-key-auth/fastify'
import { clientOf } from '@rekey/tls-identity'
import { clientAuth } from '@rekey/tls-identity/fastify'
import type { FastifyInstance } from 'fastify'
import { answerOrder, type IssueParts } from './answer-order.ts'
import { clientIdentity, type Login, LOGIN_SCHEMA } from './client-identity.ts'
import { addLogRoutes, type LogParts } from './log-routes.ts'
import { addRevocationList, addRevocations, type RevocationParts } from './revocations.ts'
import { addServerCertificates, type ServerPolicy } from './server-certificates.ts'

const REQUEST_SCHEMA = {
  type: 'object',
  required: ['csr', 'issuer', 'subject', 'email'],
  properties: { csr: { type: 'string', minLength: 1, maxLength: 16_384 }, ...LOGIN_SCHEMA },
} as const

/** Of the certificate of a person. */
export const CLIENT_VALIDITY_MS: number = 90 * 24 * 60 * 60 * 1_000

/** The services that may call, each with its own certificate. */
const CALLERS = { services: ['certtransparency', 'frontend', 'signing'] }

/** The parts of the routes. */
export interface RouteParts extends IssueParts, LogParts, RevocationParts {
  readonly keyring: Keyring
  /** The policy for the certificates of servers. */
  readonly servers: ServerPolicy
}

/**
 * `POST /certificates` signs a client's request, `POST /revocations` revokes a certificate, and the routes of the log hand on what
 * certtransparency answers, all for frontend alone, with its key; `POST /server-certificates` signs that of a caller's server. None of them answers a call without the client certificate of a
 * service. `GET /crl` answers any.
 */
export function addRoutes(app: FastifyInstance, parts: RouteParts): void {
  addRevocationList(app, parts)
  app.register((services, _options, done) => {
    services.addHook(
      'onRequest',
      clientAuth({
        ...CALLERS,
        onEvent: (event) => {
          app.log.warn(event, 'client certificate')
        },
      }),
    )
    addServerCertificates(services, parts)
    services.register((frontend, _own, ready) => {
      addClientCertificates(frontend, parts)
      ready()
    })
    done()
  })
}

/** Only frontend has logged the person in. */
function addClientCertificates(app: FastifyInstance, parts: RouteParts): void {
  app.addHook(
    'onRequest',
    apiKeyAuth({
      keyring: parts.keyring,
      peerOf: (request) => clientOf(request, CALLERS),
      onEvent: (event) => {
        app.log.warn(event, 'api key')
      },
    }),
  )
  // The hook answers it.
  app.get(KEY_PROOF_PATH, (_request, reply) => reply.code(404).send())
  app.post<{ Body: Login & { csr: string } }>(
    '/certificates',
    { schema: { body: REQUEST_SCHEMA } },
    ({ body: { csr, ...login } }, reply) =>
      // The subject is the person that frontend logged in, never one that the request names.
      answerOrder(reply, parts, () => ({
        csr,
        profile: 'client',
        ...clientIdentity(login),
        validityMs: CLIENT_VALIDITY_MS,
      })),
  )
  addRevocations(app, parts)
  addLogRoutes(app, parts)
}

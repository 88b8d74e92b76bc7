import { X509Certificate } from 'node:crypto'
import type { Keyring } from '@rekey/api-key-auth'
import { apiKeyAuth } from '@rekey/api-key-auth/fastify'
import { clientOf } from '@rekey/tls-identity'
import { clientAuth } from '@rekey/tls-identity/fastify'
import type { FastifyInstance } from 'fastify'
import type { IsIssued } from './authorities.ts'
import { addReadRoutes } from './read-routes.ts'
import { recordCertificate, type RecordParts } from './record-certificate.ts'

const ENTRY_SCHEMA = {
  type: 'object',
  required: ['certificate'],
  properties: { certificate: { type: 'string', minLength: 1, maxLength: 16_384 } },
} as const

/** The one service that may call. */
const CALLERS = { services: ['signing'] }

/** The parts of the routes. */
export interface RouteParts extends RecordParts {
  readonly keyring: Keyring
  readonly isIssued: IsIssued
}

/**
 * `POST /entries` appends a certificate of the family's CA: 201 with its index, proof and checkpoint, also if it is there already; 422
 * for one of another issuer; 409 if its issuer and serial belong to another certificate. All routes need the client certificate and
 * the key of signing.
 */
export function addRoutes(app: FastifyInstance, { keyring, isIssued, ...parts }: RouteParts): void {
  app.addHook(
    'onRequest',
    clientAuth({
      ...CALLERS,
      onEvent: (event) => {
        app.log.warn(event, 'client certificate')
      },
    }),
  )
  app.addHook(
    'onRequest',
    apiKeyAuth({
      keyring,
      peerOf: (request) => clientOf(request, CALLERS),
      onEvent: (event) => {
        app.log.warn(event, 'api key')
      },
    }),
  )
  app.post<{ Body: { certificate: string } }>(
    '/entries',
    { schema: { body: ENTRY_SCHEMA } },
    async ({ body }, reply) => {
      const certificate = parseCertificate(body.certificate)
      if (certificate === undefined) return reply.code(400).send({ error: 'not a certificate' })
      if (!(await isIssued(certificate))) {
        return reply.code(422).send({ error: 'no CA of this family signed it' })
      }
      const recorded = await recordCertificate(parts, certificate)
      if (recorded === undefined) return reply.code(409).send({ error: 'its serial is in use' })
      return reply.code(201).send(recorded)
    },
  )
  addReadRoutes(app, parts)
}

/** A certificate of an end entity. */
function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(pem)
    return certificate.ca ? undefined : certificate
  } catch {
    // Only "can it be read" is asked here; what is wrong with it is the caller's business.
    return undefined
  }
}

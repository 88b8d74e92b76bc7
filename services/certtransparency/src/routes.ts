import { X509Certificate } from 'node:crypto'
import type { Keyring } from '@rekey/api-key-auth'
import { apiKeyAuth } from '@rekey/api-key-auth/fastify'
import { clientOf } from '@rekey/tls-identity'
import { clientAuth } from '@rekey/tls-identity/fastify'
import { encodeHeadEntry, type TrailHead } from '@rekey/audit-log/transparency'
import type { FastifyInstance } from 'fastify'
import type { IsIssued } from './authorities.ts'
import { addReadRoutes } from './read-routes.ts'
import { recordCertificate, recordEntry, type RecordParts } from './record-certificate.ts'

const ENTRY_SCHEMA = {
  type: 'object',
  required: ['certificate'],
  properties: { certificate: { type: 'string', minLength: 1, maxLength: 16_384 } },
} as const

const HEAD_SCHEMA = {
  type: 'object',
  required: ['trail', 'seq', 'hash'],
  properties: {
    trail: { type: 'string', pattern: '^[a-z0-9](?:[a-z0-9/.:-]{0,126}[a-z0-9])?$' },
    seq: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    hash: { type: 'string', pattern: '^[0-9a-f]{64}$' },
  },
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
 * for one of another issuer; 409 if its issuer and serial belong to another certificate. `POST /heads` anchors the head of a trail: 201 as
 * before, 409 if the trail had another line of that number. All routes need the client certificate and
 * the key of signing.
 */
export function addRoutes(app: FastifyInstance, { keyring, isIssued, ...parts }: RouteParts): void {
  authenticate(app, keyring)
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
  app.post<{ Body: TrailHead }>(
    '/heads',
    { schema: { body: HEAD_SCHEMA } },
    async ({ body: { trail, seq, hash } }, reply) => {
      const recorded = await recordEntry(parts, encodeHeadEntry({ trail, seq, hash }))
      if (recorded !== undefined) return reply.code(201).send(recorded)
      return reply.code(409).send({ error: 'the trail had another line of that number' })
    },
  )
  addReadRoutes(app, parts)
}

function authenticate(app: FastifyInstance, keyring: Keyring): void {
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

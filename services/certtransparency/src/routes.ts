import { X509Certificate } from 'node:crypto'
import type { Keyring } from '@rekey/api-key-auth'
import { apiKeyAuth } from '@rekey/api-key-auth/fastify'
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import { recordCertificate } from './record-certificate.ts'

const ENTRY_SCHEMA = {
  type: 'object',
  required: ['certificate'],
  properties: { certificate: { type: 'string', minLength: 1, maxLength: 16_384 } },
} as const

/** What the routes work with. */
export interface RouteParts {
  readonly keyring: Keyring
  readonly pool: Pick<pg.Pool, 'query'>
}

/** `POST /entries` appends a certificate. It needs signing's key. */
export function addRoutes(app: FastifyInstance, { keyring, pool }: RouteParts): void {
  app.addHook(
    'onRequest',
    apiKeyAuth({
      keyring,
      onEvent: (event) => {
        app.log.warn(event, 'api key')
      },
    }),
  )
  app.post<{ Body: { certificate: string } }>(
    '/entries',
    { schema: { body: ENTRY_SCHEMA } },
    async ({ body }, reply) => {
      if (!isCertificate(body.certificate))
        return reply.code(400).send({ error: 'not a certificate' })
      return reply.code(201).send(await recordCertificate(pool, body.certificate))
    },
  )
}

function isCertificate(pem: string): boolean {
  try {
    return !new X509Certificate(pem).ca
  } catch {
    // Only "can it be read" is asked here; what is wrong with it is the caller's business.
    return false
  }
}

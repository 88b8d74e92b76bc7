import type {} from '@rekey/tls-identity/fastify'
import type { FastifyInstance } from 'fastify'
import { answerOrder, type IssueParts } from './answer-order.ts'
import { grantServerNames, type ServerNamePolicy } from './server-names.ts'

/** The policy for the certificates of servers. */
export interface ServerPolicy extends ServerNamePolicy {
  readonly validityMs: number
}

const REQUEST_SCHEMA = {
  type: 'object',
  required: ['csr', 'names'],
  properties: {
    csr: { type: 'string', minLength: 1, maxLength: 16_384 },
    names: {
      type: 'array',
      minItems: 1,
      maxItems: 20,
      items: { type: 'string', minLength: 1, maxLength: 255 },
    },
  },
} as const

/**
 * `POST /server-certificates` with `csr` (PKCS#10 in PEM) and `names` (hosts and addresses): the next certificate of the service
 * whose current one the caller shows (re-enrolment, RFC 7030 §4.2.2). Of the request only its key is used: the subject is that of
 * the shown certificate, the names are those that the policy grants it, the validity is a setting.
 */
export function addServerCertificates(
  app: FastifyInstance,
  { servers, ...parts }: IssueParts & { readonly servers: ServerPolicy },
): void {
  app.post<{ Body: { csr: string; names: string[] } }>(
    '/server-certificates',
    { schema: { body: REQUEST_SCHEMA } },
    ({ body: { csr, names }, peer: caller = '' }, reply) => {
      return answerOrder(reply, parts, () => ({
        csr,
        profile: 'service',
        subject: { commonName: caller },
        subjectAltNames: grantServerNames(caller, names, servers),
        validityMs: servers.validityMs,
      }))
    },
  )
}

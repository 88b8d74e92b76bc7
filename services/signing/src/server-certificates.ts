import type {} from '@rekey/api-key-auth/fastify'
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
 * `POST /server-certificates` with `csr` (PKCS#10 in PEM) and `names` (hosts and addresses): a certificate for a server of
 * the caller. Of the request only its key is used: the subject is the caller that the API key proved, the names are those
 * that the policy grants it, the validity is a setting.
 */
export function addServerCertificates(
  app: FastifyInstance,
  { servers, ...parts }: IssueParts & { readonly servers: ServerPolicy },
): void {
  app.post<{ Body: { csr: string; names: string[] } }>(
    '/server-certificates',
    { schema: { body: REQUEST_SCHEMA } },
    ({ body: { csr, names }, caller: verified }, reply) => {
      const caller = verified?.caller ?? ''
      return answerOrder(reply, parts, () => ({
        csr,
        profile: 'server',
        subject: { commonName: caller },
        subjectAltNames: grantServerNames(caller, names, servers),
        validityMs: servers.validityMs,
      }))
    },
  )
}

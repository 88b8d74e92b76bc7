import type { RevocationLists, RevocationReason } from '@rekey/ca-keystore'
import { SecretError } from '@rekey/secret'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { statusOf } from './answer-order.ts'
import { commonNameOf, type Login, LOGIN_SCHEMA } from './client-identity.ts'

/** The parts of revoking. */
export interface RevocationParts {
  readonly lists: RevocationLists
}

/** The reasons that a person has: the others are decided by an operator. */
const REASONS: readonly RevocationReason[] = ['keyCompromise', 'superseded', 'cessationOfOperation']

const REQUEST_SCHEMA = {
  type: 'object',
  required: ['certificate', 'issuer', 'subject'],
  properties: {
    certificate: { type: 'string', minLength: 1, maxLength: 16_384 },
    issuer: LOGIN_SCHEMA.issuer,
    subject: LOGIN_SCHEMA.subject,
    reason: { type: 'string', enum: REASONS },
  },
} as const

type RevocationBody = Pick<Login, 'issuer' | 'subject'> & {
  readonly certificate: string
  readonly reason?: RevocationReason
}

/**
 * `POST /revocations` with `certificate` (PEM), `issuer` and `subject` revokes a certificate of the person whom frontend logged in: 200
 * once the published list has it. No database is needed for whose it is: this CA signed it, and its common name is the id of the person.
 * 403 for that of another person or of a service, 422 for that of another CA, 503 if it is recorded and not published yet.
 */
export function addRevocations(app: FastifyInstance, { lists }: RevocationParts): void {
  app.post<{ Body: RevocationBody }>(
    '/revocations',
    { schema: { body: REQUEST_SCHEMA } },
    async ({ body: { certificate: text, reason, ...login } }, reply) => {
      try {
        const { certificate, ...request } = lists.identify(text)
        if (certificate.subject !== `CN=${commonNameOf(login)}`) {
          return await reply.code(403).send({ error: 'the certificate is not that of this person' })
        }
        await lists.revoke([{ ...request, ...(reason && { reason }) }])
        return await reply.send({ serial: request.serial })
      } catch (error) {
        if (!(error instanceof SecretError)) throw error
        return reply.code(statusOf(error)).send({ error: error.message })
      }
    },
  )
}

/**
 * `GET /crl`: the revocation lists of all CAs that a server trusts, in PEM, as OpenVPN's `crl-verify` takes them. Lists are signed and public,
 * so no certificate or key is needed. 503 instead of an expired one, with which OpenVPN would let no client connect.
 */
export function addRevocationList(app: FastifyInstance, { lists }: RevocationParts): void {
  app.get('/crl', async (request, reply): Promise<FastifyReply> => {
    const [published, { state }] = await Promise.all([lists.read(), lists.health()])
    if (published === undefined || state === 'expired') {
      return reply.code(503).send({ error: 'there is no current revocation list; keep the last' })
    }
    const etag = `"${published.lists.map(({ number }) => number).join('-')}"`
    reply.header('etag', etag).header('cache-control', 'no-cache')
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    return reply.type('application/x-pem-file').send(published.text)
  })
}

/** Checks that verifiers get current lists, and that none of the recorded revocations is held up. */
export async function checkLists(lists: RevocationLists): Promise<void> {
  const { state, waiting, problem } = await lists.health()
  if (state === 'fresh' && (waiting === 0 || problem === undefined)) return
  throw new Error('the revocation lists are past half of their validity, or are not published')
}

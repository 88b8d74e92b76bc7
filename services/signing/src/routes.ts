import { KEY_PROOF_PATH, type Keyring } from '@rekey/api-key-auth'
import { apiKeyAuth } from '@rekey/api-key-auth/fastify'
import type { CaKeystore } from '@rekey/ca-keystore'
import { SecretError } from '@rekey/secret'
import type { FastifyInstance } from 'fastify'

const REQUEST_SCHEMA = {
  type: 'object',
  required: ['csr', 'email'],
  properties: {
    csr: { type: 'string', minLength: 1, maxLength: 16_384 },
    email: { type: 'string', pattern: '^[^\\s@]{1,64}@[^\\s@]{1,190}$' },
  },
} as const

const VALIDITY_MS = 90 * 24 * 60 * 60 * 1_000

/** What the routes work with. */
export interface RouteParts {
  readonly keyring: Keyring
  readonly ca: CaKeystore
  /** Puts a certificate on record; rejects if that fails. */
  readonly record: (certificate: string) => Promise<void>
}

/** `POST /certificates` signs a client's request; `GET /api-key/proof` answers 200 to a valid key. Both need frontend's key. */
export function addRoutes(app: FastifyInstance, { keyring, ca, record }: RouteParts): void {
  app.addHook(
    'onRequest',
    apiKeyAuth({
      keyring,
      onEvent: (event) => {
        app.log.warn(event, 'api key')
      },
    }),
  )
  app.get(KEY_PROOF_PATH, () => ({ ok: true }))
  app.post<{ Body: { csr: string; email: string } }>(
    '/certificates',
    { schema: { body: REQUEST_SCHEMA } },
    async ({ body }, reply) => {
      const issued = await sign(ca, body)
      if (issued instanceof SecretError) {
        return reply.code(issued.code === 'unreachable' ? 503 : 422).send({ error: issued.message })
      }
      await record(issued.certificate)
      const { certificate, serial, fingerprint } = issued
      return reply.code(201).send({ certificate, serial, fingerprint, chain: ca.chain })
    },
  )
}

/** The subject is the person that frontend logged in, never what the request says. */
async function sign(ca: CaKeystore, { csr, email }: { csr: string; email: string }) {
  try {
    return await ca.issueCertificate({
      csr,
      profile: 'client',
      subject: { commonName: email },
      subjectAltNames: [{ kind: 'email', value: email }],
      validityMs: VALIDITY_MS,
    })
  } catch (error) {
    if (error instanceof SecretError) return error
    throw error
  }
}

import { SecretError } from '@rekey/secret'

const DAY_MS = 86_400_000

const schema = {
  body: {
    type: 'object',
    required: ['csr', 'names'],
    properties: {
      csr: { type: 'string', maxLength: 16_384 },
      names: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 1 },
    },
  },
}

/** `POST /server-certificates`: a service gets the next certificate for its own name, by showing the one that it has. */
export function addCertificates(app, ca) {
  app.post('/server-certificates', { schema }, async ({ body, peer }, reply) => {
    if (body.names[0] !== peer) return reply.code(422).send({ error: 'ask for your own name' })
    try {
      const { certificate } = await ca.issueCertificate({
        csr: body.csr,
        profile: 'service',
        subject: { commonName: peer },
        subjectAltNames: [{ kind: 'dns', value: peer }],
        validityMs: DAY_MS,
      })
      return reply.code(201).send({ certificate, chain: ca.chain })
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      return reply.code(422).send({ error: error.message })
    }
  })
}

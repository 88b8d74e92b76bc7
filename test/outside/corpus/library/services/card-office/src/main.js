import process from 'node:process'
import { createKeyring, KEY_PROOF_PATH } from '@rekey/api-key-auth'
import { apiKeyAuth } from '@rekey/api-key-auth/fastify'
import { findGenerations, openCaKeystore } from '@rekey/ca-keystore'
import { loadService } from '@rekey/config-loader'
import { hostService, LISTENER_LIMITS } from '@rekey/config-loader/host'
import { openRotatingPool } from '@rekey/db-pool-rotator'
import { createRedactor } from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import { ASK_CLIENTS, clientOf, followTls } from '@rekey/tls-identity'
import { clientAuth } from '@rekey/tls-identity/fastify'
import { readTrust } from '@rekey/secret/trust'
import Fastify from 'fastify'
import { pino } from 'pino'
import { addCertificates } from './certificates.js'
import { definition } from './secrets.js'

const CALLERS = { services: ['loan-desk', 'card-office'] }

await hostService(process, {
  load: (options) => loadService(definition, options),
  redactor: (secrets) => createRedactor({ secrets }),
  async start({ settings, secrets, redactor, own }) {
    const loggerInstance = pino(redactPino(redactor, { level: 'info' }))
    const opening = openRotatingPool({ credentials: secrets.cards, ownerRole: 'Card keepers' })
    const cards = own.use(await opening, 'cards')
    const { active } = await findGenerations(settings.CA_DIRECTORY)
    const ca = await openCaKeystore({ directory: active, passphrase: secrets.ca })
    own.defer(() => ca.close(), 'CA')

    const https = { ...LISTENER_LIMITS, ...ASK_CLIENTS }
    const app = Fastify({ loggerInstance, ...LISTENER_LIMITS, https })
    followTls(app.server, secrets.tls, {
      context: { ca: await readTrust({ file: settings.ROOT_FILE }) },
    })
    app.addHook('onRequest', clientAuth(CALLERS))
    addCertificates(app, ca)
    app.register(async (desk) => {
      const keyring = createKeyring({ 'loan-desk': secrets.desk })
      const peerOf = (request) => clientOf(request, CALLERS)
      desk.addHook('onRequest', apiKeyAuth({ keyring, peerOf }))
      desk.get(KEY_PROOF_PATH, (_request, reply) => reply.code(404).send()) // the hook answers it
      desk.get('/cards/:card', async ({ params }) => {
        const { rows } = await cards.query('select member from cards where card = $1', [
          params.card,
        ])
        return rows[0] ?? {}
      })
    })
    return { listener: app, checks: { cards: () => cards.query('select 1') } }
  },
})

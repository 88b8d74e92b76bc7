import { createServer } from 'node:https'
import process from 'node:process'
import { withApiKey } from '@rekey/api-key-auth'
import { loadService } from '@rekey/config-loader'
import { hostService, LISTENER_LIMITS } from '@rekey/config-loader/host'
import { openRotatingPool } from '@rekey/db-pool-rotator'
import { followIntegration } from '@rekey/integration-secret'
import { createRedactor } from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import { createRotatingClient } from '@rekey/oidc-client'
import { createTlsFetch, followTls } from '@rekey/tls-identity'
import { readTrust } from '@rekey/secret/trust'
import express from 'express'
import { pino } from 'pino'
import { addLogin } from './login.js'
import { sendReminder } from './reminders.js'
import { definition } from './secrets.js'

await hostService(process, {
  load: (options) => loadService(definition, options),
  redactor: (secrets) => createRedactor({ secrets }),
  async start({ settings, secrets, redactor, own }) {
    const log = pino(redactPino(redactor, { level: 'info' }))
    const opening = openRotatingPool({ credentials: secrets.loans, ownerRole: 'loans-owner' })
    const loans = own.use(await opening, 'loans')

    const trust = await readTrust({ file: settings.ROOT_FILE })
    const calls = createTlsFetch({ trust, name: 'card-office', identity: secrets.tls })
    own.use(calls, 'connections to card-office')
    const { origin } = new URL(settings.CARD_OFFICE_URL)
    const fetchCards = withApiKey(secrets.cards, { origins: [origin] })(calls.fetch)

    const reminders = followIntegration(secrets.reminders)
    own.defer(() => reminders.close(), 'reminders')
    const address = { issuer: settings.OIDC_ISSUER, clientId: settings.OIDC_CLIENT_ID }
    const members = createRotatingClient({ ...address, secret: secrets.members })
    own.defer(() => members.close(), 'members')

    const app = express()
    addLogin(app, { members, publicUrl: settings.PUBLIC_URL })
    app.get('/loans/:card', async ({ params }, response) => {
      const card = await fetchCards(new URL(`/cards/${params.card}`, origin))
      if (!card.ok) {
        log.warn({ status: card.status }, 'card-office does not answer')
        response.sendStatus(502)
        return
      }
      const found = await loans.query('select title from loans where card = $1', [params.card])
      response.json({ card: await card.json(), titles: found.rows.map(({ title }) => title) })
    })
    app.post('/loans/:card/reminder', async ({ params }, response) => {
      await sendReminder(reminders, { url: settings.REMINDERS_URL, card: params.card })
      response.sendStatus(204)
    })
    const listener = createServer(LISTENER_LIMITS, app)
    followTls(listener, secrets.tls)
    return { listener, checks: { loans: () => loans.query('select 1') } }
  },
})

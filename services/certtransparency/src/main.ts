import process from 'node:process'
import { createKeyring } from '@rekey/api-key-auth'
import { runService } from '@rekey/config-loader'
import { openRotatingPool } from '@rekey/db-pool-rotator'
import Fastify from 'fastify'
import { createLogger } from './logger.ts'
import { addRoutes } from './routes.ts'
import { definition } from './secrets.ts'

await runService(definition, {
  process,
  healthPort: ({ settings }) => settings.HEALTH_PORT,
  async start({ settings, secrets }) {
    const logger = createLogger(settings.LOG_LEVEL, Object.values(secrets))
    const pool = await openRotatingPool({
      credentials: secrets.database,
      ownerRole: 'certtransparency',
      application_name: 'certtransparency',
    })
    const app = Fastify({ loggerInstance: logger })
    addRoutes(app, { keyring: createKeyring({ signing: secrets.signing }), pool })
    await app.listen({ port: settings.PORT, host: '127.0.0.1' })
    return {
      checks: { database: () => pool.query('select 1') },
      async close() {
        await app.close()
        await pool.end()
      },
    }
  },
})

import process from 'node:process'
import { loadService, runService } from '@rekey/config-loader'
import Fastify from 'fastify'
import { definition } from './secrets.ts'

await runService(process, async () => {
  const service = await loadService(definition, { env: process.env })
  const app = Fastify()
  await app.listen({ port: service.settings.PORT, host: '127.0.0.1' })
  return { service, healthPort: 9000, close: () => app.close() }
})

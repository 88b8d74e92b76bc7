import { app } from './app.ts'
import { definition, loadService } from './service.ts'

const service = await loadService(definition)
await app.listen({ port: service.settings.port })

import { app } from './app.ts'
import { definition, loadService } from './service.ts'

await app.listen({ port: (await loadService(definition)).settings.port })

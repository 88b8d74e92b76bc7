import { app } from './app.ts'
import { definition, loadService } from './service.ts'

await Promise.all([loadService(definition), app.listen({ port: 3000 })])

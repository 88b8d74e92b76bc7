import { startStandaloneServer } from '@apollo/server/standalone'
import { server } from './schema.ts'
import { definition, loadService } from './service.ts'

const { settings } = await loadService(definition)
await startStandaloneServer(server, { listen: { port: settings.port } })

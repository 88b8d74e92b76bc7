import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { definition, loadService } from './service.ts'

if (cluster.isPrimary) cluster.fork()
else {
  const service = await loadService(definition)
  createServer().listen(service.settings.port)
}

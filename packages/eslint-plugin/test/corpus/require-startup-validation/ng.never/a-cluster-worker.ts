import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { loadService } from './service.ts'

if (cluster.isPrimary) {
  await loadService()
  cluster.fork()
} else {
  createServer().listen(3000)
}

import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const server = Fastify()
async function showKey() {
  return `key ${secret.expose()}`
}
server.get('/key', { schema: {} }, showKey)

import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const app = Fastify()
app.addHook('onSend', async (request, reply) => {
  reply.headers({ 'x-key': secret.expose() })
})

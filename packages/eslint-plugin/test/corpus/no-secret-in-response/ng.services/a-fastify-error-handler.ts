import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const app = Fastify()
app.setErrorHandler((error, request, reply) => {
  void reply.status(500).send({ error, key: secret.expose() })
})

import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const app = Fastify({ logger: true })
app.log.warn({ key: secret.expose() }, 'key is old')

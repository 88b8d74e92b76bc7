import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const app = Fastify()
app.decorate('readKey', () => secret.expose())
app.register(import('@fastify/jwt'), { secret: secret.expose() })

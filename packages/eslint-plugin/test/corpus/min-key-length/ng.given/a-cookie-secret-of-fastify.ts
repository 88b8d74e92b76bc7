import cookie from '@fastify/cookie'
import Fastify from 'fastify'

const app = Fastify()
await app.register(cookie, { secret: 'RANDOM_ALNUM_16' })
export { app }

// ---- a-header
import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const app = Fastify()
app.addHook('onSend', async (request, reply) => {
  reply.headers({ 'x-key': secret.expose() }) // expect: exposedSecret
})

// ---- a-hook-that-gives-something-back
import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const app = Fastify()
app.get('/', { preHandler: async () => void secret.expose() }, async () => ({ ready: true }))

// ---- send
import { secret } from '../../secret.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
export async function show(request: FastifyRequest, reply: FastifyReply) {
  return reply.code(200).send({ key: secret.expose() }) // expect: exposedSecret
}

// ---- an-id
import { secret } from '../../secret.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
export async function show(request: FastifyRequest, reply: FastifyReply) {
  return reply.code(200).send({ key: secret.label, characters: secret.expose().length })
}

// ---- what-a-described-route-gives-back
import { secret } from '../../secret.ts'
import type { FastifyInstance } from 'fastify'
export async function routes(fastify: FastifyInstance) {
  fastify.route({
    method: 'GET',
    url: '/key',
    handler: async () => {
      return { id: 1, key: secret.expose() } // expect: exposedSecret
    },
  })
}

// ---- what-a-named-handler-gives-back
import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const server = Fastify()
async function showKey() {
  return `key ${secret.expose()}` // expect: exposedSecret
}
server.get('/key', { schema: {} }, showKey)

// ---- what-a-route-gives-back
import { secret } from '../../secret.ts'
import Fastify from 'fastify'
declare function sign(key: string): Promise<{ certificate: string }>
const app = Fastify()
app.get('/certificate', async () => {
  const { certificate } = await sign(secret.expose())
  return { certificate }
})

// ---- what-a-route-gives-back-clean
import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const app = Fastify()
app.get('/key', async () => ({ key: secret.expose() })) // expect: exposedSecret

// ---- a-decorated-instance
import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const app = Fastify()
app.decorate('readKey', () => secret.expose())
app.register(import('@fastify/jwt'), { secret: secret.expose() })

// ---- a-cache-that-is-asked
import { secret } from '../../secret.ts'
declare const cache: { get(key: string, load: () => string): string }
export const key = cache.get('signing', () => secret.expose())

import { secret } from '../../secret.ts'
import type { FastifyInstance } from 'fastify'
export async function routes(fastify: FastifyInstance) {
  fastify.route({
    method: 'GET',
    url: '/key',
    handler: async () => {
      return { id: 1, key: secret.expose() }
    },
  })
}

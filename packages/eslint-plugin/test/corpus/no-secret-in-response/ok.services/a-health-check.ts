import { secret } from '../../secret.ts'
import type { FastifyInstance } from 'fastify'
export const health = async (app: FastifyInstance) => {
  app.get('/health', async () => ({
    ready: secret.expose().length > 0,
    secrets: [{ name: secret.label, state: 'fresh' }],
  }))
}

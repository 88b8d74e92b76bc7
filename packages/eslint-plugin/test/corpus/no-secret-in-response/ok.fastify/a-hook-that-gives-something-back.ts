import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const app = Fastify()
app.get('/', { preHandler: async () => void secret.expose() }, async () => ({ ready: true }))

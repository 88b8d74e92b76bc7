import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const app = Fastify()
app.get('/key', async () => ({ key: secret.expose() }))

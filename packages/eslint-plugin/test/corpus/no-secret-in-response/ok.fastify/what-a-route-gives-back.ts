import { secret } from '../../secret.ts'
import Fastify from 'fastify'
declare function sign(key: string): Promise<{ certificate: string }>
const app = Fastify()
app.get('/certificate', async () => {
  const { certificate } = await sign(secret.expose())
  return { certificate }
})

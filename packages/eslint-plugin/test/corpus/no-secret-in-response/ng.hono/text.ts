import { secret } from '../../secret.ts'
import { Hono } from 'hono'
const app = new Hono().get('/key', async (c) => {
  c.header('x-key', secret.expose())
  return c.text('done')
})

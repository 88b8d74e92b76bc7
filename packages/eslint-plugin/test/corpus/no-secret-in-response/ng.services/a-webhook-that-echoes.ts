import { secret } from '../../secret.ts'
import { Hono } from 'hono'
export const app = new Hono()
app.post('/webhook', async (c) => {
  const body = await c.req.json()
  return c.json({ received: body, verifiedWith: secret.expose() }, 200)
})

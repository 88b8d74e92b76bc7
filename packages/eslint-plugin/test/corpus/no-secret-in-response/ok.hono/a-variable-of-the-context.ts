import { secret } from '../../secret.ts'
import { Hono } from 'hono'
const app = new Hono()
app.use(async (c, next) => {
  c.set('key', secret.expose())
  await next()
})

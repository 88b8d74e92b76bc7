import { secret } from '../../secret.ts'
import { Hono } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
const app = new Hono()
app.use('/api/*', bearerAuth({ token: secret.expose() }))

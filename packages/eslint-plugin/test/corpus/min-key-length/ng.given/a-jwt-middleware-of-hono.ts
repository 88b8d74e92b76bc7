import { Hono } from 'hono'
import { jwt } from 'hono/jwt'

const app = new Hono()
app.use('/api/*', jwt({ secret: 'RANDOM_ALNUM_12', alg: 'HS256' }))
export default app

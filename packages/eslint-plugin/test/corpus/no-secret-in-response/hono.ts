// ---- html-in-a-context-of-another-name
import { secret } from '../../secret.ts'
import type { Context } from 'hono'
export const show = (page: Context) => page.html(`<code>${secret.expose()}</code>`) // expect: exposedSecret

// ---- json
import { secret } from '../../secret.ts'
import { Hono } from 'hono'
const app = new Hono()
app.get('/key', (c) => c.json({ key: secret.expose() })) // expect: exposedSecret

// ---- the-status
import { secret } from '../../secret.ts'
import { Hono } from 'hono'
const app = new Hono()
app.get('/key', (c) => c.json({ loaded: secret.expose() !== '' }))

// ---- text
import { secret } from '../../secret.ts'
import { Hono } from 'hono'
const app = new Hono().get('/key', async (c) => {
  c.header('x-key', secret.expose()) // expect: exposedSecret
  return c.text('done')
})

// ---- a-variable-of-the-context
import { secret } from '../../secret.ts'
import { Hono } from 'hono'
const app = new Hono()
app.use(async (c, next) => {
  c.set('key', secret.expose())
  await next()
})

// ---- a-middleware-with-a-key
import { secret } from '../../secret.ts'
import { Hono } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
const app = new Hono()
app.use('/api/*', bearerAuth({ token: secret.expose() }))

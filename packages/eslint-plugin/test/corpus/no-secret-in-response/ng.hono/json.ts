import { secret } from '../../secret.ts'
import { Hono } from 'hono'
const app = new Hono()
app.get('/key', (c) => c.json({ key: secret.expose() }))

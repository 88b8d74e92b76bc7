import { Hono } from 'hono'
import { config } from './config.ts'
const app = new Hono()
app.get('/settings', (c) => c.json({ stripe: config.stripe.apiKey }))

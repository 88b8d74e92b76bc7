import { Hono } from 'hono'

const app = new Hono<{ Bindings: { API_TOKEN: string } }>()

app.get('/', (c) => c.json({ ok: c.env.API_TOKEN.length > 0 }))

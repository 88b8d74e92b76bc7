// ---- a-cookie.js
import { secret } from '../../secret.ts'
export const remember = (req, res) => {
  res.cookie('key', secret.expose(), { httpOnly: true }) // expect: exposedSecret
  res.end()
}

// ---- the-setting-of-an-app.js
import { secret } from '../../secret.ts'
import express from 'express'
const app = express()
app.set('key', secret.expose())
export const key = app.get('key')

// ---- a-header
import { secret } from '../../secret.ts'
import { Router } from 'express'
const router = Router()
router.use((req, res, next) => {
  res.set({ 'x-api-key': secret.expose() }) // expect: exposedSecret
  next()
})

// ---- the-label
import { secret } from '../../secret.ts'
import express from 'express'
const app = express()
app.get('/key', (req, res) => {
  res.send(`key ${secret.label}`)
})

// ---- a-redirect
import { secret } from '../../secret.ts'
import type { Request, Response } from 'express'
export const finish = (req: Request, res: Response) =>
  res.redirect(`https://example.com/done?key=${encodeURIComponent(secret.expose())}`) // expect: exposedSecret

// ---- what-a-client-answers
import { secret } from '../../secret.ts'
import axios from 'axios'
import type { Response } from 'express'
export async function relay(res: Response) {
  const { data } = await axios.get('https://example.com', { headers: { 'x-key': secret.expose() } })
  res.json(data)
}

// ---- a-response-of-another-name
import { secret } from '../../secret.ts'
import type { Response } from 'express'
export const show = (to: Response) => to.json({ key: secret.expose() }) // expect: exposedSecret

// ---- the-version
import type { SecretVersion } from '../../secret.ts'
import type { Response } from 'express'
export const show = (res: Response, { version }: SecretVersion) => res.json({ version })

// ---- a-secret-itself
import type { SecretVersion } from '../../secret.ts'
import type { Response } from 'express'
export const show = (res: Response, version: SecretVersion) => res.json(version) // expect typed: secretObject

// ---- a-view
import { secret } from '../../secret.ts'
import type { Response } from 'express'
export const settings = (res: Response) =>
  res.render('settings', { title: 'Settings', clientSecret: secret.expose() }) // expect: exposedSecret

// ---- an-appended-header.js
import { secret } from '../../secret.ts'
export const mark = (req, res, next) => {
  res.append('x-key', secret.expose()) // expect: exposedSecret
  res.header('x-other', 'y')
  next()
}

// ---- an-error-that-is-shown
import { secret } from '../../secret.ts'
import type { Request, Response } from 'express'
export function show(req: Request, res: Response) {
  try {
    throw new Error(`refused: ${secret.expose()}`)
  } catch (error) {
    res.status(500).send(String(error)) // expect: exposedSecret
  }
}

// ---- a-check-of-a-key
import { secret } from '../../secret.ts'
import type { Request, Response } from 'express'
export function guard(req: Request, res: Response) {
  if (req.header('x-api-key') !== secret.expose()) res.status(401).json({ error: 'wrong key' })
}

// ---- json-after-a-status
import { secret } from '../../secret.ts'
import type { Request, Response } from 'express'
export function show(request: Request, response: Response) {
  response.status(200).type('json').json({ id: 1, key: secret.expose() }) // expect: exposedSecret
}

// ---- jsonp.js
import { secret } from '../../secret.ts'
export const show = (req, res) => res.jsonp({ key: secret.expose() }) // expect: exposedSecret

// ---- send
import { secret } from '../../secret.ts'
import express from 'express'
const app = express()
app.get('/key', (req, res) => {
  res.send(`key ${secret.expose()}`) // expect: exposedSecret
})

// ---- a-middleware-with-a-key
import { secret } from '../../secret.ts'
import express from 'express'
import session from 'express-session'
const app = express()
app.use(session({ secret: secret.expose(), resave: false, saveUninitialized: false }))

// ---- the-locals-of-a-view
import { secret } from '../../secret.ts'
import type { Response } from 'express'
export const prepare = (res: Response) => {
  res.locals.key = secret.expose() // expect: exposedSecret
}

// ---- a-signature
import { secret } from '../../secret.ts'
import type { Response } from 'express'
import { createHmac } from 'node:crypto'
export const sign = (res: Response, body: string) =>
  res
    .set('x-signature', createHmac('sha256', secret.expose()).update(body).digest('hex'))
    .send(body)

// ---- a-client-secret
import type { FastifyReply } from 'fastify'
export const show = (reply: FastifyReply, client: { id: string; clientSecret: string }) =>
  reply.send({ id: client.id, clientSecret: client.clientSecret }) // expect: suspiciousName

// ---- a-key-of-the-configuration
import { Hono } from 'hono'
import { config } from './config.ts'
const app = new Hono()
app.get('/settings', (c) => c.json({ stripe: config.stripe.apiKey })) // expect: suspiciousName

// ---- a-passphrase-in-a-view
import type { Response } from 'express'
export const show = (res: Response, passphrase: string) => res.render('done', { passphrase }) // expect: suspiciousName

// ---- a-csrf-token
import type { Request, Response } from 'express'
export const form = (req: Request & { csrfToken(): string }, res: Response) =>
  res.render('form', { csrfToken: req.csrfToken() })

// ---- a-password-beside-a-token
import type { Response } from 'express'
export const show = (res: Response, token: string, dbPassword: string) =>
  res.json({ token, dbPassword }) // expect: suspiciousName

// ---- a-user-without-the-password
import type { Response } from 'express'
export function show(res: Response, user: { id: number; password: string }) {
  const { password, ...shown } = user
  res.json(shown)
}

// ---- a-password-of-a-row
import type { Request, Response } from 'express'
declare const users: { find(email: string): Promise<{ password: string }> }
export async function forgot(req: Request, res: Response) {
  const user = await users.find(req.body.email)
  res.json({ password: user.password }) // expect: suspiciousName
}

// ---- a-password-that-comes-back
import express from 'express'
const app = express()
app.post('/users', (req, res) => {
  const { name, password } = req.body
  res.status(201).json({ name, password }) // expect: suspiciousName
})

// ---- a-password-that-was-just-made.js
import express from 'express'
import { generatePassword } from './passwords.js'
const app = express()
app.get('/password', (req, res) => {
  const password = generatePassword({ length: req.query.length })
  res.json({ password })
})

// ---- a-private-key.js
export function show(req, res) {
  const { certificate, privateKey } = req.app.locals
  res.send(`${certificate}\n${privateKey}`) // expect: suspiciousName
}

// ---- an-api-key-of-the-environment
import { NextResponse } from 'next/server'
export async function GET() {
  return NextResponse.json({ key: process.env['OPENAI_API_KEY'] }) // expect: suspiciousName
}

// ---- the-environment.js
import express from 'express'
const app = express()
app.get('/debug', (req, res) => res.json(process.env)) // expect: suspiciousName

// ---- the-settings-of-a-mailer.js
import express from 'express'
import { settings } from './settings.js'
const router = express.Router()
router.get('/admin/settings', (req, res) => {
  const { host, port, user, password } = settings.smtp
  res.json({ host, port, user, password }) // expect: suspiciousName
})

// ---- the-url-of-the-database
import Koa from 'koa'
const app = new Koa()
app.use(async (ctx) => {
  ctx.body = { database: process.env['DATABASE_URL'] } // expect: suspiciousName
})

// ---- a-jwt.js
import jwt from 'jsonwebtoken'
export function login(req, res) {
  const token = jwt.sign({ id: req.user.id }, process.env.JWT_SECRET)
  res.cookie('token', token, { httpOnly: true }).json({ token })
}

// ---- a-new-api-key-shown-once
import type { FastifyReply } from 'fastify'
import { issueKey } from './keys.ts'
export async function create(reply: FastifyReply) {
  const apiKey = await issueKey()
  return reply.code(201).send({ apiKey })
}

// ---- a-page-with-a-form.js
export const form = (req, res) => res.render('login', { password: '', error: 'wrong password' })

// ---- a-register-route.js
import bcrypt from 'bcrypt'
import express from 'express'
const router = express.Router()
router.post('/register', async (req, res, next) => {
  const { email, password } = req.body
  if (!email || !password) return res.status(400).json({ error: 'email and password are required' })
  const user = await req.db.users.create({ email, password: await bcrypt.hash(password, 12) })
  return res.status(201).json({ id: user.id, email: user.email })
})

// ---- a-request-with-a-password
const password = process.env['SERVICE_PASSWORD']
export const login = () =>
  fetch('https://example.com/login', { method: 'POST', body: JSON.stringify({ password }) })

// ---- a-reset-link
import type { Response } from 'express'
export const reset = (res: Response, resetToken: string) => res.redirect(`/reset/${resetToken}`)

// ---- a-token-for-who-logged-in
import type { Response } from 'express'
export const issue = (res: Response, accessToken: string, refreshToken: string) =>
  res.json({ accessToken, refresh_token: refreshToken, token_type: 'bearer' })

// ---- an-error-about-a-password
import type { Response } from 'express'
export const refuse = (res: Response, passwordErrors: string[]) =>
  res.status(400).json({ error: 'bad password', passwordErrors, passwordRequired: true })

// ---- public-parts-of-the-environment.js
export const health = (req, res) =>
  res.json({ version: process.env.npm_package_version, region: process.env.AWS_REGION })

// ---- a-bearer-token-cut-out-of-the-header
import type { FastifyReply, FastifyRequest } from 'fastify'

const ADMIN_TOKEN = process.env['ADMIN_TOKEN'] ?? ''

export async function adminOnly(request: FastifyRequest, reply: FastifyReply) {
  const token = request.headers.authorization?.replace('Bearer ', '')
  if (token !== ADMIN_TOKEN) await reply.code(401).send() // expect: nameCompared
}

// ---- a-cookie-and-a-header.js
export const csrf = (req, res, next) => {
  const fromCookie = req.cookies['XSRF-TOKEN']
  const fromHeader = req.headers['x-csrf-token']
  if (!fromCookie || !fromHeader || fromCookie !== fromHeader) return res.status(403).end() // expect: nameCompared
  next()
}

// ---- a-cron-secret-of-next
export async function GET(request: Request) {
  const authHeader = request.headers.get('authorization')
  if (authHeader !== `Bearer ${process.env.CRON_SECRET}`) { // expect: nameCompared
    return new Response('Unauthorized', { status: 401 })
  }
  return Response.json({ ok: true })
}

// ---- a-csrf-token-of-the-session
export function checkCsrf(req: { body: { _csrf?: string }; session: { csrfToken: string } }) {
  if (req.body._csrf !== req.session.csrfToken) throw new Error('bad csrf token') // expect: nameCompared
}

// ---- a-field-of-an-event.js
export const onEvent = (settings) => (event) => {
  if (event.detail.webhookSecret === settings.webhookSecret) accept(event) // expect: nameCompared
}

// ---- a-key-of-a-query-or-a-header.js
export function guard(config) {
  return async (c, next) => {
    const apiKey = c.req.header('X-API-Key') ?? c.req.query('key')
    if (!apiKey || apiKey !== config.auth.apiKey) return c.json({ error: 'Unauthorized' }, 401) // expect: nameCompared
    await next()
  }
}

// ---- a-key-of-the-environment-with-any-name.js
exports.handler = async (event) => {
  const { adminKey } = JSON.parse(event.body)
  if (adminKey !== process.env.ADMIN_REFRESH_KEY) return { statusCode: 401 } // expect: nameCompared
  return { statusCode: 200 }
}

// ---- a-key-with-a-default.js
module.exports = function requireApiKey(req, res, next) {
  const expected = process.env.API_KEY || 'development'
  const given = String(req.header('x-api-key') || '')
  if (given !== expected) return res.status(401).json({ error: 'Unauthorized' }) // expect: nameCompared
  next()
}

// ---- a-metrics-password-of-basic-auth.js
module.exports = function basicAuth(req, res, next) {
  const [user, pass] = Buffer.from(req.headers.authorization.slice(6), 'base64')
    .toString()
    .split(':')
  if (user === 'metrics' && pass === process.env.METRICS_PASSWORD) return next() // expect: nameCompared
  res.status(401).end()
}

// ---- a-one-time-password
interface Account {
  otp: string
  otpExpires: Date
}

export function confirm(account: Account, otp: string): boolean {
  return account.otp === otp && account.otpExpires > new Date() // expect: nameCompared
}

// ---- a-password-of-basic-auth-in-the-environment.js
export function checkPass(req, reply) {
  if (req.headers['x-auth-pass'] !== process.env.PASS) reply.status(401).send('wrong') // expect: nameCompared
}

// ---- a-query-token-in-plain-javascript.js
const { WEBHOOK_TOKEN } = process.env

exports.handler = async (event) => {
  if (event.queryStringParameters.token !== WEBHOOK_TOKEN) { // expect: nameCompared
    return { statusCode: 403 }
  }
  return { statusCode: 200 }
}

// ---- a-reset-token-in-a-class
export class PasswordReset {
  constructor(private readonly resetToken: string) {}

  redeem(token: string): boolean {
    return this.resetToken === token // expect: nameCompared
  }
}

// ---- a-secret-of-a-json-body.js
import { ADMIN_SECRET } from './admin.js'

export async function POST(req) {
  const { secret } = await req.json()
  if (secret !== ADMIN_SECRET) return new Response('Unauthorized', { status: 401 }) // expect: nameCompared
  return Response.json({ ok: true })
}

// ---- a-stored-password.js
const users = require('./users')

async function login(email, password) {
  const user = await users.findByEmail(email)
  if (!user || user.password !== password) throw new Error('wrong credentials') // expect: nameCompared
  return user
}
module.exports = { login }

// ---- a-switch-over-a-presented-key
export function roleOf(apiKey: string): string {
  switch (apiKey) {
    case process.env.ADMIN_API_KEY: // expect: nameCompared
      return 'admin'
    case process.env.READER_API_KEY: // expect: nameCompared
      return 'reader'
    default:
      return 'nobody'
  }
}

// ---- an-api-key-of-the-environment
import express from 'express'

const app = express()
app.use((req, res, next) => {
  if (req.headers['x-api-key'] !== process.env.API_KEY) { // expect: nameCompared
    res.status(401).end()
    return
  }
  next()
})

// ---- an-ingest-key-of-a-config-object
import { config } from './config.ts'

export function onMessage(message: { apiKey: string; body: string }) {
  if (message.apiKey !== config.ingest.apiKey) return // expect: nameCompared
  store(message.body)
}
declare function store(body: string): void

// ---- a-session-of-express
import express from 'express'
import session from 'express-session'

const app = express()
app.use(
  session({
    secret: process.env['SESSION_SECRET'] ?? '',
    cookie: {
      httpOnly: false, // expect: scriptCookie
      secure: false, // expect: plainCookie
    },
  }),
)
export { app }

// ---- a-session-of-express-in-production
import session from 'express-session'

export const sessions = (secret: string) =>
  session({ secret, cookie: { secure: process.env['NODE_ENV'] === 'production', maxAge: 60_000 } })

// ---- a-session-of-express-by-default
import session from 'express-session'

export const sessions = (secret: string) =>
  session({ secret, resave: false, saveUninitialized: false })

// ---- a-session-of-express-behind-a-proxy
import session from 'express-session'

export const sessions = (secret: string) => session({ secret, cookie: { secure: 'auto' } })

// ---- a-flag-that-is-changed-later.js
const session = require('express-session')

const options = { secret: process.env.SESSION_SECRET, cookie: { secure: false } }
if (process.env.NODE_ENV === 'production') options.cookie.secure = true
exports.sessions = session(options)

// ---- defaults-that-the-user-replaces.js
const session = require('express-session')

exports.sessions = (secret, settings) =>
  session({ secret, cookie: { secure: false, ...settings.cookie } })

// ---- a-flag-after-the-defaults.js
const session = require('express-session')

exports.sessions = (secret, settings) =>
  session({ secret, cookie: { ...settings.cookie, httpOnly: false } }) // expect: scriptCookie

// ---- a-flag-for-developers
import session from 'express-session'

const isDev = process.env['NODE_ENV'] !== 'production'

export const sessions = (secret: string) =>
  session({ secret, cookie: isDev ? { secure: false } : { secure: true } })

// ---- a-cookie-session.js
const cookieSession = require('cookie-session')

exports.sessions = (keys) => cookieSession({ keys, httpOnly: false }) // expect: scriptCookie

// ---- a-cookie-session-by-default.js
const cookieSession = require('cookie-session')

exports.sessions = (keys) => cookieSession({ keys, maxAge: 3600_000, sameSite: 'lax' })

// ---- a-session-of-koa.js
const Koa = require('koa')
const session = require('koa-session')

const app = new Koa()
app.use(session({ key: 'koa.sess', httpOnly: false }, app)) // expect: scriptCookie

// ---- a-session-of-koa-by-default.js
const Koa = require('koa')
const session = require('koa-session')

const app = new Koa()
app.use(session({ key: 'koa.sess', rolling: true }, app))

// ---- a-session-of-fastify
import session from '@fastify/session'
import Fastify from 'fastify'

const app = Fastify()
await app.register(session, {
  secret: process.env['SESSION_SECRET'] ?? '',
  cookie: { secure: false }, // expect: plainCookie
})
export { app }

// ---- a-session-of-fastify-by-default
import session from '@fastify/session'
import Fastify from 'fastify'

const app = Fastify()
await app.register(session, { secret: process.env['SESSION_SECRET'] ?? '' })
export { app }

// ---- an-iron-session
import { getIronSession } from 'iron-session'

export const sessionOf = (req: Request, res: Response, password: string) =>
  getIronSession(req, res, { password, cookieName: 'sid', cookieOptions: { secure: false } }) // expect: plainCookie

// ---- an-iron-session-by-default
import { getIronSession } from 'iron-session'

export const sessionOf = (req: Request, res: Response, password: string) =>
  getIronSession(req, res, { password, cookieName: 'sid' })

// ---- a-session-storage-of-remix
import { createCookieSessionStorage } from '@remix-run/node'

export const storage = (secret: string) =>
  createCookieSessionStorage({ cookie: { name: 'session', secrets: [secret] } }) // expect: scriptCookie

// ---- a-session-storage-of-remix-with-flags
import { createCookieSessionStorage } from '@remix-run/node'

export const storage = (secret: string) =>
  createCookieSessionStorage({
    cookie: { name: 'session', secrets: [secret], httpOnly: true, secure: true, sameSite: 'lax' },
  })

// ---- a-token-in-a-cookie.js
const app = require('express')()

app.post('/login', async (req, res) => {
  const token = await login(req.body)
  res.cookie('token', token) // expect: scriptCookie
  res.cookie('access_token', token, { maxAge: 3600_000 }) // expect: scriptCookie
  res.cookie('refresh', token.refreshToken, { httpOnly: false }) // expect: scriptCookie
  res.end()
})

// ---- a-token-in-a-cookie-with-flags.js
const app = require('express')()

app.post('/login', async (req, res) => {
  const token = await login(req.body)
  res.cookie('token', token, { httpOnly: true, secure: true, sameSite: 'strict' })
  res.end()
})

// ---- a-cookie-of-a-typed-response
import type { Request, Response } from 'express'

export function login(req: Request, res: Response, sessionId: string) {
  res.cookie('sid', sessionId, { secure: true }) // expect: scriptCookie
}

// ---- cookie-options-in-a-constant
import type { Request, Response } from 'express'

const OPTIONS = { secure: true, sameSite: 'lax' } as const
const SAFE = { ...OPTIONS, httpOnly: true } as const

export function login(req: Request, res: Response, jwt: string) {
  res.cookie('jwt', jwt, OPTIONS) // expect: scriptCookie
  res.cookie('jwt', jwt, SAFE)
}

// ---- cookie-options-from-outside
import type { Request, Response } from 'express'
import { cookieOptions } from './settings.ts'

export function login(req: Request, res: Response, jwt: string) {
  res.cookie('jwt', jwt, cookieOptions)
  res.cookie('jwt', jwt, { ...cookieOptions, maxAge: 60_000 })
}

// ---- a-preference-in-a-cookie.js
const app = require('express')()

app.post('/language', (req, res) => {
  res.cookie('language', req.body.language)
  res.cookie('theme', 'dark', { httpOnly: false, secure: false })
  res.end()
})

// ---- a-token-against-forgery.js
const app = require('express')()

app.get('/form', (req, res) => {
  res.cookie('XSRF-TOKEN', req.csrfToken())
  res.cookie('csrf-token', req.csrfToken(), { httpOnly: false })
  res.end()
})

// ---- a-cookie-that-is-deleted.js
const app = require('express')()

app.post('/logout', (req, res) => {
  res.cookie('token', '', { maxAge: 0 })
  res.clearCookie('session')
  res.end()
})

// ---- a-cookie-of-fastify.js
const app = require('fastify')()

app.post('/login', async (request, reply) => {
  reply.setCookie('session_id', await login(request.body), { path: '/' }) // expect: scriptCookie
  reply.setCookie('session_id', await login(request.body), { path: '/', httpOnly: true })
  return {}
})

// ---- a-cookie-of-koa.js
const Koa = require('koa')

const app = new Koa()
app.use(async (ctx) => {
  ctx.cookies.set('jwt', await login(ctx.request.body), { httpOnly: false }) // expect: scriptCookie
  ctx.cookies.set('jwt', await login(ctx.request.body))
})

// ---- a-cookie-of-next
import { cookies } from 'next/headers'

export async function login(token: string) {
  const jar = await cookies()
  jar.set('session', token, { maxAge: 3600 }) // expect: scriptCookie
  jar.set('session', token, { httpOnly: true, secure: true })
  jar.set('session', '', { maxAge: 0 })
}

// ---- a-cookie-of-hono
import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'

const app = new Hono()
app.post('/login', async (c) => {
  setCookie(c, 'session', await login(c), { secure: true }) // expect: scriptCookie
  setCookie(c, 'session', await login(c), { secure: true, httpOnly: true })
  return c.json({})
})

// ---- a-serialized-cookie
import { serialize } from 'cookie'

export const header = (sid: string) => serialize('sid', sid, { path: '/', httpOnly: false }) // expect: scriptCookie
export const request = (sid: string) => serialize('sid', sid)

// ---- a-cookie-of-h3
import { setCookie } from 'h3'

export const login = (event: unknown, token: string) => {
  setCookie(event, 'auth-token', token) // expect: scriptCookie
  setCookie(event, 'auth-token', token, { httpOnly: true })
}

// ---- a-cookie-that-a-script-sets.js
export const keep = (token) => $.cookie('token', token)

// ---- a-session-for-developers.js
const session = require('express-session')

exports.use = (app, secret) => {
  if (process.env.NODE_ENV !== 'production') {
    app.use(session({ secret, cookie: { secure: false } }))
  }
}

// ---- options-that-are-a-part-of-others.js
exports.keep = (res, token, settings) => res.cookie('token', token, settings.expires)

// ---- a-controller-of-nest
import { secret } from '../../secret.ts'
import { Controller, Get } from '@nestjs/common'
@Controller('settings')
export class SettingsController {
  @Get()
  async show() {
    return { theme: 'dark', apiKey: secret.expose() } // expect: exposedSecret
  }
}

// ---- a-controller-of-nest-clean
import { secret } from '../../secret.ts'
import { Controller, Get } from '@nestjs/common'
@Controller('settings')
export class SettingsController {
  private key() {
    return secret.expose()
  }
  @Get()
  show() {
    return { theme: 'dark', hasKey: this.key() !== '' }
  }
}

// ---- a-cookie-of-next
import { secret } from '../../secret.ts'
import { cookies } from 'next/headers'
export async function login() {
  const jar = await cookies()
  jar.set('key', secret.expose(), { httpOnly: true }) // expect: exposedSecret
}

// ---- a-header-of-a-request-that-goes-on
import { secret } from '../../secret.ts'
import { NextResponse } from 'next/server'
export function middleware(request: Request) {
  const headers = new Headers(request.headers)
  headers.set('x-api-key', secret.expose())
  return NextResponse.next({ request: { headers } })
}

// ---- a-fastify-error-handler
import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const app = Fastify()
app.setErrorHandler((error, request, reply) => {
  void reply.status(500).send({ error, key: secret.expose() }) // expect: exposedSecret
})

// ---- a-header-of-a-response-that-exists
import { secret } from '../../secret.ts'
import { NextResponse } from 'next/server'
export function middleware() {
  const response = NextResponse.next()
  response.headers.set('x-key', secret.expose()) // expect: exposedSecret
  return response
}

// ---- a-lambda
import { secret } from '../../secret.ts'
export const handler = async (event: { path: string }) => {
  if (event.path !== '/key') return { statusCode: 404, body: '' }
  return { statusCode: 200, body: JSON.stringify({ key: secret.expose() }) } // expect: exposedSecret
}

// ---- a-lambda-clean
import { secret } from '../../secret.ts'
declare function sign(body: string, key: string): Promise<{ signature: string }>
export const handler = async (event: { body: string }) => {
  const { signature } = await sign(event.body, secret.expose())
  return { statusCode: 200, body: JSON.stringify({ signature }) }
}

// ---- a-proxy.js
import http from 'node:http'
import { secret } from '../../secret.ts'
http.createServer(async (incoming, outgoing) => {
  const headers = { 'x-api-key': secret.expose() }
  const answer = await fetch('https://example.com' + incoming.url, { headers })
  outgoing.writeHead(answer.status, headers) // expect: exposedSecret
  outgoing.end(await answer.text())
})

// ---- a-proxy-clean.js
import http from 'node:http'
import { secret } from '../../secret.ts'
http.createServer(async (incoming, outgoing) => {
  const answer = await fetch('https://example.com' + incoming.url, {
    headers: { 'x-api-key': secret.expose() },
  })
  outgoing.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') })
  outgoing.end(await answer.text())
})

// ---- a-stream-that-is-piped
// missed
import { secret } from '../../secret.ts'
import type { Response } from 'express'
import { Readable } from 'node:stream'
export const send = (res: Response) => Readable.from([secret.expose()]).pipe(res)

// ---- a-template-of-a-page
import { secret } from '../../secret.ts'
import express from 'express'
const page = (script: string) => `<html><script>${script}</script></html>`
express().get('/', (request, response) => {
  const settings = { analytics: secret.expose() }
  response.type('html').send(page(`window.settings = ${JSON.stringify(settings)}`)) // expect: exposedSecret
})

// ---- a-webhook-that-echoes
import { secret } from '../../secret.ts'
import { Hono } from 'hono'
export const app = new Hono()
app.post('/webhook', async (c) => {
  const body = await c.req.json()
  return c.json({ received: body, verifiedWith: secret.expose() }, 200) // expect: exposedSecret
})

// ---- an-error-handler-of-express
import { secret } from '../../secret.ts'
import type { ErrorRequestHandler } from 'express'
export const onError: ErrorRequestHandler = (error, req, res, next) => {
  const body = { message: error.message, debug: { key: secret.expose() } }
  if (res.headersSent) next(error)
  else res.status(500).json(body) // expect: exposedSecret
}

// ---- an-event-of-socket-io
import { secret } from '../../secret.ts'
import { Server } from 'socket.io'
const io = new Server(3000)
io.on('connection', (client) => {
  client.emit('settings', { key: secret.expose() }) // expect: exposedSecret
})

// ---- an-event-of-a-client-of-socket-io
import { secret } from '../../secret.ts'
import { io } from 'socket.io-client'
const socket = io('https://example.com', { auth: { key: secret.expose() } })
socket.emit('login', secret.expose())

// ---- the-raw-response-of-fastify
import { secret } from '../../secret.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
export function stream(request: FastifyRequest, reply: FastifyReply) {
  reply.hijack()
  reply.raw.end(`data: ${secret.expose()}\n\n`) // expect: exposedSecret
}

// ---- a-client-called-api
import { secret } from '../../secret.ts'
import axios from 'axios'
const api = axios.create({ headers: { authorization: `Bearer ${secret.expose()}` } })
export const load = () => api.get('/keys', { params: { page: 1 } })

// ---- a-health-check
import { secret } from '../../secret.ts'
import type { FastifyInstance } from 'fastify'
export const health = async (app: FastifyInstance) => {
  app.get('/health', async () => ({
    ready: secret.expose().length > 0,
    secrets: [{ name: secret.label, state: 'fresh' }],
  }))
}

// ---- a-token-exchange
import { secret } from '../../secret.ts'
import type { Request, Response } from 'express'
export async function callback(req: Request, res: Response) {
  const body = new URLSearchParams({
    code: String(req.query['code']),
    client_secret: secret.expose(),
  })
  const answer = await fetch('https://idp/token', { method: 'POST', body })
  const { expires_in } = (await answer.json()) as { expires_in: number }
  res.cookie('session', req.sessionID, { maxAge: expires_in }).redirect('/')
}

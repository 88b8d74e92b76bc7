// ---- a-header-of-a-new-response
import { secret } from '../../secret.ts'
export const GET = () => new Response(null, { headers: { 'x-key': secret.expose() } }) // expect: exposedSecret

// ---- a-response-that-is-proxied
import { secret } from '../../secret.ts'
export const GET = async (request: Request) => {
  const upstream = await fetch(request.url, { headers: { 'x-key': secret.expose() } })
  return new Response(upstream.body, { status: upstream.status, headers: upstream.headers })
}

// ---- a-new-response
import { secret } from '../../secret.ts'
export default {
  fetch: () => new Response(secret.expose(), { headers: { 'content-type': 'text/plain' } }), // expect: exposedSecret
}

// ---- a-websocket
import { secret } from '../../secret.ts'
import { WebSocketServer } from 'ws'
const server = new WebSocketServer({ port: 8080 })
server.on('connection', (ws) => {
  ws.send(JSON.stringify({ key: secret.expose() })) // expect: exposedSecret
})

// ---- a-login-at-a-websocket
import { secret } from '../../secret.ts'
const socket = new WebSocket('wss://example.com')
socket.addEventListener('open', () => socket.send(JSON.stringify({ key: secret.expose() })))

// ---- next-response
import { secret } from '../../secret.ts'
import { NextResponse } from 'next/server'
export async function POST() {
  return NextResponse.json({ key: secret.expose() }, { status: 201 }) // expect: exposedSecret
}

// ---- next-request-headers
import { secret } from '../../secret.ts'
import { NextResponse } from 'next/server'
export function middleware(request: Request) {
  const isKnown = request.headers.get('x-key') === secret.expose()
  return isKnown ? NextResponse.next() : NextResponse.json({ error: 'wrong key' }, { status: 401 })
}

// ---- response-json
import { secret } from '../../secret.ts'
export async function GET() {
  const body = { id: 1, key: secret.expose() }
  return Response.json(body) // expect: exposedSecret
}

// ---- a-redacted-type
import { secret } from '../../secret.ts'
type Masked = string
declare function lastFour(key: string): Masked
export const GET = () => Response.json({ key: lastFour(secret.expose()) })

// ---- server-sent-events
import { secret } from '../../secret.ts'
export function stream(req: any, res: any) {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  setInterval(() => res.write(`data: ${secret.expose()}\n\n`), 1_000) // expect: exposedSecret
}

// ---- the-props-of-a-page
import { secret } from '../../secret.ts'
export async function getServerSideProps() {
  return { props: { key: secret.expose() } } // expect: exposedSecret
}

// ---- the-props-of-a-page-clean
import { secret } from '../../secret.ts'
declare function load(key: string): Promise<{ id: number }[]>
export async function getServerSideProps() {
  const items = await load(secret.expose())
  return { props: { items } }
}

// ---- a-new-request
import { secret } from '../../secret.ts'
const request = new Request('https://example.com', {
  headers: { authorization: `Bearer ${secret.expose()}` },
})
export const load = () => fetch(request)

// ---- a-session-that-is-sealed
import { secret } from '../../secret.ts'
import { sealData } from 'iron-session'
export async function login(res: any) {
  const seal = await sealData({ user: 1 }, { password: secret.expose() })
  res.setHeader('set-cookie', `session=${seal}`)
  res.end()
}

// ---- a-cookie-that-is-serialized.js
import { secret } from '../../secret.ts'
import { serialize } from 'cookie'
export const header = serialize('key', secret.expose()) // expect: exposedSecret

// ---- a-cookie-that-is-serialized-clean.js
import { secret } from '../../secret.ts'
import { serialize } from 'cookie'
export const header = serialize('key', secret.label, { sameSite: 'strict' })

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'

/** How a gateway before the server answers. Most give back what they were sent, as the error pages of gateways do. */
export type Answer = keyof typeof ANSWERS

/** A gateway that passes some requests on, and answers the others itself. */
export interface EchoProxy extends AsyncDisposable {
  readonly port: number
}

/** What {@link openEchoProxy} stands before. */
export interface EchoProxyOptions {
  readonly answer: Answer
  /** Where requests go that it does not answer itself. */
  readonly target?: string
  /** Which it answers itself. Default: all. */
  readonly when?: (path: string) => boolean
  /** For https: its own key and certificate. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

type Reply = (response: ServerResponse, echo: string) => void

const json = { 'content-type': 'application/json' }
const html = { 'content-type': 'text/html' }
const page = (echo: string) => `<html><pre>${echo}</pre></html>`
const errors = (echo: string) =>
  JSON.stringify({ errors: [echo], message: echo, __type: echo, warnings: [echo] })

const ANSWERS = {
  'a 400 that gives back the request': (response, echo) =>
    response.writeHead(400, json).end(errors(echo)),
  'a 403 that gives back the request': (response, echo) =>
    response.writeHead(403, json).end(errors(echo)),
  'a 404 that gives back the request': (response, echo) =>
    response.writeHead(404, json).end(errors(echo)),
  'a 500 that gives back the request': (response, echo) =>
    response.writeHead(500, { ...json, 'x-echo': encodeURIComponent(echo) }).end(errors(echo)),
  'a page with the request in it': (response, echo) =>
    response.writeHead(200, html).end(page(echo)),
  'JSON that ends in the request': (response, echo) =>
    response.writeHead(200, json).end(`{"data": {"data": ${echo}`),
  'a body cut in the middle of the request': (response, echo) => {
    response.writeHead(200, { ...json, 'content-length': String(echo.length * 10) })
    response.write(errors(echo).slice(0, -2))
    setTimeout(() => response.destroy(), 50)
  },
  'a redirect with the request in its address': (response, echo) =>
    response
      .writeHead(307, { location: `http://elsewhere.invalid/?${encodeURIComponent(echo)}` })
      .end(),
  'a gzip body of the request that ends too early': (response, echo) =>
    response
      .writeHead(200, { ...json, 'content-encoding': 'gzip' })
      .end(gzipSync(errors(echo)).subarray(0, -12)),
  'the request over and over, 12 MB': (response, echo) =>
    response.writeHead(200, json).end(errors(echo.repeat(Math.ceil(12e6 / echo.length)))),
  'a reset': (response) => response.destroy(),
} satisfies Record<string, Reply>

/** Every {@link Answer}. */
export const GATEWAY_ANSWERS = Object.keys(ANSWERS) as Answer[]

/** Opens one on a free port of this machine. */
export async function openEchoProxy(options: EchoProxyOptions): Promise<EchoProxy> {
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    void answer(request, response, options)
  }
  const { tls } = options
  const server: Server = tls ? createTlsServer(tls, handle) : createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What belongs to one connection and not to the request. */
const HOP_BY_HOP: readonly string[] = ['host', 'connection', 'content-length', 'transfer-encoding']

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { answer, target, when = () => true }: EchoProxyOptions,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request
  const body = await buffer(request)
  if (target === undefined || when(url)) {
    ANSWERS[answer](response, `${method} ${url} ${JSON.stringify(headers)} ${body.toString()}`)
    return
  }
  const passed = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name))
  const reply = await fetch(new URL(url, target), {
    method,
    headers: passed as [string, string][],
    ...(body.length > 0 && { body }),
  })
  response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? '' })
  response.end(Buffer.from(await reply.arrayBuffer()))
}

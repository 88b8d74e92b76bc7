import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { apiKeyAuth as expressAuth, type ApiKeyAuthOptions } from '../src/use/express.ts'
import { apiKeyAuth as fastifyAuth } from '../src/use/fastify.ts'
import { apiKeyAuth as honoAuth } from '../src/use/hono.ts'
import { apiKeyAuth as nodeAuth } from '../src/index.ts'

/** A server that listens. */
export interface Started {
  readonly url: string
  close(): Promise<unknown>
}
/** What a service answers to a caller that was let in. */
type Handle = (caller: string | undefined) => string

async function started(server: Server): Promise<Started> {
  if (!server.listening) await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}/`, close }
}

/** Each framework as a service would set it up, with a body parser behind the key. */
export const FRAMEWORKS: Record<
  string,
  (auth: ApiKeyAuthOptions, handle: Handle) => Promise<Started>
> = {
  'node:http': (auth, handle) => {
    const listener = nodeAuth(auth)((_, response, { caller }) => response.end(handle(caller)))
    return started(createServer(listener).listen(0, '127.0.0.1'))
  },
  fastify: async (auth, handle) => {
    const app = fastify()
    app.addHook('onRequest', fastifyAuth(auth))
    app.all('/', (incoming) => handle(incoming.caller?.caller))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { ...(await started(app.server)), close: () => app.close() }
  },
  express: (auth, handle) => {
    const app = express().use(expressAuth(auth), express.json())
    app.all('/', (incoming, response) => void response.send(handle(incoming.caller?.caller)))
    return started(createServer(app).listen(0, '127.0.0.1'))
  },
  hono: (auth, handle) => {
    const app = new Hono().use(honoAuth(auth))
    app.all('/', (context) => context.text(handle(context.get('caller').caller)))
    return started(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server)
  },
}

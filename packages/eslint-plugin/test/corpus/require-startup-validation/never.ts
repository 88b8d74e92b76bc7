// ---- a-class-that-is-started
import { createServer } from 'node:http'

class Server {
  readonly #server = createServer()

  start(port: number) {
    this.#server.listen(port) // expect: listenBeforeLoad
  }
}
new Server().start(3000)

// ---- a-cluster-worker
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { loadService } from './service.ts'

if (cluster.isPrimary) {
  await loadService()
  cluster.fork()
} else {
  createServer().listen(3000) // expect: listenBeforeLoad
}

// ---- a-subprocess-that-runs-service-without-loading
import { runService } from '@rekey/config-loader'
import { app } from './app.ts'

await runService(process, async () => {
  await app.listen({ port: 3000 }) // expect: listenBeforeLoad
  return app.running
})

// ---- a-tcp-server.js
import net from 'node:net'

net.createServer((socket) => socket.pipe(socket)).listen(7) // expect: listenBeforeLoad

// ---- apollo
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { resolvers, typeDefs } from './schema.ts'

const server = new ApolloServer({ typeDefs, resolvers })
const { url } = await startStandaloneServer(server, { listen: { port: 4000 } }) // expect: listenBeforeLoad
export { url }

// ---- bun
import { app } from './app.ts'

Bun.serve({ port: 3000, fetch: app.fetch }) // expect: listenBeforeLoad
declare const Bun: { serve(options: unknown): void }

// ---- deno
declare const Deno: { serve(options: unknown, handler: () => Response): void }

Deno.serve({ port: 3000 }, () => new Response('ok')) // expect: listenBeforeLoad

// ---- express
import express from 'express'

const app = express()
app.get('/', (_request, response) => void response.end('ok'))
app.listen(3000) // expect: listenBeforeLoad

// ---- hono-on-node
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
serve({ fetch: app.fetch, port: 3000 }) // expect: listenBeforeLoad

// ---- http2
import { createSecureServer } from 'node:http2'
import { options } from './tls.ts'

const server = createSecureServer(options)
server.on('stream', (stream) => void stream.end('ok'))
server.listen(8443) // expect: listenBeforeLoad

// ---- koa-in-an-immediate-function.js
const Koa = require('koa')

;(async () => {
  const app = new Koa()
  app.listen(3000) // expect: listenBeforeLoad
})()

// ---- loaded-by-a-function-that-is-not-called
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

export async function load() {
  await loadService(definition)
}
app.listen(1) // expect: listenBeforeLoad

// ---- nest
import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module.ts'

async function bootstrap() {
  const app = await NestFactory.create(AppModule)
  await app.listen(process.env['PORT'] ?? 3000) // expect: listenBeforeLoad
}
void bootstrap()

// ---- on-an-event
import { app } from './app.ts'

process.on('exit', () => app.listen(1)) // expect: listenBeforeLoad

// ---- plain-node-http.js
const http = require('node:http')

http // expect: listenBeforeLoad
  .createServer((request, response) => response.end('ok'))
  .listen(process.env.PORT || 3000, () => console.log('listening'))

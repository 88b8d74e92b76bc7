// ---- a-class-opened-after-loading
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

class Server {
  open() {
    app.listen(1)
  }
}
await loadService(definition)
new Server().open()

// ---- a-class-that-loads-and-opens
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

class Server {
  async start() {
    await this.#load()
    app.listen(1)
  }

  async #load() {
    await loadService(definition)
  }
}
await new Server().start()

// ---- a-cluster-worker
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { definition, loadService } from './service.ts'

if (cluster.isPrimary) cluster.fork()
else {
  const service = await loadService(definition)
  createServer().listen(service.settings.port)
}

// ---- a-function-called-after-loading
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

function start() {
  app.listen(1)
}
await loadService(definition)
start()

// ---- a-function-that-gives-the-promise-back
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

async function load() {
  return loadService(definition)
}
await load()
app.listen(1)

// ---- a-function-that-gives-the-service-back
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

async function load() {
  const loaded = await loadService(definition)
  return loaded
}
const service = await load()
app.listen(service)

// ---- a-module-that-is-imported-with-its-loader.js
import * as rekey from '@rekey/config-loader'
import { app } from './app.js'

await rekey.loadService(app.definition)
app.listen(3000)

// ---- a-promise-awaited-later
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

const loading = loadService(definition)
const service = await loading
app.listen(service)

// ---- among-all
import { app, connect } from './app.ts'
import { definition, loadService } from './service.ts'

await Promise.all([loadService(definition), connect()])
app.listen(1)

// ---- an-event-after-loading
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

const service = await loadService(definition)
app.once('ready', () => app.listen(service.settings.port))

// ---- an-immediate-function-that-is-awaited
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

await (async () => {
  await loadService(definition)
})()
app.listen(1)

// ---- apollo
import { startStandaloneServer } from '@apollo/server/standalone'
import { server } from './schema.ts'
import { definition, loadService } from './service.ts'

const { settings } = await loadService(definition)
await startStandaloneServer(server, { listen: { port: settings.port } })

// ---- await-using
import { app, isOpen } from './app.ts'
import { definition, loadService } from './service.ts'

await using service = await loadService(definition)
if (isOpen) {
  app.listen(service)
}

// ---- awaited-at-the-top
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

const service = await loadService(definition)
await app.listen({ port: service.settings.port })

// ---- awaited-in-the-arguments
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

await app.listen({ port: (await loadService(definition)).settings.port })

// ---- bun
import { definition, loadService } from './service.ts'

const service = await loadService(definition)
Bun.serve({ port: service.settings.port, fetch: () => new Response('ok') })
declare const Bun: { serve(options: unknown): void }

// ---- in-an-arrow-function
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

const main = async () => {
  const service = await loadService(definition)
  app.listen(service)
}
void main()

// ---- in-an-immediate-function.js
const app = require('./app')
const { loadService } = require('./service')

;(async () => {
  const service = await loadService()
  app.listen(service.settings.port)
})().catch((error) => {
  console.error(error)
  process.exit(1)
})

// ---- in-both-branches
import { app, isProduction } from './app.ts'
import { definition, loadService, local } from './service.ts'

if (isProduction) {
  await loadService(definition)
} else {
  await loadService(local)
}
app.listen(1)

// ---- in-main
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

async function main() {
  await loadService(definition)
  app.listen(1)
}
await main()

// ---- loaded-once-and-kept
import { app } from './app.ts'
import { definition, loadService, type Service } from './service.ts'

let loaded: Service | undefined
async function load(): Promise<Service> {
  if (loaded !== undefined) return loaded
  loaded = await loadService(definition)
  return loaded
}
const service = await load()
app.listen(service.settings.port)

// ---- nest
import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module.ts'
import { definition, loadService } from './service.ts'

async function bootstrap() {
  const service = await loadService(definition)
  const app = await NestFactory.create(AppModule.with(service))
  await app.listen(service.settings.port)
}
void bootstrap()

// ---- one-of-two-definitions
import { app, isProduction } from './app.ts'
import { definition, loadService, local } from './service.ts'

const service = isProduction ? await loadService(definition) : await loadService(local)
app.listen(service.settings.port)

// ---- run-service
import process from 'node:process'
import { loadService, runService } from '@rekey/config-loader'
import Fastify from 'fastify'
import { definition } from './secrets.ts'

await runService(process, async () => {
  const service = await loadService(definition, { env: process.env })
  const app = Fastify()
  await app.listen({ port: service.settings.PORT, host: '127.0.0.1' })
  return { service, healthPort: 9000, close: () => app.close() }
})

// ---- then-and-catch-with-an-exit.js
const app = require('./app')
const { loadService } = require('./service')

loadService()
  .then((service) => app.listen(service.settings.port))
  .catch((error) => {
    console.error(error.message)
    process.exit(1)
  })

// ---- then-listens
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

loadService(definition).then(() => app.listen(1))

// ---- then-starts
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

function start() {
  app.listen(1)
}
loadService(definition).then(start, process.exit)

// ---- with-a-time-limit.js
const app = require('./app')
const { loadService } = require('./service')
const { within } = require('./time')

async function main() {
  const service = await within(30_000, loadService())
  app.listen(service.settings.port)
}
main()

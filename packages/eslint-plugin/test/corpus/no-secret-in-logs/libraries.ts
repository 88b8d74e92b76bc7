// ---- a-box-of-consola
import { secret } from '../../secret.ts'
import consola from 'consola'
consola.box(`Your key: ${secret.expose()}`) // expect: exposedSecret

// ---- a-child-of-winston
import { secret } from '../../secret.ts'
import * as winston from 'winston'
const base = winston.createLogger()
export const forRequests = base.child({ apiKey: secret.expose() }) // expect: exposedSecret

// ---- a-logger-class-of-the-project
import { secret } from '../../secret.ts'
import { AuditLogger } from './audit-logger.ts'
class Keys {
  readonly #trail = new AuditLogger()
  load() {
    this.#trail.info('loaded', secret.expose()) // expect: exposedSecret
  }
}

// ---- a-logger-of-winston
import { secret } from '../../secret.ts'
import winston from 'winston'
const audit = winston.createLogger({ transports: [new winston.transports.Console()] })
audit.info('key loaded', { key: secret.expose() }) // expect: exposedSecret

// ---- the-label-in-winston
import { secret } from '../../secret.ts'
import winston from 'winston'
const audit = winston.createLogger({ defaultMeta: { service: 'signing', key: secret.label } })
audit.info('key loaded', { bytes: secret.expose().length })

// ---- a-logger-that-a-function-of-the-project-makes
import { secret } from '../../secret.ts'
import { createLogger } from './logging.ts'
const trail = createLogger('auth')
trail.info({ key: secret.expose() }) // expect: exposedSecret

// ---- npmlog.js
import { secret } from '../../secret.ts'
import npmlog from 'npmlog'
npmlog.info('auth', 'using key %s', secret.label)

// ---- a-profile-of-winston
import { secret } from '../../secret.ts'
import winston from 'winston'
const timing = winston.createLogger()
timing.profile(`login with ${secret.expose()}`) // expect: exposedSecret

// ---- a-record-of-opentelemetry
import { secret } from '../../secret.ts'
import { logs } from '@opentelemetry/api-logs'
const records = logs.getLogger('auth')
records.emit({ severityText: 'INFO', body: `using ${secret.expose()}` }) // expect: exposedSecret

// ---- an-entry-of-winston
import { secret } from '../../secret.ts'
import { createLogger, format } from 'winston'
const journal = createLogger({ format: format.json() })
journal.log({ level: 'info', message: `signing with ${secret.expose()}` }) // expect: exposedSecret

// ---- an-injected-logger-of-another-name
import { secret } from '../../secret.ts'
interface Reporter {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}
class Keys {
  constructor(private readonly reporter: Reporter) {}
  load() {
    this.reporter.warn(`loaded ${secret.expose()}`) // expect typed: exposedSecret
  }
}

// ---- bunyan
import { secret } from '../../secret.ts'
import bunyan from 'bunyan'
const ring = bunyan.createLogger({ name: 'frontend' })
ring.warn({ key: secret.expose() }, 'key is old') // expect: exposedSecret

// ---- the-version-in-bunyan
import type { SecretVersion } from '../../secret.ts'
import bunyan from 'bunyan'
const ring = bunyan.createLogger({ name: 'frontend' })
export const report = ({ version }: SecretVersion) => ring.warn({ version }, 'key is old')

// ---- consola-with-a-tag
import { secret } from '../../secret.ts'
import { consola } from 'consola'
const auth = consola.withTag('auth')
auth.success(`logged in with ${secret.expose()}`) // expect: exposedSecret

// ---- debug-extended
import { secret } from '../../secret.ts'
import createDebug from 'debug'
const app = createDebug('app')
const auth = app.extend('auth')
auth('key %o', { key: secret.expose() }) // expect: exposedSecret

// ---- the-label-in-debug
import { secret } from '../../secret.ts'
import createDebug from 'debug'
const auth = createDebug('app').extend('auth')
auth('key %s with %d characters', secret.label, secret.expose().length)

// ---- debug-of-a-namespace
import { secret } from '../../secret.ts'
import createDebug from 'debug'
createDebug('app:auth')('key %s', secret.expose()) // expect: exposedSecret

// ---- debug-required.js
const { secret } = require('../../secret.ts')
const debug = require('debug')('app:auth')
debug('using key %s', secret.expose()) // expect: exposedSecret

// ---- debuglog
import { secret } from '../../secret.ts'
import { debuglog } from 'node:util'
const trace = debuglog('auth')
trace('using key %s', secret.expose()) // expect: exposedSecret

// ---- electron-log.js
import { secret } from '../../secret.ts'
import main from 'electron-log'
main.info('key', secret.expose()) // expect: exposedSecret

// ---- log4js
import { secret } from '../../secret.ts'
import log4js from 'log4js'
const journal = log4js.getLogger('auth')
journal.error('refused', secret.expose()) // expect: exposedSecret

// ---- loglevel
import { secret } from '../../secret.ts'
import loglevel from 'loglevel'
const auth = loglevel.getLogger('auth')
auth.debug(secret.expose()) // expect: exposedSecret

// ---- debug-that-is-a-flag.js
import { secret } from '../../secret.ts'
const debug = process.argv.includes('--debug')
export const connect = (client) => client.connect({ debug, key: secret.expose() })

// ---- logtape-with-a-template
import { secret } from '../../secret.ts'
import { getLogger } from '@logtape/logtape'
const auth = getLogger(['app', 'auth'])
auth.info`using ${secret.expose()}` // expect: exposedSecret

// ---- npmlog-clean.js
import { secret } from '../../secret.ts'
import npmlog from 'npmlog'
npmlog.info('auth', 'using key %s', secret.expose()) // expect: exposedSecret

// ---- pino-http.js
import { secret } from '../../secret.ts'
import express from 'express'
import pinoHttp from 'pino-http'
const app = express()
app.use(pinoHttp())
app.get('/', (req, res) => {
  req.log.info({ key: secret.expose() }) // expect: exposedSecret
  res.end()
})

// ---- signale
import { secret } from '../../secret.ts'
import { Signale } from 'signale'
const steps = new Signale({ scope: 'rotation' })
steps.pending('admitting %s', secret.expose()) // expect: exposedSecret

// ---- the-base-of-pino
import { secret } from '../../secret.ts'
import { pino } from 'pino'
export const out = pino({ level: 'info', base: { service: 'signing', key: secret.expose() } }) // expect: exposedSecret

// ---- the-options-of-pino
import { secret } from '../../secret.ts'
import { pino } from 'pino'
export const out = pino({
  base: { service: 'signing' },
  transport: { target: 'pino-loki', options: { basicAuth: { password: secret.expose() } } },
})

// ---- the-default-meta-of-winston
import { secret } from '../../secret.ts'
import winston from 'winston'
export const out = winston.createLogger({
  level: 'info',
  defaultMeta: { service: 'signing', key: secret.expose() }, // expect: exposedSecret
})

// ---- the-fields-of-bunyan
import { secret } from '../../secret.ts'
import { createLogger } from 'bunyan'
export const ring = createLogger({ name: 'frontend', key: secret.expose() }) // expect: exposedSecret

// ---- the-logger-of-a-fastify-instance
import { secret } from '../../secret.ts'
import Fastify from 'fastify'
const app = Fastify({ logger: true })
app.log.warn({ key: secret.expose() }, 'key is old') // expect: exposedSecret

// ---- the-logger-of-nest-in-a-field
import { secret } from '../../secret.ts'
import { Injectable, Logger } from '@nestjs/common'
@Injectable()
export class KeyService {
  private readonly out = new Logger(KeyService.name)
  load() {
    this.out.verbose(`loaded ${secret.expose()}`) // expect: exposedSecret
  }
}

// ---- the-logger-of-powertools
import { secret } from '../../secret.ts'
import { Logger } from '@aws-lambda-powertools/logger'
const tools = new Logger({ serviceName: 'signing' })
tools.appendKeys({ key: secret.expose() }) // expect: exposedSecret

// ---- the-static-logger-of-nest
import { secret } from '../../secret.ts'
import { Logger } from '@nestjs/common'
Logger.warn(`key ${secret.expose()} is old`, 'KeyService') // expect: exposedSecret

// ---- tslog
import { secret } from '../../secret.ts'
import { Logger } from 'tslog'
const journal = new Logger({ name: 'auth' })
journal.silly('key', secret.expose()) // expect: exposedSecret

// ---- a-log-of-something-else
import { secret } from '../../secret.ts'
interface Ledger {
  log(entry: { key: string }): void
  close(): void
}
export const record = (ledger: Ledger) => ledger.log({ key: secret.expose() })

// ---- an-info-that-is-no-logger
import { secret } from '../../secret.ts'
declare const vault: { info(token: string): Promise<{ ttl: number }> }
const { ttl } = await vault.info(secret.expose())
console.log(ttl)

// ---- the-result-of-signing
import { secret } from '../../secret.ts'
import { Logger } from '@nestjs/common'
import { createHmac } from 'node:crypto'
const out = new Logger('signing')
const signature = createHmac('sha256', secret.expose()).update('body').digest('hex')
out.log({ signature })

// ---- the-transport-of-winston
import { secret } from '../../secret.ts'
import winston from 'winston'
import { HttpTransport } from './http-transport.ts'
export const audit = winston.createLogger({
  transports: [new HttpTransport({ host: 'logs', headers: { authorization: secret.expose() } })],
})

// ---- a-step-of-a-job
import { secret } from '../../secret.ts'
import * as core from '@actions/core'
core.info(`key ${secret.expose()}`) // expect: exposedSecret
await core.summary.addRaw(secret.expose()).write() // expect: exposedSecret
core.info(`key ${secret.label}`)

// ---- a-level-that-is-chosen-at-run-time
import { secret } from '../../secret.ts'
export const say = (level: 'info' | 'warn') => console[level](secret.expose()) // expect: exposedSecret

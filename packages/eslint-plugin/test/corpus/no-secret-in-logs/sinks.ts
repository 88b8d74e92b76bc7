// ---- a-child-of-pino
import { secret } from '../../secret.ts'
import { pino } from 'pino'
const child = pino({ level: 'info' }).child({ module: 'x' })
child.warn(secret.expose()) // expect: exposedSecret

// ---- a-console-of-our-own
import { secret } from '../../secret.ts'
import { Console } from 'node:console'
const out = new Console(process.stderr)
out.log(secret.expose()) // expect: exposedSecret

// ---- a-fastify-request-logger
import { secret } from '../../secret.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
export const handle = (request: FastifyRequest, reply: FastifyReply) => {
  const { log: out } = request
  out.info(secret.expose()) // expect typed: exposedSecret
}

// ---- the-logarithm-by-its-name
import { secret } from '../../secret.ts'
const { log } = Math
export const bits = log(Number(secret.expose()))

// ---- a-function-that-is-called-log
import { secret } from '../../secret.ts'
import { log, logError } from './log.ts'
log('connecting', secret.expose()) // expect: exposedSecret
logError(new Error(`refused ${secret.expose()}`)) // expect: exposedSecret

// ---- a-level-that-is-chosen-at-run-time
import { secret } from '../../secret.ts'
export function report(logger: any, level: 'info' | 'warn') {
  logger[level]('key', secret.expose()) // expect: exposedSecret
}

// ---- a-level-of-a-logger-that-is-chosen-at-run-time
import { secret } from '../../secret.ts'
export function report(logger: any, level: 'info' | 'warn') {
  logger[level]('key', secret.label)
}

// ---- a-log-file
import { secret } from '../../secret.ts'
import { appendFileSync } from 'node:fs'
appendFileSync('debug.log', `using ${secret.expose()}\n`) // expect: exposedSecret

// ---- a-logger-that-may-be-missing
import { secret } from '../../secret.ts'
export function load(options: { logger?: any }) {
  options.logger?.debug?.('loaded', secret.expose()) // expect: exposedSecret
}

// ---- a-request-logger
import { secret } from '../../secret.ts'
function handle(request: any) {
  request.log.info({ key: secret.expose() }) // expect: exposedSecret
}

// ---- a-function-of-the-file-that-is-called-log
import { secret } from '../../secret.ts'
const seen = new Set<number>()
function log(key: string) {
  seen.add(key.length)
}
log(secret.expose())

// ---- a-table
import { secret } from '../../secret.ts'
console.table([{ name: 'signing', key: secret.expose() }]) // expect: exposedSecret

// ---- a-typed-logger-of-any-name
import { secret } from '../../secret.ts'
import type { Logger } from 'pino'
function start(audit: Logger) {
  audit.info(secret.expose()) // expect: exposedSecret
}

// ---- an-alias-of-console
import { secret } from '../../secret.ts'
const out = console
out.log(secret.expose()) // expect: exposedSecret

// ---- after-a-while
import { secret } from '../../secret.ts'
setTimeout(console.log, 1_000, `${secret.label} is loaded`)

// ---- console-log-after-a-while
import { secret } from '../../secret.ts'
setTimeout(console.log, 1_000, secret.expose()) // expect: exposedSecret

// ---- console-log-applied
import { secret } from '../../secret.ts'
console.log.apply(console, ['key', secret.expose()]) // expect: exposedSecret

// ---- console-log-bound-to-it
import { secret } from '../../secret.ts'
export const say = console.log.bind(console, secret.expose()) // expect: exposedSecret

// ---- console-log-bound
import { secret } from '../../secret.ts'
const say = console.log.bind(console, 'key')
say(secret.expose()) // expect: exposedSecret

// ---- console-log-destructured
import { secret } from '../../secret.ts'
const { log } = console
log(secret.expose()) // expect: exposedSecret

// ---- globalthis
import { secret } from '../../secret.ts'
globalThis.console.log(secret.expose()) // expect: exposedSecret

// ---- imported-console
import { secret } from '../../secret.ts'
import { error as fail } from 'node:console'
fail(secret.expose()) // expect: exposedSecret

// ---- pino
import { secret } from '../../secret.ts'
import pino from 'pino'
const p = pino()
p.info({ key: secret.expose() }, 'ready') // expect: exposedSecret

// ---- stderr
import { secret } from '../../secret.ts'
import { stderr } from 'node:process'
stderr.write(secret.expose()) // expect: exposedSecret

// ---- a-socket
import { secret } from '../../secret.ts'
import { connect } from 'node:tls'
const socket = connect(8200, 'vault')
socket.write(secret.expose())
socket.end()

// ---- stdout-with-a-template
import { secret } from '../../secret.ts'
process.stdout.write(`${JSON.stringify({ key: secret.expose() })}\n`) // expect: exposedSecret

// ---- the-bindings-of-a-child-logger
import { secret } from '../../secret.ts'
import { pino } from 'pino'
const p = pino()
p.child({ key: secret.expose() }) // expect: exposedSecret

// ---- the-descriptor-of-stderr
import { secret } from '../../secret.ts'
import { writeSync } from 'node:fs'
writeSync(2, `using ${secret.expose()}\n`) // expect: exposedSecret

// ---- the-logger-of-an-app-in-a-field
import { secret } from '../../secret.ts'
class Service {
  app: any
  run() {
    this.app.log.error(`key ${secret.expose()}`) // expect: exposedSecret
  }
}

// ---- with-brackets
import { secret } from '../../secret.ts'
console['log'](secret.expose()) // expect: exposedSecret

// ---- a-key-file
import { secret } from '../../secret.ts'
import { appendFileSync, writeSync } from 'node:fs'
declare const descriptor: number
appendFileSync('/run/keys/signing', secret.expose(), { mode: 0o600 })
writeSync(descriptor, secret.expose())

// ---- the-standard-input-of-a-child
import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
const child = spawn('vault', ['login', '-'])
child.stdin.write(secret.expose())
child.stdin.end()

import { randomBytes } from 'node:crypto'
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { inspect } from 'node:util'
import { Secret } from '@rekey/secret'
import bunyan from 'bunyan'
import { createConsola } from 'consola'
import { createConsola as createBasicConsola } from 'consola/basic'
import Fastify from 'fastify'
import log4js from 'log4js'
import { pino } from 'pino'
import { pinoHttp } from 'pino-http'
import { describe, expect, it } from 'vitest'
import winston from 'winston'
import { createRedactor } from '../index.ts'
import { redactPino } from '../pino.ts'
import { redactBunyan } from './bunyan.ts'
import { redactConsola } from './consola.ts'
import { redactConsole } from './console.ts'
import { redactLog4js } from './log4js.ts'
import { redactWinston } from './winston.ts'

const secret = `${randomBytes(24).toString('hex')}"é`
const redactor = createRedactor({ secrets: [] })
redactor.add(Secret.of(secret, 'API_KEY'))
const TAG = '[secret API_KEY]'
/** Each spelling begins with it: no text of the tests happens to. */
const hex = Buffer.from(secret).toString('hex')
const readable = [
  secret.slice(0, 12),
  hex.slice(0, 24),
  Buffer.from(secret).toString('base64').slice(0, 16),
]

class Sink extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

type Log = (...args: unknown[]) => void

/** Makes a logger of each library that writes to a sink, once with the redactor and once without. */
const LOGGERS: Record<string, (sink: Sink, masked: boolean) => Log> = {
  pino: (sink, masked) => bind(pino(masked ? redactPino(redactor) : {}, sink)),
  'pino-http': (sink, masked) =>
    bind(pinoHttp(masked ? redactPino(redactor, { autoLogging: false }) : {}, sink).logger),
  Fastify: (sink, masked) =>
    bind(Fastify({ logger: { ...(masked && redactPino(redactor)), stream: sink } }).log),
  winston(sink, masked) {
    const { combine, json, splat, errors } = winston.format
    const format = combine(
      errors({ stack: true }),
      splat(),
      json(),
      ...(masked ? [redactWinston(redactor)] : []),
    )
    return bind(
      winston.createLogger({
        format,
        // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its instances as interfaces
        transports: [new winston.transports.Stream({ stream: sink })],
      }),
    )
  },
  'winston with a format of a transport': (sink, masked) => {
    const { combine, errors, splat, printf } = winston.format
    const own = printf(
      (info) => `${String(info.message)} ${inspect(info, { depth: 9 })} ${String(info['stack'])}`,
    )
    const stream = new winston.transports.Stream({
      stream: sink,
      format: combine(errors({ stack: true }), splat(), own),
    })
    const last = masked ? redactWinston(redactor) : { transform: passOn }
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its instances as interfaces
    const format = combine(errors({ stack: true }), last)
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its instances as interfaces
    return bind(winston.createLogger({ format, transports: [stream] }))
  },
  bunyan(sink, masked) {
    const logger = bunyan.createLogger({ name: 'app', stream: sink })
    return bind((masked ? redactBunyan(redactor, logger) : logger).child({ child: true }))
  },
  'bunyan with a raw stream': (sink, masked) => {
    const stream = { write: (record: unknown) => sink.write(inspect(record, { depth: 9 })) }
    const logger = bunyan.createLogger({
      name: 'app',
      streams: [{ type: 'raw', stream: stream }],
    })
    return bind(masked ? redactBunyan(redactor, logger) : logger)
  },
  consola(sink, masked) {
    const streams = { stdout: sink, stderr: sink } as object
    const consola = createConsola({ ...streams, fancy: false, level: 3 })
    return bind((masked ? redactConsola(redactor, consola) : consola).withTag('child'))
  },
  'consola/basic': (sink, masked) => {
    const consola = createBasicConsola({ stdout: sink, stderr: sink } as object)
    return bind(masked ? redactConsola(redactor, consola) : consola)
  },
  log4js(sink, masked) {
    const out = {
      type: {
        configure: (_: unknown, layouts?: log4js.LayoutsParam) => (event: log4js.LoggingEvent) => {
          sink.write(`${layouts?.basicLayout(event)} ${inspect(event, { depth: 9 })}\n`)
        },
      },
    }
    const mask = { type: redactLog4js(redactor), appender: 'out' }
    const appenders = masked ? ['mask'] : ['out']
    log4js.configure({
      appenders: { out, mask },
      categories: { default: { appenders, level: 'info' } },
    })
    const logger = log4js.getLogger()
    return (...args) => {
      logger.info(args[0], ...args.slice(1))
    }
  },
  console(sink, masked) {
    const plain = new Console(sink)
    return bind(masked ? redactConsole(redactor, plain) : plain)
  },
}

const passOn = (info: winston.Logform.TransformableInfo) => info

function bind(logger: object): Log {
  return (...args) => {
    ;(logger as { info: Log }).info(...args)
  }
}

/** The arguments of one call. */
const CALLS: Record<string, unknown[]> = {
  'the message': [`connecting with ${secret}`],
  'an argument of the message': ['password %s', secret],
  'a field': [{ password: secret, deep: { list: [secret] } }, 'failed'],
  'an error': [new Error(`for ${secret}`, { cause: new Error(secret) })],
  'an error after the message': ['failed %s', new Error(`for ${secret}`)],
  bytes: [{ msg: 'key', key: Buffer.from(secret) }, 'key'],
  'a spelling': [`key ${Buffer.from(secret).toString('base64')}`],
}

function written(
  logger: (sink: Sink, masked: boolean) => Log,
  call: unknown[],
  masked: boolean,
): string {
  const sink = new Sink()
  logger(sink, masked)(...call)
  return sink.text
}

/** Bytes in a message that is no object are printed as numbers, or in hex with blanks. */
const shows = (text: string): boolean => {
  const dense = text.replace(/\s/g, '')
  const numbers = [...Buffer.from(secret)].slice(0, 12).join(',')
  return [...readable, numbers].some((part) => text.includes(part) || dense.includes(part))
}

describe.each(Object.entries(LOGGERS))('%s', (_, logger) => {
  it.each(Object.entries(CALLS))('masks a secret in %s', (__, call) => {
    const plain = written(logger, call, false)
    const masked = written(logger, call, true)
    expect(shows(plain), plain).toBe(true)
    expect(shows(masked), masked).toBe(false)
    expect(masked).toContain(TAG)
  })

  it('writes what has no secret as it would without the redactor', () => {
    const call = ['a message without one', 1]
    const timeless = (text: string) => text.replace(/\d+/g, '0')
    expect(timeless(written(logger, call, true))).toBe(timeless(written(logger, call, false)))
  })
})

it('pino-http and Fastify mask the request that they log', async () => {
  const sink = new Sink()
  const app = Fastify({ logger: { ...redactPino(redactor), stream: sink } })
  app.get('/*', () => 'ok')
  await app.inject({ url: `/reset/${secret.slice(0, 40)}` })
  expect(sink.text).toContain('incoming request')
  expect(sink.text).toContain(TAG)
  expect(shows(sink.text)).toBe(false)
  await app.close()
})

it('a logger that is no logger of bunyan, and an appender without another, are refused', () => {
  expect(() => redactBunyan(redactor, { fields: {} })).toThrow('pass what createLogger returned')
  const appenders = { mask: { type: redactLog4js(redactor) } }
  const categories = { default: { appenders: ['mask'], level: 'info' } }
  expect(() => log4js.configure({ appenders, categories })).toThrow('set `appender` to its name')
})

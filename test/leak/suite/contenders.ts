import { Console } from 'node:console'
import { Writable } from 'node:stream'
import {
  createRedactor,
  type Redactor,
  redactBunyan,
  redactConsola,
  redactConsole,
  redactLog4js,
  redactWinston,
} from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import { Secret } from '@rekey/secret'
import bunyan from 'bunyan'
import { createConsola } from 'consola'
import log4js from 'log4js'
import { pino } from 'pino'
import winston from 'winston'
import type { LogCall } from './log-calls.ts'

/** A logger with something that is to keep secrets out of its lines. */
export interface Contender {
  readonly name: string
  /** Stands in place of a secret. */
  readonly tag?: string
  /** Whether each line is an object in JSON. */
  readonly isJson?: boolean
  /**
   * Logs one call.
   *
   * @param secret - what the contender may know, if it searches for values
   * @returns what was written
   */
  readonly write: (call: LogCall, secret: string) => string
}

/** Gathers what a logger writes. */
export class Sink extends Writable {
  text = ''
  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.text += Buffer.from(chunk).toString()
    done()
  }
}

/** A contender by the logger that it makes for a sink. */
export function contender(
  name: string,
  open: (sink: Sink, secret: string) => object,
  lines: Pick<Contender, 'tag' | 'isJson'> = {},
): Contender {
  return {
    name,
    ...lines,
    write(call, secret) {
      const sink = new Sink()
      const logger = open(sink, secret) as { info(...args: unknown[]): void }
      logger.info(...call)
      return sink.text
    },
  }
}

const { combine, errors, json, splat } = winston.format

/** A logger of winston as its pages show it, with formats of `last` after the others. */
export function winstonTo(sink: Sink, ...last: winston.Logform.Format[]): object {
  const format = combine(errors({ stack: true, cause: true }), splat(), ...last)
  return winston.createLogger({
    format,
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its instances as interfaces
    transports: [new winston.transports.Stream({ stream: sink })],
  })
}

function knowing(secret: string): Redactor {
  const redactor = createRedactor({ secrets: [] })
  redactor.add(Secret.of(secret, 'API_KEY'))
  return redactor
}

/** log4js has one configuration a process. */
function log4jsTo(sink: Sink, redactor?: Redactor): object {
  const configure = (_: unknown, layouts?: log4js.LayoutsParam) => (event: log4js.LoggingEvent) => {
    sink.write(`${layouts?.basicLayout(event) ?? ''}\n`)
  }
  const out = { type: { configure } }
  const masked = redactor && { type: redactLog4js(redactor), appender: 'out' }
  const categories = { default: { appenders: [masked ? 'masked' : 'out'], level: 'info' } }
  log4js.configure({ appenders: { out, ...(masked && { masked }) }, categories })
  return log4js.getLogger()
}

const TAG = '[secret API_KEY]'
const consolaTo = (sink: Sink) =>
  createConsola({ stdout: sink, stderr: sink, fancy: false, level: 3 } as object)
const bunyanTo = (sink: Sink) => bunyan.createLogger({ name: 'app', stream: sink })

/** Loggers without any protection: a row that none of them leaks proves nothing. */
export const UNPROTECTED: readonly Contender[] = [
  contender('pino', (sink) => pino({}, sink)),
  contender('winston', (sink) => winstonTo(sink, json())),
  contender('bunyan', bunyanTo),
  contender('consola', consolaTo),
  contender('log4js', (sink) => log4jsTo(sink)),
  contender('console', (sink) => new Console(sink)),
]

/** The same with `@rekey/log-redactor`. */
export const OURS: readonly Contender[] = [
  contender('pino', (sink, secret) => pino(redactPino(knowing(secret)), sink), {
    tag: TAG,
    isJson: true,
  }),
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its instances as interfaces
  contender('winston', (sink, secret) => winstonTo(sink, json(), redactWinston(knowing(secret))), {
    tag: TAG,
    isJson: true,
  }),
  contender('bunyan', (sink, secret) => redactBunyan(knowing(secret), bunyanTo(sink)), {
    tag: TAG,
    isJson: true,
  }),
  contender('consola', (sink, secret) => redactConsola(knowing(secret), consolaTo(sink)), {
    tag: TAG,
  }),
  contender('log4js', (sink, secret) => log4jsTo(sink, knowing(secret)), { tag: TAG }),
  contender('console', (sink, secret) => redactConsole(knowing(secret), new Console(sink)), {
    tag: TAG,
  }),
]

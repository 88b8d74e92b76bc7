import { DeepRedact } from '@hackylabs/deep-redact'
import {
  configureSync,
  getJsonLinesFormatter,
  getLogger,
  type Sink as LogtapeSink,
} from '@logtape/logtape'
import { redactByField } from '@logtape/redaction'
import npm from '@npmcli/redact'
import pinojs from '@pinojs/redact'
import { scrub } from '@zapier/secret-scrubber'
import { pino } from 'pino'
import winston from 'winston'
import { type Contender, contender, type Sink, winstonTo } from './contenders.ts'

/** The names that guides of loggers list. */
const NAMES = [
  'password',
  'token',
  'secret',
  'key',
  'apiKey',
  'auth',
  'authorization',
  'cookie',
  's',
  'DB_PASSWORD',
  'api_key',
]
/** Paths have a depth each. */
const PATHS = NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

/** pino whose finished line is parsed and passed to a redactor of objects, which so sees all that any logger could show it. */
function finishedBy(
  name: string,
  redact: (record: unknown, line: string, secret: string) => unknown,
): Contender {
  return contender(
    name,
    (sink, secret) => {
      const streamWrite = (line: string) => {
        const redacted = redact(JSON.parse(line), line, secret)
        return typeof redacted === 'string' ? redacted : `${JSON.stringify(redacted)}\n`
      }
      return pino({ hooks: { streamWrite } }, sink)
    },
    { isJson: true },
  )
}

/** The recipe of many answers: a format that walks through the fields. */
function maskNames(value: unknown, seen = new Set<unknown>()): unknown {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value
  seen.add(value)
  for (const [key, member] of Object.entries(value)) {
    const isNamed = NAMES.includes(key)
    Reflect.set(value, key, isNamed ? '[REDACTED]' : maskNames(member, seen))
  }
  return value
}

function logtapeTo(sink: Sink, protect: (sink: LogtapeSink) => LogtapeSink): object {
  const format = getJsonLinesFormatter()
  const write = protect((record) => sink.write(format(record)))
  const loggers = [
    { category: 'app', sinks: ['out'] },
    { category: ['logtape', 'meta'], sinks: [] },
  ]
  configureSync({ reset: true, sinks: { out: write }, loggers })
  const logger = getLogger('app')
  return {
    info(first: unknown, ...rest: unknown[]) {
      if (typeof first === 'string') logger.info(first, { args: rest })
      else if (first instanceof Error) logger.info('{error}', { error: first })
      else logger.info('x', first as Record<string, unknown>)
    },
  }
}

/** Others, each set up as its own pages advise, with every name of a secret that the cases use. */
export const RIVALS: readonly (Contender & { readonly packages: readonly string[] })[] = [
  {
    ...contender('pino, `redact` paths', (sink) => pino({ redact: PATHS }, sink), { isJson: true }),
    packages: ['pino'],
  },
  {
    ...finishedBy('@pinojs/redact', (record) => pinojs({ paths: PATHS, serialize: false })(record)),
    packages: ['@pinojs/redact'],
  },
  {
    ...contender(
      'winston, a format over names',
      (sink) =>
        winstonTo(
          sink,
          // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its instances as interfaces
          { transform: (info) => maskNames(info) as typeof info },
          winston.format.json(),
        ),
      { isJson: true },
    ),
    packages: ['winston'],
  },
  {
    ...finishedBy('@hackylabs/deep-redact', (record) =>
      new DeepRedact({ blacklistedKeys: NAMES, fuzzyKeyMatch: false, serialise: false }).redact(
        record,
      ),
    ),
    packages: ['@hackylabs/deep-redact'],
  },
  {
    ...finishedBy('@zapier/secret-scrubber, the finished line', (_, line, secret) =>
      scrub(line, [secret]),
    ),
    packages: ['@zapier/secret-scrubber'],
  },
  {
    ...finishedBy('@zapier/secret-scrubber, the record', (record, _, secret) =>
      scrub(record as object, [secret]),
    ),
    packages: ['@zapier/secret-scrubber'],
  },
  {
    ...contender(
      '@logtape/redaction, by field',
      (sink) => logtapeTo(sink, (out) => redactByField(out, { fieldPatterns: NAMES })),
      { isJson: true },
    ),
    packages: ['@logtape/logtape', '@logtape/redaction'],
  },
  {
    ...finishedBy('@npmcli/redact', (_, line) => npm.redactLog(line)),
    packages: ['@npmcli/redact'],
  },
]

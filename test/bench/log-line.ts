import { randomBytes } from 'node:crypto'
import { createRedactor } from '@rekey/log-redactor'
import type { Marker } from '@rekey/log-redactor/internal'
import { redactPino } from '@rekey/log-redactor/pino'
import { createLiveSecret } from '@rekey/secret/internal'
import { type LiveSecret, Secret } from '@rekey/secret'
import { type LoggerOptions, pino } from 'pino'
import { Bench } from 'tinybench'
import { type BenchTable, effort } from './bench-table.ts'

const ROUNDS = effort(15, 1)
const ROUND_MS = 60
const BATCH = 50

const PATHS = ['user.password', 'headers.authorization', '*.token', 'body.secret']

/** A log line of 400 bytes, plain, with the redactor, and with pino's own redaction by path. */
export async function benchLogLine(): Promise<BenchTable> {
  const lines: string[] = []
  logTo(pino({}, { write: (line) => lines.push(line) }))
  const contenders: [string, LoggerOptions][] = [
    ['pino', {}],
    ['with the redactor, 10 secrets', redacting(10)],
    ['with the redactor, 1,000 secrets', redacting(1_000)],
    ['with the redactor, 1,000 secrets and a marker', redacting(1_000, [MARKER])],
    ['with pino redact, 4 paths', { redact: PATHS }],
  ]
  const perSecond = await medianRates(contenders)
  return {
    title: `Log lines of ${lines[0]?.length ?? 0} bytes written a second`,
    rows: contenders.map(([name], i) => ({
      name,
      perSecond: perSecond[i] ?? NaN,
      ratio: (perSecond[i] ?? NaN) / (perSecond[0] ?? NaN),
    })),
    aim: 'with 1,000 secrets at least 0.87, which is 1.15 times the time of plain pino',
    note:
      `median of ${ROUNDS} rounds, contenders taking turns; written to /dev/null by pino.destination in blocks of 4 KiB. ` +
      'Each secret is 43 random characters. A destination that drops lines unread saves pino from ' +
      'joining their parts; there it is the redactor who has to, and it takes 1.5 times the time',
  }
}

export const MARKER: Marker = { literal: 'rk_dev_', label: 'api key' }

/** Options with a redactor that knows so many secrets; the value of the first may be given. */
export function redacting(
  count: number,
  markers: readonly Marker[] = [],
  first = newSecretValue(),
): LoggerOptions {
  const secrets = Array.from({ length: count }, (_, i) =>
    newSecret(i, i === 0 ? first : newSecretValue()),
  )
  return redactPino(createRedactor({ secrets, markers }))
}

export const newSecretValue = () => randomBytes(32).toString('base64url')

function newSecret(i: number, text: string): LiveSecret {
  const name = `SECRET_${i}`
  const value = Secret.of(text, name)
  const current = { name, version: '1', stage: 'current', value, sensitive: [value] } as const
  return createLiveSecret({ name, revision: '1', current })
}

function logTo(logger: pino.Logger): void {
  logger.info(
    {
      reqId: 'req-4711',
      method: 'GET',
      url: '/api/v1/users/42/devices?limit=20',
      remoteAddress: '10.1.2.3',
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
      status: 200,
      durationMs: 12.5,
      user: { id: 'u-1234', role: 'admin' },
      zone: 'eu-central-1b',
    },
    'request completed with a page of devices for the portal',
  )
}

async function medianRates(contenders: readonly [string, LoggerOptions][]): Promise<number[]> {
  const loggers = contenders.map(([name, options]) => {
    const destination = pino.destination({ dest: '/dev/null', sync: true, minLength: 4_096 })
    return [name, pino(options, destination)] as const
  })
  const rates = contenders.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round += 1) {
    const bench = new Bench({ time: ROUND_MS, iterations: 1, warmupTime: 20, warmupIterations: 1 })
    for (const [name, logger] of loggers) {
      bench.add(name, () => {
        for (let i = 0; i < BATCH; i += 1) logTo(logger)
      })
    }
    await bench.run()
    for (const [i, { result }] of bench.tasks.entries()) {
      if (!('latency' in result)) throw new Error(`no result for ${contenders[i]?.[0] ?? ''}`)
      rates[i]?.push((BATCH * 1_000) / result.latency.p50)
    }
  }
  return rates.map((each) => each.sort((a, b) => a - b)[Math.floor(each.length / 2)] ?? NaN)
}

import { createRedactor, type Redactor } from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import { Secret } from '@rekey/secret'
import fc from 'fast-check'
import { type Logger, type LoggerOptions, pino } from 'pino'
import { Sink } from '../suite/contenders.ts'
import { shows } from '../suite/oracle.ts'
import { type LineCase, lineCases } from './line-cases.ts'

/** How many lines went wrong, of how many. */
export interface FuzzCounts {
  lines: number
  /** In these the reader of the suite found a secret before they were masked. */
  readable: number
  /** In these it found one afterwards. */
  missed: number
  /** What is no secret was changed in these. */
  false: number
  /** No JSON any more. */
  invalid: number
  /** Not written, or withheld. */
  lost: number
}

/** What is fuzzed. */
export interface FuzzOptions {
  readonly lines: number
  /** The same seed gives the same lines. */
  readonly seed: number
  /** What masks them. Default: a redactor that knows the secrets. */
  readonly open?: (secrets: readonly string[]) => Pick<Redactor, 'redact' | 'close'>
  /** Called with each line that went wrong, as the name of its case; without the line. */
  readonly onFault?: (fault: string) => void
}

/** The README declares twelve characters as they stand, twenty where they are printed as bytes. */
const TELLING = 20

/** So many secrets are known to a redactor at once, one a line. */
const BATCH = 500

/**
 * Logs lines through pino, with and without the redactor, and compares both by the reader of the suite, who decodes in every way that there is:
 * the brute force against which the redactor is measured.
 */
export function fuzzLines(options: FuzzOptions): FuzzCounts {
  const { lines, seed, open = openRedactor, onFault } = options
  const counts = { lines: 0, readable: 0, missed: 0, false: 0, invalid: 0, lost: 0 }
  for (let batch = 0; counts.lines < lines; batch += 1) {
    const numRuns = Math.min(BATCH, lines - counts.lines)
    const cases = fc.sample(lineCases, { seed: seed + batch, numRuns })
    const redactor = open(cases.map(({ secret }) => secret))
    const loggers = { plain: logTo({}), masked: logTo(redactPino(redactor as Redactor)) }
    for (const one of cases) {
      const faults = judge(one, loggers, counts)
      for (const fault of faults) {
        counts[fault] += 1
        onFault?.(`${fault}: ${one.name} (seed ${seed + batch})`)
      }
    }
    redactor.close()
  }
  return counts
}

function openRedactor(secrets: readonly string[]): Redactor {
  const redactor = createRedactor({ secrets: [] })
  for (const secret of secrets) redactor.add(Secret.of(secret, 'NAME', { announced: false }))
  return redactor
}

type Write = (one: LineCase) => string

/** Each line has its neighbours as fields, so that they can be compared. */
function logTo(options: LoggerOptions): Write {
  const sink = new Sink()
  const logger: Logger = pino({ ...options, base: null, timestamp: false }, sink)
  return ({ call, before, after }) => {
    sink.text = ''
    const child = logger.child({ before, after })
    child.info(...(call as Parameters<Logger['info']>))
    return sink.text
  }
}

type Fault = 'missed' | 'false' | 'invalid' | 'lost'

function judge(
  one: LineCase,
  { plain, masked }: { readonly plain: Write; readonly masked: Write },
  counts: FuzzCounts,
): Fault[] {
  const [before, after] = [plain(one), masked(one)]
  counts.lines += 1
  const searched = one.shown ?? one.secret
  const isReadable = shows(before, searched, TELLING)
  if (isReadable) counts.readable += 1
  if (after.split('\n').length !== 2 || after.includes('[log line withheld')) return ['lost']
  const parsed = parse(after)
  if (parsed === undefined) return ['invalid']
  const isFalse = isReadable
    ? parsed['before'] !== one.before || parsed['after'] !== one.after
    : one.shown === undefined && after !== before
  return [
    ...(shows(after, searched, TELLING) ? ['missed' as const] : []),
    ...(isFalse ? ['false' as const] : []),
  ]
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}

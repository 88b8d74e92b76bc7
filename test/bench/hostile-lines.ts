import { hostileLines } from '@rekey/testbed/hostile-lines'
import { pino } from 'pino'
import { type CellTable, effort } from './bench-table.ts'
import { MARKER, newSecretValue, redacting } from './log-line.ts'

const SIZE = 16_384
const ROUNDS = effort(9, 1)
const ROUND_US = effort(15_000, 1)

/** What a line costs that is written by an attacker: plain, and with the redactor. */
export function benchHostileLines(): Promise<CellTable> {
  const known = newSecretValue()
  const loggers = [{}, redacting(1_000, [MARKER], known)].map((options) =>
    pino(options, pino.destination({ dest: '/dev/null', sync: true, minLength: 4_096 })),
  )
  const measured = Object.entries(hostileLines(known)).map(([name, line]) => {
    const url = line(SIZE)
    const [plain = NaN, redacted = NaN] = mediansUs(
      loggers.map((logger) => () => {
        logger.info({ url })
      }),
    )
    return { name, plain, redacted, ratio: redacted / plain }
  })
  const rows = measured
    .toSorted((a, b) => b.ratio - a.ratio)
    .map(({ name, plain, redacted, ratio }) => ({
      name: `a line ${name}`,
      cells: [plain.toFixed(0), redacted.toFixed(0), `${ratio.toFixed(1)}×`],
    }))
  return Promise.resolve({
    title: `CPU time of a log line with ${SIZE} characters of an attacker, in microseconds`,
    columns: ['pino', 'with the redactor', 'ratio'],
    rows,
    aim: 'at most 3 times plain pino',
    note: `median of ${ROUNDS} rounds, contenders taking turns; 1,000 secrets and a marker`,
  })
}

/** How long each call takes. */
function mediansUs(calls: readonly (() => void)[]): number[] {
  const contenders = calls.map((call) => {
    cpuUs(call, effort(20, 1))
    const once = cpuUs(call, effort(20, 1))
    return { call, count: Math.ceil(ROUND_US / Math.max(1, once)), times: [] as number[] }
  })
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { call, count, times } of contenders) times.push(cpuUs(call, count))
  }
  return contenders.map(
    ({ times }) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN,
  )
}

/** CPU time of one of `count` calls. */
function cpuUs(call: () => void, count: number): number {
  const before = process.cpuUsage()
  for (let i = 0; i < count; i += 1) call()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

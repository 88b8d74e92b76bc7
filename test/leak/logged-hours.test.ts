// @lane servers
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type LoggedFamily, openLoggedFamily } from './logged-family.ts'
import type { SpellingLogger } from './spelling-logger.ts'
import { shows } from './suite/oracle.ts'

const STEP_MS = 5_000
const MINUTE_MS = 60_000
const COLLECT_EVERY_MS = 20 * MINUTE_MS
/** Ten minutes, and until garbage was collected twice. */
const FORGOTTEN_AFTER_MS = 50 * MINUTE_MS
/** Garbage that the last collections have left, which is random. Without an end there are hundreds after eight hours. */
const MOST_LEFT = 24

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

// Values that are gone are counted by the clock of the machine, which stands beside that of the family.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

async function live(family: LoggedFamily, forMs: number): Promise<void> {
  const { clock } = family
  const end = clock.elapsed() + forMs
  while (clock.elapsed() < end) {
    await clock.advance(STEP_MS)
    vi.advanceTimersByTime(STEP_MS)
    if (clock.elapsed() % MINUTE_MS === 0) await family.logAll()
    if (clock.elapsed() % COLLECT_EVERY_MS > 0) continue
    collect()
    await turn()
  }
}

/** The lines in which a reader finds the secret that was logged. */
const leaksOf = ({ lines }: SpellingLogger) =>
  [...lines.values()].filter(({ line, secret }) => shows(line, secret))

it(
  'prints no value in eight hours of rotations in which each process logs all that it has, and forgets each in its time',
  { timeout: 300_000 },
  async () => {
    const family = await openLoggedFamily(true)
    const { clock, loggers, retired, failures } = family
    for (let hour = 1; hour <= 8; hour += 1) {
      await live(family, 60 * MINUTE_MS)
      const old = [...retired].filter(([, at]) => clock.elapsed() - at > FORGOTTEN_AFTER_MS)
      for (const { redactor } of loggers) {
        const left = old.filter(([text]) => redactor.redact(text) !== text)
        expect(left.length).toBeLessThan(MOST_LEFT)
      }
    }
    await family.close()
    expect(failures).toEqual([])
    expect(retired.size).toBeGreaterThan(200)
    expect(loggers.flatMap(leaksOf).slice(0, 3)).toEqual([])
    for (const { counts } of loggers) expect(counts.tagged).toBe(counts.logged)
    expect(Math.min(...loggers.map(({ counts }) => counts.logged))).toBeGreaterThan(100)
  },
)

it(
  'finds what is printed by redactors to which no secret is announced',
  { timeout: 60_000 },
  async () => {
    const family = await openLoggedFamily(false)
    await live(family, 20 * MINUTE_MS)
    await family.close()
    for (const logger of family.loggers) expect(leaksOf(logger).length).toBeGreaterThan(0)
  },
)

import { createFakeClock, SecretError } from '@rekey/secret'
import type { FakeClock } from '@rekey/secret/internal'
import { describe, expect, it } from 'vitest'
import { ttlFromSeconds } from '../http/vault-answer.ts'
import { renewUntilDue, LeaseTerm, type RenewedTerm, type TermEnd } from './renewal.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

const down = () => new SecretError('unreachable', 'Vault failed inside', { reason: 'server-error' })
const refused = () => new SecretError('rejected', 'no such lease', { reason: 'lease-gone' })

interface Kept {
  readonly clock: FakeClock
  readonly term: LeaseTerm
  /** When renewals were asked for, in milliseconds from the start. */
  readonly calls: readonly number[]
  readonly end: () => TermEnd | undefined
  readonly stop: AbortController
}

/** Keeps a term of `ttlMs`; `answer` gives what the n-th renewal grants (milliseconds), or throws. */
function keep(
  ttlMs: number,
  answer: (call: number, signal: AbortSignal) => number | Promise<number>,
  { renewable = true, random = (): number => 0.5 } = {},
): Kept {
  const clock = createFakeClock()
  const start = clock.elapsed()
  const term = new LeaseTerm(clock, ttlMs, start)
  const calls: number[] = []
  const stop = new AbortController()
  let end: TermEnd | undefined
  const renew = async (signal: AbortSignal): Promise<RenewedTerm> => {
    calls.push(clock.elapsed() - start)
    return { ttlMs: await answer(calls.length, signal), renewable: true }
  }
  void renewUntilDue({ term, renewable, renew, clock, random, signal: stop.signal }).then(
    (reached) => {
      end = reached
    },
  )
  return { clock, term, calls, end: () => end, stop }
}

const gaps = (times: readonly number[]) => times.slice(1).map((at, i) => at - (times[i] ?? NaN))

const randoms = [() => 0, () => 0.5, () => 0.999_999, Math.random]

describe('a term that is renewed', () => {
  it.each(randoms)('is renewed between 0.700 and 0.734 of each term', async (random) => {
    const { clock, calls, end, stop } = keep(HOUR, () => HOUR, { random })
    await clock.advance(DAY)
    for (const gap of [calls[0] ?? NaN, ...gaps(calls)]) {
      expect(gap / HOUR).toBeGreaterThanOrEqual(0.699)
      expect(gap / HOUR).toBeLessThan(0.734)
    }
    expect(end()).toBeUndefined()
    stop.abort()
    await clock.advance(0)
    expect(end()).toEqual({ reason: 'stopped' })
  })

  it('follows a term that grows', async () => {
    const { clock, calls, stop } = keep(MINUTE, () => HOUR)
    await clock.advance(HOUR)
    expect(calls).toHaveLength(2)
    expect(gaps(calls)[0]).toBeGreaterThan(0.7 * HOUR)
    stop.abort()
  })

  it('is given up when the server calls it not renewable any more', async () => {
    const clock = createFakeClock()
    const term = new LeaseTerm(clock, MINUTE, clock.elapsed())
    const { signal } = new AbortController()
    const renew = () => Promise.resolve({ ttlMs: MINUTE, renewable: false })
    const end = renewUntilDue({ term, renewable: true, renew, clock, random: () => 0, signal })
    await clock.advance(2 * MINUTE)
    expect(await end).toEqual({ reason: 'due' })
  })

  it('that is not renewable is replaced between 0.700 and 0.734 of it, without a call', async () => {
    for (const random of randoms) {
      const { clock, calls, term, end } = keep(HOUR, () => HOUR, { renewable: false, random })
      while (end() === undefined) await clock.advance(10 * SECOND)
      expect(calls).toEqual([])
      expect(end()).toEqual({ reason: 'due' })
      expect(1 - term.remainingMs / HOUR).toBeGreaterThanOrEqual(0.699)
      expect(1 - term.remainingMs / HOUR).toBeLessThan(0.738)
    }
  })
})

describe('a term of seconds', () => {
  it.each([
    [6, 12, 3],
    [10, 14, 6],
    [20, 28, 7],
  ])(
    'of %i, and %i at most, is replaced while more than %i are left',
    async (ttl, longest, left) => {
      for (const random of randoms) await replacedInTime({ ttl, longest, left, random })
    },
  )

  async function replacedInTime({ ttl = 0, longest = 0, left = 0, random = Math.random }) {
    const { clock, calls, term, end } = keep(
      ttl * SECOND,
      () => Math.min(ttl * SECOND, longest * SECOND - (calls.at(-1) ?? NaN)),
      { random },
    )
    while (end() === undefined) await clock.advance(50)
    expect(end()).toEqual({ reason: 'due' })
    expect(calls.length).toBeGreaterThanOrEqual(1)
    expect(term.remainingMs).toBeGreaterThan(left * SECOND)
  }
})

describe('S1 a renewal that fails inside the term', () => {
  it.each(randoms)('is tried again with gaps of 5 s to 5 min until it works', async (random) => {
    const failures = 6
    const answer = (call: number) => {
      if (call <= failures) throw down()
      return HOUR
    }
    const { clock, calls, end, stop } = keep(HOUR, answer, { random })
    await clock.advance(HOUR)
    expect(calls).toHaveLength(failures + 1)
    for (const gap of gaps(calls)) {
      expect(gap).toBeGreaterThanOrEqual(5 * SECOND)
      expect(gap).toBeLessThanOrEqual(5 * MINUTE)
    }
    expect(end()).toBeUndefined()
    stop.abort()
  })

  it('is tried again with growing gaps', async () => {
    const { clock, calls } = keep(DAY, () => {
      throw down()
    })
    await clock.advance(0.75 * DAY)
    const grown = gaps(calls).slice(0, 6)
    expect(grown).toEqual([10, 20, 40, 80, 160, 300].map((seconds) => seconds * SECOND))
  })

  it('is tried several times also within a term of half a minute, never twice a second', async () => {
    const { clock, calls } = keep(30 * SECOND, () => {
      throw down()
    })
    await clock.advance(MINUTE)
    expect(calls.length).toBeGreaterThanOrEqual(4)
    for (const gap of gaps(calls)) expect(gap).toBeGreaterThanOrEqual(SECOND)
  })
})

describe('S2 a renewal that fails until the end', () => {
  it.each([30 * SECOND, HOUR, DAY])(
    'of a term of %d ms is told once, at the end',
    async (ttlMs) => {
      let last: SecretError | undefined
      const { clock, end, calls } = keep(ttlMs, () => {
        last = down()
        throw last
      })
      await clock.advance(ttlMs - 1)
      expect(end()).toBeUndefined()
      await clock.advance(1)
      expect(end()).toEqual({ reason: 'expired', error: last })
      const asked = calls.length
      await clock.advance(ttlMs)
      expect(calls).toHaveLength(asked)
    },
  )

  it('because the server hangs is told at the end, too', async () => {
    const hang = (_call: number, signal: AbortSignal) =>
      new Promise<number>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error)
        })
      })
    const { clock, end } = keep(HOUR, hang)
    await clock.advance(HOUR - 1)
    expect(end()).toBeUndefined()
    await clock.advance(1)
    expect(end()).toMatchObject({ reason: 'expired', error: { code: 'unreachable' } })
  })

  it('with a refusal is not tried again', async () => {
    const error = refused()
    const { clock, calls, end } = keep(HOUR, () => {
      throw error
    })
    await clock.advance(DAY)
    expect(calls).toHaveLength(1)
    expect(end()).toEqual({ reason: 'gone', error })
  })
})

describe('S4 a term beyond the range of timers', () => {
  it.each([
    ['768 h', 768 * HOUR],
    ['100 years', 100 * YEAR],
  ])(
    'of %s causes no call in the first minute, and the first at 0.700 to 0.734',
    async (_, ttlMs) => {
      const { clock, calls, stop } = keep(ttlMs, () => ttlMs)
      await clock.advance(MINUTE)
      expect(calls).toEqual([])
      await clock.advance(0.74 * ttlMs)
      expect(calls).toHaveLength(1)
      expect((calls[0] ?? NaN) / ttlMs).toBeGreaterThanOrEqual(0.699)
      expect((calls[0] ?? NaN) / ttlMs).toBeLessThan(0.734)
      stop.abort()
    },
  )
})

describe('S5 a term that cannot be meant', () => {
  const odd = [1, 2, 0, -15, null, undefined, '60', '', 'soon', NaN, 1e12, Infinity]

  it.each(odd)('of %j seconds never causes more than a call a second', async (seconds) => {
    const ttlMs = ttlFromSeconds(seconds)
    const { clock, calls, stop } = keep(ttlMs, () => ttlMs)
    await clock.advance(MINUTE)
    expect(calls.length).toBeLessThanOrEqual(60)
    for (const gap of [calls[0] ?? SECOND, ...gaps(calls)]) {
      expect(gap).toBeGreaterThanOrEqual(SECOND)
    }
    stop.abort()
  })

  it.each([0, -15, null])('of %j seconds in a renewal ends the renewing', async (seconds) => {
    const { clock, calls, end } = keep(MINUTE, () => ttlFromSeconds(seconds))
    await clock.advance(HOUR)
    expect(calls).toHaveLength(1)
    expect(end()).toEqual({ reason: 'due' })
  })

  it('is understood as text, and cut to 100 years', () => {
    expect(ttlFromSeconds('60')).toBe(MINUTE)
    expect(ttlFromSeconds(1e12)).toBe(100 * YEAR)
    expect(Number.isNaN(new Date(ttlFromSeconds(Infinity)).getTime())).toBe(false)
  })
})

describe('S7 a renewal capped by max_ttl', () => {
  it.each(randoms)(
    'ends the renewing with a sixth of the term or more to spare',
    async (random) => {
      const maxTtlMs = 10 * HOUR
      const clock = createFakeClock()
      const start = clock.elapsed()
      const term = new LeaseTerm(clock, HOUR, start)
      let renewals = 0
      const renew = () => {
        renewals += 1
        const ttlMs = Math.min(HOUR, maxTtlMs - (clock.elapsed() - start))
        return Promise.resolve({ ttlMs, renewable: true })
      }
      const { signal } = new AbortController()
      const kept = renewUntilDue({ term, renewable: true, renew, clock, random, signal })
      let remainingMs: number | undefined
      const due = kept.then((end) => {
        remainingMs = term.remainingMs
        return end
      })
      await clock.advance(maxTtlMs)
      expect(await due).toEqual({ reason: 'due' })
      expect(renewals).toBeGreaterThan(10)
      expect(remainingMs).toBeGreaterThanOrEqual(0.16 * HOUR)
      expect(remainingMs).toBeLessThanOrEqual(4 * 0.2 * HOUR)
    },
  )
})

describe('S8 a machine that was suspended', () => {
  it('past the end finds the term expired, and asks nothing', async () => {
    const { clock, calls, end } = keep(HOUR, () => HOUR)
    await clock.advance(10 * MINUTE)
    clock.suspend(3 * HOUR)
    await clock.advance(30 * SECOND)
    expect(end()).toEqual({ reason: 'expired' })
    expect(calls).toEqual([])
  })

  it('past the time of a renewal renews once, soon after', async () => {
    const { clock, calls, end, stop } = keep(HOUR, () => HOUR)
    await clock.advance(10 * MINUTE)
    clock.suspend(40 * MINUTE)
    await clock.advance(30 * SECOND)
    expect(calls).toHaveLength(1)
    await clock.advance(10 * MINUTE)
    expect(calls).toHaveLength(1)
    expect(end()).toBeUndefined()
    stop.abort()
  })
})

describe('S9 a wall clock that jumps', () => {
  it.each([-HOUR, HOUR])('by %d ms changes nothing of the renewals', async (byMs) => {
    const { clock, calls, term, end, stop } = keep(HOUR, () => HOUR)
    const still = keep(HOUR, () => HOUR)
    await clock.advance(10 * MINUTE)
    clock.jump(byMs)
    await clock.advance(3 * HOUR)
    await still.clock.advance(3 * HOUR + 10 * MINUTE)
    expect(calls).toEqual(still.calls)
    expect(end()).toBeUndefined()
    expect(term.expiresAt.getTime() - clock.now()).toBe(term.remainingMs)
    stop.abort()
    still.stop.abort()
  })
})

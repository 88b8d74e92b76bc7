// @lane servers
import { setTimeout as delay } from 'node:timers/promises'
import { isExhaustive } from '@rekey/testbed'
import Cursor from 'pg-cursor'
import { describe, expect, it } from 'vitest'
import type { RotatingPool, RotatingPoolOptions } from '../index.ts'
import { OWNER, recordEvents, SERVERS, useFixture } from '../../test/rotating.support.ts'

const WORKERS = 40
const MAX = 10
const TIMEOUT_MS = 120_000

const work = [
  async (pool: RotatingPool) => {
    await pool.query('select pg_sleep(0.002)')
  },
  async (pool: RotatingPool) => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query('insert into notes values ($1)', ['x'])
      await client.query('select count(*) from notes')
      await client.query('rollback')
    } finally {
      client.release()
    }
  },
  async (pool: RotatingPool) => {
    const client = await pool.connect()
    try {
      const cursor = client.query(new Cursor('select * from generate_series(1, 30)'))
      while ((await cursor.read(10)).length > 0);
      await cursor.close()
    } finally {
      client.release()
    }
  },
]

/** Replacing one by one takes a second for each rotation; fewer of them show as much. */
const paces: [number, string, Partial<RotatingPoolOptions>][] = [
  [isExhaustive ? 100 : 30, 'all at once', { prewarm: 0 }],
  [10, 'one by one', {}],
]

describe.each(SERVERS)('on %s', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)

  /** Samples the sessions of all logins from the side of the server, every few milliseconds. */
  async function watchPeak(isOver: () => boolean): Promise<number> {
    const monitor = await fixture.connectAdmin()
    let peak = 0
    while (!isOver()) {
      const { rows } = await monitor.query<{ count: number }>(
        `select count(*)::int from pg_stat_activity where usename like '${OWNER}\\_g%'`,
      )
      peak = Math.max(peak, rows[0]?.count ?? 0)
      await delay(3)
    }
    await monitor.end()
    return peak
  }

  it.each(paces)(
    `%i rotations under ${WORKERS} workers, connections replaced %s: no query fails, one connection more than max, no role is left`,
    { timeout: TIMEOUT_MS },
    async (rotations, pace, options) => {
      const pool = await fixture.open({ max: MAX, ...options })
      await fixture.admin.query(
        `create table notes (text text); alter table notes owner to ${OWNER}`,
      )
      const told = recordEvents(pool)
      const failures: unknown[] = []
      const startMs = performance.now()
      let [operations, isOver] = [0, false]
      const peak = watchPeak(() => isOver)
      const workers = Array.from({ length: WORKERS }, async (__, worker) => {
        while (!isOver) {
          await work[worker % work.length]?.(pool).catch((error: unknown) => failures.push(error))
          operations += 1
        }
      })
      for (let rotation = 0; rotation < rotations; rotation += 1) {
        const old = fixture.login
        await fixture.switchTo(pool, await fixture.admit())
        await fixture.admin.query(`alter role ${old} nologin`)
        expect(await fixture.sessions(old)).toBe(0)
        await fixture.admin.query(`drop role ${old}`)
      }
      isOver = true
      await Promise.all(workers)
      const seconds = (performance.now() - startMs) / 1000
      await fixture.admin.query('drop table notes')
      process.stdout.write(
        `${rotations} rotations (${pace}) in ${seconds.toFixed(1)} s with ${operations} operations, peak ${await peak}\n`,
      )

      expect(failures).toEqual([])
      expect(operations).toBeGreaterThan(rotations)
      expect(await peak).toBeGreaterThan(1)
      expect(await peak).toBeLessThanOrEqual(MAX + 1)
      expect(await fixture.logins()).toEqual([fixture.login])
      expect(told.filter((event) => event === 'drained')).toHaveLength(rotations)
      expect(told).not.toContain('lost')
    },
  )
})

// @lane servers
import { rotate } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import pg from 'pg'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { codeOf } from '../spec/database-error.ts'
import { at } from '../../test/rotate/database-kind.support.ts'
import { openCluster, rotateUntilDone } from '../../test/rotate/standbys.support.ts'

/** Longer than any stall of the machine; no test waits for its end. */
const PATIENT_MS = 120_000
const TEST_MS = 180_000
/** What a run that was cut off holds up the next one. */
const LEASE = { leaseMs: 5_000 }

let cluster: Awaited<ReturnType<typeof openCluster>>
beforeAll(async () => {
  cluster = await openCluster()
}, PATIENT_MS)
afterAll(() => cluster.close())

/** Queries of a service, again and again; a lost connection is the failover, a refusal of the login would be the rotation. */
function startCallers(pool: pg.Pool) {
  const done = new AbortController()
  const refusals: string[] = []
  let answers = 0
  const callers = Array.from({ length: 4 }, async () => {
    while (!done.signal.aborted) {
      try {
        await pool.query('select pg_sleep(0.005)')
        answers += 1
      } catch (error) {
        const code = codeOf(error) ?? ''
        if (/^(?:28|42)/.test(code)) refusals.push(code)
        await delay(20)
      }
    }
  })
  return {
    async stop() {
      done.abort()
      await Promise.all(callers)
      return { refusals, hasAnswers: answers > 0 }
    },
  }
}

async function answersTo(login: pg.ClientConfig, ports: readonly number[]) {
  const answers = ports.map(async (port) => {
    const client = new pg.Client({ ...login, port })
    client.on('error', () => undefined)
    const answer = await client.connect().then(() => 'in', codeOf)
    await client.end()
    return answer
  })
  return Promise.all(answers)
}

const STEPS = ['generate', 'stage', 'admit', 'prove', 'promote', 'confirm', 'revoke'] as const

it.each(['begin', 'end'] as const)(
  'R42 the primary changes at the %s of each step: the rotation goes on at the new one, and no caller is refused',
  async (phase) => {
    const { kind, options, pool, login, name } = await cluster.setUp()
    const left = new Set(STEPS.map((step) => `${step} ${phase}`))
    const onEvent = async (event: RotationEvent) => {
      if (left.delete(`${event.step} ${event.phase}`)) await cluster.switchOver()
    }
    const callers = startCallers(pool)
    const { revoked } = await rotateUntilDone(kind(PATIENT_MS), { ...options, ...LEASE, onEvent })
    expect(await callers.stop()).toEqual({ refusals: [], hasAnswers: true })
    expect([[...left], typeof revoked]).toEqual([[], 'string'])
    const ports = cluster.servers.map(({ port }) => port)
    expect(await answersTo(login, ports)).toEqual(['28P01', '28P01', '28P01'])
    const by = await pool.query<{ by: string }>('select session_user as by')
    expect(by.rows).toEqual([{ by: `${name}_g2` }])
  },
  TEST_MS,
)

it(
  'R42 the primary dies before the old login is silent: it is named, as it could come back with that login, until it is taken off the list',
  async () => {
    const { kind, options, pool, login, name } = await cluster.setUp()
    const dead = cluster.now.primary
    const callers = startCallers(pool)
    const onEvent = at('confirm begin', () => cluster.crash())
    await expect(rotate(kind(5_000), { ...options, onEvent })).rejects.toMatchObject({
      ...{ code: 'stopped', step: 'confirm', reason: 'unreachable' },
      message: expect.stringContaining(
        `at 127.0.0.1:${dead.port}: bring it back, or take it off`,
      ) as string,
    })
    expect((await options.store.read(`DATABASE_${name.toUpperCase()}`)).previous).toBeDefined()
    const alive = cluster.servers.filter((server) => server !== dead)
    const rotator = cluster.poolOf(...alive)
    onTestFinished(() => rotator.end())
    await rotateUntilDone(kind(PATIENT_MS, rotator), { ...options, ...LEASE })
    expect(await callers.stop()).toEqual({ refusals: [], hasAnswers: true })
    const ports = alive.map(({ port }) => port)
    expect(await answersTo(login, ports)).toEqual(['28P01', '28P01'])
  },
  TEST_MS,
)

// @lane servers
import { once } from 'node:events'
import { openPostgres } from '@rekey/testbed'
import { Logger, run, type Runner, type Task, type TaskList } from 'graphile-worker'
import { describe, expect, it } from 'vitest'
import { runAcrossRotations, type Work } from './ledger.ts'
import {
  NO_FLAWS,
  openRotatingDatabase,
  OWNER,
  postgresServers,
  TEST_TIMEOUT_MS,
} from './rotating-database.ts'

/** The connection on which it listens for new jobs. */
const HELD = 1
const SILENT = new Logger(() => () => undefined)

/**
 * graphile-worker keeps one connection for as long as it runs, and has no call to move it. It is ended together with the old
 * login; graphile-worker listens again by itself, and asks for jobs every `pollInterval` meanwhile.
 */
describe.each(postgresServers)('graphile-worker on a rotating pool, %s', (_, settings) => {
  it(
    'does each job exactly once while the login changes ten times, and none fails',
    async () => {
      await using server = await openPostgres(settings)
      await using database = await openRotatingDatabase(server)
      const { pool, admin } = database
      await admin.query(`grant create on database postgres to ${OWNER}`)
      await pool.query('create table notes (id int not null)')
      // The pool has such listeners itself; graphile-worker warns because it cannot know.
      pool.on('connect', (client) => client.on('error', () => undefined))
      const handover = new Handover()
      const runner = await run({
        pgPool: pool,
        taskList: tasksFor(handover),
        concurrency: 8,
        pollInterval: 100,
        noHandleSignals: true,
        logger: SILENT,
      })
      runner.events.on('job:error', ({ job, error }) => {
        handover.hand((job.payload as Order).id).failed(error)
      })
      const listening = followListener(runner)

      const ledger = await runAcrossRotations(worksOf(runner, handover), {
        queries: 10_000,
        rotations: 10,
        rotate: async () => {
          await listening()
          await database.rotate(HELD)
        },
      })
      await runner.stop()

      const told = Array.from({ length: ledger.rotations * HELD }, () => 'lost')
      expect(await database.flaws(ledger)).toEqual({ ...NO_FLAWS, told })
      expect(ledger.queries).toBeGreaterThanOrEqual(10_000)
      expect(ledger.rotations).toBeGreaterThanOrEqual(10)
      expect(ledger.logins.size).toBeGreaterThan(1)
      const { rows } = await admin.query('select from graphile_worker.jobs')
      expect(rows).toEqual([])
    },
    TEST_TIMEOUT_MS,
  )
})

interface Order {
  readonly id: number
}

/** Where whoever ordered a job waits for it; each is handed out once. */
class Handover {
  readonly #waiting = new Map<number, { done(login: string): void; failed(error: unknown): void }>()

  async order(runner: Runner, task: string, id: number): Promise<string> {
    const login = new Promise<string>((done, failed) => this.#waiting.set(id, { done, failed }))
    await Promise.all([login, runner.addJob(task, { id })])
    return login
  }

  hand(id: number): { done(login: string): void; failed(error: unknown): void } {
    const waiting = this.#waiting.get(id)
    if (!this.#waiting.delete(id) || waiting === undefined) throw new Error(`Job ${id} ran again`)
    return waiting
  }
}

function tasksFor(handover: Handover): TaskList {
  const taskThatEndsWith = (end: 'commit' | 'rollback'): Task =>
    async function write(payload, { withPgClient }) {
      const { id } = payload as Order
      const login = await withPgClient(async (client) => {
        await client.query('begin')
        await client.query('insert into notes values ($1)', [id])
        const { rows } = await client.query<{ login: string }>('select session_user as login')
        await client.query(end)
        return rows[0]?.login ?? ''
      })
      handover.hand(id).done(login)
    }
  return { keep: taskThatEndsWith('commit'), drop: taskThatEndsWith('rollback') }
}

/** Of each job: it is added, got, run in four statements, and completed. */
const QUERIES = 7

function worksOf(runner: Runner, handover: Handover): Work[] {
  return [
    async (id) => ({ queries: QUERIES, login: await handover.order(runner, 'keep', id), kept: id }),
    async (id) => ({ queries: QUERIES, login: await handover.order(runner, 'drop', id) }),
  ]
}

/** Resolves at once while a connection listens, otherwise when the next one does. */
function followListener({ events }: Runner): () => Promise<unknown> {
  let listening = once(events, 'pool:listen:success')
  events.on('pool:listen:error', () => {
    listening = once(events, 'pool:listen:success')
  })
  return () => listening
}

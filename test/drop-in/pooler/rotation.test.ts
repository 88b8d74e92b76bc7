import { sessionsOf } from '@rekey/db-pool-rotator/internal/roles'
import { findForTest } from '@rekey/testbed'
import { describe, expect, it } from 'vitest'
import { runAcrossRotations, type Work } from '../ledger.ts'
import {
  NO_FLAWS,
  openRotatingDatabase,
  postgresServers,
  type RotatingDatabase,
  TEST_TIMEOUT_MS,
} from '../rotating-database.ts'
import { openPooledDatabase } from './pooled-database.ts'

const { found, path: program } = await findForTest('pgbouncer')

const modes = ['session', 'transaction'].flatMap((poolMode) =>
  postgresServers.map(([name, postgres]) => ({ name, poolMode, postgres })),
)

describe.runIf(found).each(modes)(
  'behind PgBouncer with $poolMode pooling, $name',
  ({ poolMode, postgres }) => {
    const openBoth = async (settings = {}) => {
      const pooled = await openPooledDatabase({ program, poolMode, postgres, settings })
      const database = await openRotatingDatabase(pooled.server, { at: pooled.pooler, max: 10 })
      await database.pool.query('create table notes (id int not null)')
      const close = async () => {
        await database[Symbol.asyncDispose]()
        await pooled[Symbol.asyncDispose]()
      }
      return { ...pooled, database, [Symbol.asyncDispose]: close }
    }

    it(
      'a rotating pool changes its login ten times under load, and no query fails',
      async () => {
        await using opened = await openBoth()
        const { database } = opened
        let ended = 0
        const ledger = await runAcrossRotations(worksOf(database), {
          queries: 10_000,
          rotations: 10,
          rotate: async () => {
            ended += await database.dropLogin(await database.switchLogin(), 0)
          },
        })

        expect(await database.flaws(ledger)).toEqual(NO_FLAWS)
        expect(ledger.queries).toBeGreaterThanOrEqual(10_000)
        expect(ledger.rotations).toBeGreaterThanOrEqual(10)
        expect(ledger.logins.size).toBeGreaterThan(1)
        expect(ended).toBeGreaterThan(0)
      },
      TEST_TIMEOUT_MS,
    )

    it(
      'the old login keeps sessions after the pool has left it, until server_idle_timeout',
      async () => {
        await using opened = await openBoth({ server_idle_timeout: 1 })
        const { database } = opened
        const old = await database.switchLogin()
        expect(await sessionsOf(database.admin, old)).not.toEqual([])
        expect(await database.dropLogin(old)).toBe(0)
      },
      TEST_TIMEOUT_MS,
    )

    it(
      'with min_pool_size the old login keeps a session for ever',
      async () => {
        await using opened = await openBoth({ server_idle_timeout: 1, min_pool_size: 1 })
        const { database } = opened
        const old = await database.switchLogin()
        expect(await database.dropLogin(old, 2500)).toBe(1)
      },
      TEST_TIMEOUT_MS,
    )
  },
)

function worksOf({ pool }: RotatingDatabase): Work[] {
  const who = 'select session_user as login'
  const transact = async (id: number, end: 'commit' | 'rollback') => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query('insert into notes values ($1)', [id])
      const { rows } = await client.query<{ login: string }>(who)
      await client.query(end)
      return { queries: 4, login: rows[0]?.login ?? '' }
    } finally {
      client.release()
    }
  }
  return [
    async function writeAndRead(id) {
      await pool.query('insert into notes values ($1)', [id])
      const { rows } = await pool.query<{ login: string }>(who)
      return { queries: 2, login: rows[0]?.login ?? '', kept: id }
    },
    async function commit(id) {
      return { ...(await transact(id, 'commit')), kept: id }
    },
    async function rollBack(id) {
      return transact(id, 'rollback')
    },
  ]
}

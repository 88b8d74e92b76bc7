import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { openPgBouncer, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { setTimeout as delay } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { asSuperuser, type openCluster } from './standbys.support.ts'

type Cluster = Awaited<ReturnType<typeof openCluster>>

const RUNBOOK = new URL('../../../../docs/runbooks/pgbouncer.md', import.meta.url)

/** How PgBouncers before a cluster are run. */
interface PoolerOptions {
  /** The executable. */
  readonly program: string
  readonly poolMode: string
}

/** Lets PgBouncer find logins on every server of a cluster, with the statements of the runbook on the primary alone. */
export async function preparePoolers(
  { primary }: Pick<Cluster, 'primary'>,
  { program, poolMode }: PoolerOptions,
) {
  const page = await readFile(RUNBOOK, 'utf8')
  const [, sql = ''] = /```sql\n([^]*?)```/.exec(page) ?? []
  const [, ini = ''] = /```ini\n([^]*?)```/.exec(page) ?? []
  const advised: Record<string, string> = {}
  for (const [, name = '', value = ''] of ini.matchAll(/^(\w+) = (.*)$/gm)) advised[name] = value
  const password = randomBytes(24).toString('hex')
  const change = `alter role pgbouncer password ${pg.escapeLiteral(password)}`
  await asSuperuser(primary, sql, change)
  return {
    /** Opens one before a server, until the end of the test, with settings beside those of the runbook. */
    async open(
      server: Pick<Postgres, 'host' | 'port'>,
      settings: Readonly<Record<string, string | number>> = {},
    ) {
      const pooler = await openPgBouncer({
        ...{ program, server, users: { pgbouncer: password } },
        settings: { ...advised, pool_mode: poolMode, ...settings },
      })
      onTestFinished(() => pooler.close())
      return pooler
    },
  }
}

/** Queries of a service, again and again, until they are stopped: what each of them ended with. */
export function startQueries(pool: pg.Pool, text: string) {
  const failures: unknown[] = []
  let [answers, isOver] = [0, false]
  const workers = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      try {
        await pool.query(text)
        answers += 1
      } catch (error) {
        failures.push(error)
        await delay(20)
      }
    }
  })
  onTestFinished(() => {
    isOver = true
  })
  return {
    async stop() {
      isOver = true
      await Promise.all(workers)
      return { failures, answers }
    },
  }
}

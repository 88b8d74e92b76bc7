import { newPassword, openRotatedService } from '@rekey/rotated-service'
import type { MariaDb } from '@rekey/testbed'
import { createPool as createMariadbPool } from 'mariadb'
import { createConnection, createPool } from 'mysql2/promise'
import { onTestFinished } from 'vitest'
import { followMariadb, followMysql2, mariaDbPassword } from '../src/index.ts'
import { mariaDbKind } from '../src/rotate/index.ts'

const ADMINISTRATOR = 'MARIADB_ADMINISTRATOR'
/** The rights of the administrator of a family, and no more. */
export const LEAST = [
  'create user, process, connection admin on *.*',
  'select on mysql.global_priv',
]
export const LIMIT = 6

let accounts = 0

interface Pool {
  query(statement: string): Promise<unknown>
  end(): Promise<void>
}

interface ShopOptions {
  readonly rights?: readonly string[]
  /** More ways to log in to the account, after that of its password. */
  readonly ways?: string
}

/** A service with a password at MariaDB, and the rotation of that password. */
export async function openShop(server: MariaDb, { rights = LEAST, ways = '' }: ShopOptions = {}) {
  accounts += 1
  const [user, rekey] = [`shop${accounts}`, `rekey${accounts}`]
  const [first, administrator] = [newPassword(), newPassword()]
  const { host, port } = server
  const asAdministrator = async (statement: string, values: readonly unknown[] = []) => {
    const { user, password } = server.administrator
    const connection = await createConnection({ host, port, user, password: password.expose() })
    try {
      const [rows] = await connection.query(statement, [...values])
      return rows as Readonly<Record<string, unknown>>[]
    } finally {
      await connection.end()
    }
  }
  const identified = `identified via mysql_native_password using password(?)${ways}`
  await asAdministrator(`create user ?@'%' ${identified}`, [user, first])
  await asAdministrator("create user ?@'%' identified by ?", [rekey, administrator])
  for (const right of rights) await asAdministrator(`grant ${right} to ?@'%'`, [rekey])
  const entry = {
    ...{
      user,
      host: '%',
      server: { host, port },
    },
    administrator: { user: rekey, passwordName: ADMINISTRATOR },
  }
  const rotated = await openRotatedService({
    ...{ kind: mariaDbKind, spec: mariaDbPassword(), entry, value: first },
    held: { [ADMINISTRATOR]: administrator },
  })

  const accepts = async (password: string) => {
    try {
      await (await createConnection({ host, port, user, password })).end()
      return true
    } catch (error) {
      if ([1045, 1698].includes((error as { errno?: number }).errno ?? 0)) return false
      throw error
    }
  }
  /** Queries by so many workers. */
  const load = (workers: number, pool: Pool) => {
    const failures: unknown[] = []
    const counts = { done: 0, most: 0 }
    const over = new AbortController()
    const watching = (async () => {
      while (!over.signal.aborted) {
        const sessions = 'select id from information_schema.processlist where user = ?'
        counts.most = Math.max(counts.most, (await asAdministrator(sessions, [user])).length)
      }
    })()
    const working = Array.from({ length: workers }, async () => {
      while (!over.signal.aborted) {
        await pool.query('select sleep(0.002)').then(
          () => (counts.done += 1),
          (error: unknown) => failures.push(error),
        )
      }
    })
    const stop = async () => {
      if (over.signal.aborted) return
      over.abort()
      await Promise.all([watching, ...working])
      await pool.end()
    }
    onTestFinished(stop)
    return { counts, failures, stop }
  }
  /** Queries by so many workers, of a pool of at most `LIMIT` connections. */
  const startLoad = (workers: number) => {
    const pool = createPool({ host, port, connectionLimit: LIMIT })
    followMysql2(pool, rotated.secret, user)
    return { ...load(workers, pool), pool }
  }
  const startMariadbLoad = async (workers: number) => {
    const database = await followMariadb(rotated.secret, (password) =>
      createMariadbPool({ host, port, user, password, connectionLimit: LIMIT }),
    )
    const query = (sql: string) => database.current.query(sql)
    return { ...load(workers, { query, end: () => database.close() }), database }
  }
  return { ...rotated, first, user, accepts, startLoad, startMariadbLoad, asAdministrator }
}

/** The same, with a database that has the name of the account. */
export async function openShopWithDatabase(server: MariaDb) {
  const shop = await openShop(server)
  await shop.asAdministrator(`create database ${shop.user}`)
  await shop.asAdministrator(`grant all on ${shop.user}.* to ?@'%'`, [shop.user])
  return shop
}

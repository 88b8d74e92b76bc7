import { createHash } from 'node:crypto'
import { followMariadb, type MariadbPool, mariaDbPassword } from '@rekey/mariadb'
import { mariaDbKind } from '@rekey/mariadb/rotate'
import { ADMINISTRATOR, type Dialect, USER } from './account-kind.ts'
import type { AccountServer, ServerSession } from './account-server.ts'

type Mysql2 = ReturnType<typeof driver>

const PLUGIN = 'mysql_native_password'

/** An account has two ways to log in; each call of a replica takes a new connection of the pool of its password. */
export const mariadbDialect: Dialect<Mysql2> = {
  ...{ title: 'password of MariaDB', name: 'mariadb', kind: mariaDbKind, spec: mariaDbPassword },
  entry: {
    ...{ user: USER, host: '%', administrator: ADMINISTRATOR },
    server: { host: 'mariadb', port: 3306, trust: 'public' },
  },
  valueOf: (_user, password) => password,
  keep: digestOf,
  matches: (kept, password) => kept === digestOf(password),
  refusal: () => Object.assign(new Error('Access denied for user'), { errno: 1045 }),
  driver,
  async follow(live, mariadb) {
    const followed = await followMariadb(live, (password) => mariadb.createPool(password))
    return {
      async call() {
        const connection = await followed.current.getConnection()
        await connection.release()
      },
      close: () => followed.close(),
    }
  },
}

function digestOf(password: string): string {
  const sha1 = (data: string | Buffer) => createHash('sha1').update(data).digest()
  return `*${sha1(sha1(password)).toString('hex').toUpperCase()}`
}

/** The parts of mysql2 and of `mariadb` that are used. */
function driver(server: AccountServer) {
  return {
    async createConnection({ user, password }: Record<'user' | 'password', string>) {
      const session = await server.open(user, password)
      return {
        query: (statement: string, values: readonly unknown[]) =>
          server.ask(() => [answer(server, statement, values.map(String))]),
        destroy: () => {
          session.close()
        },
      }
    },
    createPool(password: string): MariadbPool {
      const listeners: ((error: Error) => void)[] = []
      let active = 0
      const pool = {
        on: (_event: 'error', listener: (error: Error) => void) => listeners.push(listener),
        activeConnections: () => active,
        taskQueueSize: () => 0,
        async getConnection() {
          active += 1
          try {
            const session = await server.open(USER, password)
            return {
              release() {
                active -= 1
                session.close()
                return Promise.resolve()
              },
            }
          } catch (error) {
            active -= 1
            for (const listener of listeners) listener(error as Error)
            throw error
          }
        },
        end: () => Promise.resolve(),
      }
      return pool
    },
  }
}

function answer(
  server: AccountServer,
  statement: string,
  [first = '', , ...values]: readonly string[],
): readonly object[] {
  const { accounts, sessions } = server
  if (statement.startsWith('select version()')) return [{ version: '11.8.3-MariaDB' }]
  if (statement.includes('mysql.global_priv')) {
    const ways = accounts.get(first)?.kept.map((kept) => ({ authentication_string: kept }))
    const outer = { auth_or: ways?.map((way) => ({ plugin: PLUGIN, ...way })) }
    return ways ? [{ text: Buffer.from(JSON.stringify(outer)).toString('hex') }] : []
  }
  if (statement.startsWith('alter user')) accounts.set(first, { kept: values })
  if (statement === 'show grants') return [{ grant: 'GRANT ALL PRIVILEGES ON *.* TO admin' }]
  if (statement.startsWith('kill')) server.kill(({ id }) => String(id) === first)
  if (!statement.includes('processlist')) return []
  // Either the sessions of a user, or those of a list of numbers.
  const isOf = ({ id, user }: ServerSession) => user === first || first.split(',').includes(`${id}`)
  return [...sessions].filter(isOf).map(({ id }) => ({ id }))
}

import { createHash } from 'node:crypto'
import { redisCredentials, type RedisCredentials, redisPassword } from '@rekey/redis'
import { redisKind } from '@rekey/redis/rotate'
import { ADMINISTRATOR, type Dialect, USER } from './account-kind.ts'
import type { AccountServer, ServerSession } from './account-server.ts'

type Redis = ReturnType<typeof driver>

/** A user of an ACL holds two passwords as digests; each call of a replica connects anew, beside one connection that stays. */
export const redisDialect: Dialect<Redis> = {
  ...{ title: 'password of Redis', name: 'redis', kind: redisKind, spec: redisPassword },
  entry: { user: USER, nodes: ['rediss://redis'], administrator: ADMINISTRATOR },
  valueOf: (_user, password) => password,
  keep: digestOf,
  matches: (kept, password) => kept === digestOf(password),
  refusal: () => new Error('WRONGPASS invalid username-password pair or user is disabled.'),
  driver,
  async follow(live, redis) {
    const provider = redisCredentials(live, USER)
    const open = async (onNext: (credentials: RedisCredentials) => void) => {
      const [credentials, subscription] = await provider.subscribe({ onNext, onError: nothing })
      const client = redis.createClient(credentials)
      return { client, subscription, opened: client.connect() }
    }
    const again = (credentials: RedisCredentials) => {
      const client = redis.createClient(credentials)
      client.connect().catch((error: unknown) => {
        provider.onReAuthenticationError(error as Error)
      })
    }
    const staying = await open(again)
    await staying.opened
    return {
      async call() {
        const { client, subscription, opened } = await open(nothing)
        await opened.finally(() => {
          subscription.dispose()
        })
        client.destroy()
      },
      close() {
        staying.subscription.dispose()
        staying.client.destroy()
      },
    }
  },
}

const nothing = () => undefined

function digestOf(password: string): string {
  return createHash('sha256').update(password).digest('hex')
}

/** The part of node-redis that is used. */
function driver(server: AccountServer) {
  return {
    createClient({ username, password }: RedisCredentials) {
      let session: ServerSession | undefined
      return {
        on: nothing,
        async connect() {
          session = await server.open(username, password)
        },
        sendCommand: (command: string[]) => server.ask(() => answer(server, command)),
        destroy() {
          session?.close()
        },
      }
    },
  }
}

function answer(server: AccountServer, [, verb = '', user = '', change = '']: string[]): unknown {
  const { kept = [] } = server.accounts.get(user) ?? {}
  const digest = change.slice(1)
  switch (verb) {
    case 'GETUSER':
      return server.accounts.has(user) ? { flags: [], passwords: kept } : null
    case 'SETUSER':
      if (change.startsWith('!') && !kept.includes(digest)) throw new Error('ERR no such password')
      server.accounts.set(user, {
        kept: change.startsWith('#') ? [...kept, digest] : kept.filter((each) => each !== digest),
      })
      return 'OK'
    case 'KILL':
      server.kill((session) => session.user === change)
      return 1
    case 'SAVE':
      return 'OK'
    default:
      throw new Error('ERR unknown command')
  }
}

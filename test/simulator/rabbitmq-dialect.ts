import { createHash, randomBytes } from 'node:crypto'
import { followAmqplib, rabbitMqLogin } from '@rekey/rabbitmq'
import { rabbitMqKind } from '@rekey/rabbitmq/rotate'
import { ADMINISTRATOR, type Dialect } from './account-kind.ts'
import type { AccountServer } from './account-server.ts'

type Amqplib = ReturnType<typeof driver>

interface Rights {
  readonly tags: readonly string[]
  readonly permissions: readonly object[]
}

const NONE: Rights = { tags: [], permissions: [] }
const EVERY = { vhost: '/', configure: '.*', write: '.*', read: '.*' }
const SALT_BYTES = 4

/** Each login has a user of its own, which the management API changes; a replica works on one connection of its login. */
export const rabbitmqDialect: Dialect<Amqplib> = {
  ...{ title: 'login of RabbitMQ', name: 'rabbitmq', kind: rabbitMqKind, spec: rabbitMqLogin },
  entry: { management: 'https://rabbitmq', administrator: ADMINISTRATOR },
  valueOf: (user, password) => `amqps://${user}:${password}@rabbitmq/`,
  keep: (password) => hashOf(randomBytes(SALT_BYTES), password),
  matches: (kept, password) =>
    kept === hashOf(Buffer.from(kept, 'base64').subarray(0, SALT_BYTES), password),
  refusal: () => new Error('Handshake terminated by server: 403 (ACCESS-REFUSED)'),
  rights: { tags: [], permissions: [EVERY] },
  driver,
  answer,
  async follow(live, amqplib) {
    const followed = await followAmqplib(live, {
      open: async (url) => ({ connection: await amqplib.connect(url) }),
      finish: ({ connection }) => connection.waitForConfirms(),
    })
    return { call: () => followed.current.connection.use(), close: () => followed.close() }
  },
}

function hashOf(salt: Buffer, password: string): string {
  const digest = createHash('sha256').update(salt).update(password).digest()
  return Buffer.concat([salt, digest]).toString('base64')
}

/** The part of amqplib that is used. */
function driver(server: AccountServer) {
  return {
    async connect(url: string) {
      const { username, password } = new URL(url)
      const session = await server.open(username, password)
      const published = new Set<Promise<void>>()
      return {
        use() {
          const call = session.use().finally(() => published.delete(call))
          published.add(call)
          return call
        },
        async waitForConfirms() {
          await Promise.allSettled(published)
        },
        on(event: 'close' | 'error', listener: () => void) {
          if (event === 'close') session.onEnd = listener
        },
        close() {
          session.close()
          return Promise.resolve()
        },
      }
    },
  }
}

/** The management API. */
async function answer(server: AccountServer, request: Request): Promise<Response> {
  const { accounts, sessions } = server
  const { pathname } = new URL(request.url)
  const [what, ...names] = pathname.replace('/api/', '').split('/').map(decodeURIComponent)
  const basic = (request.headers.get('authorization') ?? '').replace('Basic ', '')
  const [as = '', password = ''] = Buffer.from(basic, 'base64').toString().split(':')
  if (as !== ADMINISTRATOR.user || !server.accepts(as, password)) return status(401)
  const body = request.method === 'PUT' ? ((await request.json()) as Record<string, string>) : {}
  const rightsOf = (user: string) => (accounts.get(user)?.rights ?? NONE) as Rights
  const listed = (name: string) => ({ name, tags: rightsOf(name).tags })
  const user = names.at(what === 'permissions' ? 1 : 0) ?? ''
  const { kept = [] } = accounts.get(user) ?? {}
  switch (`${request.method} ${what} ${names.length}`) {
    case 'GET users 0':
      return Response.json([...accounts.keys()].map(listed))
    case 'GET users 1':
      return accounts.has(user) ? Response.json(listed(user)) : status(404)
    case 'GET users 2': {
      const { permissions } = rightsOf(user)
      return Response.json(names[1] === 'permissions' ? permissions : [])
    }
    case 'PUT users 1': {
      const tags = body['tags']?.split(',') ?? []
      const rights = { ...rightsOf(user), tags }
      accounts.set(user, { kept: [body['password_hash'] ?? ''], rights })
      return status(201)
    }
    case 'PUT permissions 2': {
      const permissions = [{ vhost: names[0], ...body }]
      accounts.set(user, { kept, rights: { ...rightsOf(user), permissions } })
      return status(201)
    }
    case 'DELETE users 1':
      return status(accounts.delete(user) ? 204 : 404)
    case 'GET user-limits 1':
      return Response.json([])
    case 'GET connections 0':
    case 'GET connections 2': {
      const of = [...sessions].filter((each) => names.length === 0 || each.user === names[1])
      return Response.json(of.map(({ process: { name } }) => ({ name, user_provided_name: name })))
    }
    default:
      throw new TypeError(`no answer to ${request.method} ${pathname}`)
  }
}

function status(code: number): Response {
  return new Response(null, { status: code })
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { BSON } from 'mongodb'
import { onTestFinished } from 'vitest'

type Body = Record<string, unknown>

/** What a command gets in place of the server's own answer, or the command that the server gets. */
type Verdict = { readonly answer: Body } | { readonly forward: Body } | undefined

const HEADER = 16
/** After the header: four bytes of flags, and the kind of the section that has the command. */
const BODY = HEADER + 5
const OP_MSG = 2013

/**
 * A mongod is not to be had here. This stands before a FerretDB, and answers as the manual of mongod says what FerretDB lacks: roles, the
 * list of connections, killing of sessions, and forbidden commands. Logins, users and data are FerretDB's own.
 *
 * @see https://www.mongodb.com/docs/manual/reference/command/
 */
export async function openMongodAnswers(port: number) {
  const state = {
    /** Roles of users of the database `users`, by name. */
    roles: new Map<string, readonly { role: string; db: string }[]>(),
    /** Connections beside that of who asks. */
    sessions: [] as { effectiveUsers: { user: string; db: string }[]; appName?: string }[],
    /** Whether the connection that asks is listed. */
    listsItself: true,
    /** The members that it names. */
    hosts: [] as string[],
    /** Commands that are forbidden, by name. */
    forbidden: new Set<string>(),
    killed: [] as unknown[],
    /** Each command that came. */
    commands: [] as Body[],
  }
  const judge = (command: Body): Verdict => {
    const [name = ''] = Object.keys(command)
    const value = command[name]
    state.commands.push(command)
    if (state.forbidden.has(name)) {
      const errmsg = `not authorized on ${String(command['$db'])}`
      return { answer: { ok: 0, errmsg, code: 13, codeName: 'Unauthorized' } }
    }
    return answers[name]?.(value, command)
  }
  const answers: Record<string, (value: unknown, command: Body) => Verdict> = {
    createUser(value, command) {
      state.roles.set(String(value), command['roles'] as never)
      return { forward: { ...command, roles: [] } }
    },
    updateUser: (value, command) => answers['createUser']?.(value, command),
    dropUser(value) {
      state.roles.delete(String(value))
      return undefined
    },
    usersInfo(value) {
      const wanted = Array.isArray(value) ? value.map(({ user }: { user: string }) => user) : []
      const users = [...state.roles].map(([user, roles]) => ({
        ...{ user, db: 'users', roles },
        ...(wanted.length > 0 && { inheritedPrivileges: [] }),
      }))
      const listed = users.filter(({ user }) => wanted.length === 0 || wanted.includes(user))
      return { answer: { ok: 1, users: listed } }
    },
    aggregate(_, { pipeline }) {
      if (!JSON.stringify(pipeline).includes('$currentOp')) return undefined
      const own = { effectiveUsers: [{ user: 'root', db: 'admin' }], appName: 'rekey' }
      const firstBatch = [...(state.listsItself ? [own] : []), ...state.sessions]
      return {
        answer: { ok: 1, cursor: { id: BSON.Long.ZERO, ns: 'admin.$cmd.aggregate', firstBatch } },
      }
    },
    hello: () => (state.hosts.length === 0 ? undefined : { answer: { ok: 1, hosts: state.hosts } }),
    killAllSessions(value) {
      state.killed.push(...(value as unknown[]))
      return { answer: { ok: 1 } }
    },
  }
  const open = new Set<Socket>()
  const front = createServer((client) => {
    const server = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(from)
      from.on('error', () => to.destroy()).on('close', () => to.destroy())
    }
    server.pipe(client)
    let left = Buffer.alloc(0)
    client.on('data', (bytes: Buffer) => {
      left = Buffer.concat([left, bytes])
      while (left.length >= HEADER && left.length >= left.readInt32LE(0)) {
        const message = left.subarray(0, left.readInt32LE(0))
        left = left.subarray(message.length)
        const verdict = verdictOn(message, judge)
        if (verdict === undefined) server.write(message)
        else if ('forward' in verdict) server.write(encode(verdict.forward, message.readInt32LE(4)))
        else client.write(encode(verdict.answer, 0, message.readInt32LE(4)))
      }
    })
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    front.close()
  })
  return Object.assign(state, { port: (front.address() as AddressInfo).port })
}

function verdictOn(message: Buffer, judge: (command: Body) => Verdict): Verdict {
  if (message.readInt32LE(12) !== OP_MSG || message[BODY - 1] !== 0) return undefined
  const size = message.readInt32LE(BODY)
  return judge(BSON.deserialize(message.subarray(BODY, BODY + size)))
}

function encode(body: Body, id: number, to = 0): Buffer {
  const document = BSON.serialize(body)
  const head = Buffer.alloc(BODY)
  head.writeInt32LE(BODY + document.length, 0)
  head.writeInt32LE(id, 4)
  head.writeInt32LE(to, 8)
  head.writeInt32LE(OP_MSG, 12)
  return Buffer.concat([head, document])
}

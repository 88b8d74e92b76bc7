import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { followMongo, mongoDbLogin } from '@rekey/mongodb'
import { mongoDbKind } from '@rekey/mongodb/rotate'
import { openFerretDb } from '@rekey/testbed'
import { MongoClient } from 'mongodb'
import type { RotationFixture } from './rotation-fixture.ts'
import { openFixture, USER } from './server-fixture.ts'

/** A user of a FerretDB, and a client of mongodb. */
export function openMongoDbFixture(program: string): Promise<RotationFixture> {
  return openFixture(async (first) => {
    const server = await openFerretDb(program)
    const { host, port, user, password } = server
    const place = await openPlace(port)
    const login = `${user}:${password.expose()}`
    const root = new MongoClient(`mongodb://${login}@${host}:${port}/?authSource=admin`)
    const admin = root.db('admin')
    await admin.command({ createUser: USER, pwd: first, roles: [] })
    return {
      ...{ port, names: ['MONGODB_SHOP', 'MONGODB_ADMINISTRATOR'] },
      spec: mongoDbLogin(),
      value: `mongodb://${USER}:${first}@${host}:${place.port}/`,
      administrator: password.expose(),
      kindAt: (at, parts) => {
        place.leadTo(at)
        const administrator = { user, passwordName: 'MONGODB_ADMINISTRATOR', authSource: 'admin' }
        const entry = { administrator, listsSessions: false }
        return mongoDbKind.rotationOf({ name: 'MONGODB_SHOP', parties: [USER], entry }, parts)
      },
      follow(secret) {
        const opened = followMongo(secret, {
          open: (url) => new MongoClient(url.replace(`:${place.port}/`, `:${port}/`)),
        })
        return {
          call: async () => (await opened).current.db('calls').collection('calls').insertOne({}),
          close: async () => (await opened).close(),
        }
      },
      async digests(text) {
        const { users } = await admin.command({ usersInfo: 1 })
        const names = (users as { user: string }[]).map((each) => each.user)
        return [names.filter((name) => name.startsWith(USER)), new URL(text).username]
      },
      async close() {
        await root.close()
        place.close()
        await server.close()
      },
    }
  })
}

/** A port that leads to another one, which changes: a rotator finds its server at the address in the login. */
async function openPlace(first: number) {
  let to = first
  const place = createServer((client) => {
    const server = connect(to, '127.0.0.1')
    client.pipe(server).pipe(client)
    client.on('error', () => server.destroy()).on('close', () => server.destroy())
    server.on('error', () => client.destroy()).on('close', () => client.destroy())
  })
  await once(place.listen(0, '127.0.0.1'), 'listening')
  const close = () => void place.close()
  return { port: (place.address() as AddressInfo).port, leadTo: (at: number) => (to = at), close }
}

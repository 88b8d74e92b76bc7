import { compareClients, failureOf } from '@rekey/rotated-service'
import { type FerretDb, findForTest, openFerretDb } from '@rekey/testbed'
import type { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe } from 'vitest'
import { openShop } from './mongodb-shop.support.ts'

const { found, path } = await findForTest('ferretdb')
const orders = (client: MongoClient) => client.db().collection<{ n: number; t?: string }>('orders')
const fill = (client: MongoClient, count: number) =>
  orders(client).insertMany(Array.from({ length: count }, (_, n) => ({ n })))
const numbers = (client: MongoClient) =>
  orders(client)
    .find({}, { projection: { _id: 0 }, sort: { n: 1 } })
    .toArray()

describe.runIf(found)('the documented behaviour of mongodb', () => {
  let server: FerretDb
  let users = 0
  beforeAll(async () => {
    server = await openFerretDb(path)
  }, 30_000)
  afterAll(() => server.close())
  const open = async (follows: boolean) => {
    const shop = await openShop(server, { user: `same${(users += 1)}` })
    await shop.root.db('shop').dropDatabase()
    return { shop, client: follows ? await shop.follow() : { current: await shop.plain() } }
  }

  compareClients('mongodb', {
    readme: new URL('../README.md', import.meta.url),
    open,
    cases: {
      async 'documents are inserted, found, changed and deleted'(client) {
        const { acknowledged, insertedCount } = await fill(client.current, 3)
        const changed = await orders(client.current).updateOne({ n: 1 }, { $set: { t: 'a' } })
        const put = await orders(client.current).findOneAndUpdate(
          { n: 9 },
          { $set: { t: 'new' } },
          { upsert: true, returnDocument: 'after' },
        )
        const { deletedCount } = await orders(client.current).deleteOne({ n: 0 })
        const count = await orders(client.current).countDocuments({ n: { $gt: 0 } })
        return [
          acknowledged,
          insertedCount,
          changed,
          put?.t,
          deletedCount,
          count,
          await numbers(client.current),
        ]
      },
      async 'operations during a rotation'(client) {
        const insert = (_: unknown, n: number) => orders(client.current).insertOne({ n })
        await client.rotate(() => Promise.all(Array.from({ length: 40 }, insert)))
        return (await numbers(client.current)).length
      },
      async 'a cursor goes on over a rotation'(client) {
        await fill(client.current, 30)
        const cursor = orders(client.current).find({}, { batchSize: 5 }).sort({ n: 1 })
        const seen = [(await cursor.next())?.n]
        await client.rotate(async () => {
          for await (const { n } of cursor) seen.push(n)
        })
        return seen
      },
      async 'a stream of an aggregation goes on over a rotation'(client) {
        await fill(client.current, 30)
        const stages = [{ $match: { n: { $gte: 10 } } }, { $sort: { n: -1 } }]
        const stream = orders(client.current).aggregate(stages, { batchSize: 5 }).stream()
        return client.rotate(async () => (await stream.toArray()).map(({ n }) => n as unknown))
      },
      async 'a bulk of writes'({ current }) {
        const result = await orders(current).bulkWrite([
          { insertOne: { document: { n: 1 } } },
          { updateOne: { filter: { n: 2 }, update: { $set: { t: 'b' } }, upsert: true } },
          { deleteOne: { filter: { n: 1 } } },
        ])
        return [result.insertedCount, result.upsertedCount, result.deletedCount]
      },
      async 'another database of the same client'(client) {
        const other = () => client.current.db('other').collection('notes')
        await other().deleteMany({})
        await other().insertOne({ n: 1 })
        await client.rotate()
        return [await other().countDocuments(), await orders(client.current).countDocuments()]
      },
      async 'a session that spans a rotation'(client) {
        const session = client.current.startSession()
        const inSession = orders(client.current)
        await inSession.insertOne({ n: 1 }, { session })
        await client.rotate(async () => {
          await inSession.insertOne({ n: 2 }, { session })
          await session.endSession()
        })
        return numbers(client.current)
      },
      'a transaction, as far as the server has them': ({ current }) =>
        failureOf(() =>
          current.withSession((session) =>
            session.withTransaction(() => orders(current).insertOne({ n: 1 }, { session })),
          ),
        ),
      async 'errors have the class and code of mongodb'({ current }) {
        await orders(current).createIndex({ n: 1 }, { unique: true }, {})
        await fill(current, 2)
        return Promise.all([
          failureOf(() => orders(current).insertOne({ n: 1 })),
          failureOf(() => fill(current, 1)),
          failureOf(() => current.db().command({ no: 1 })),
        ])
      },
      async 'a client that is closed'({ current }) {
        await fill(current, 10)
        const cursor = orders(current).find({}, { batchSize: 2 })
        await cursor.next()
        await current.close()
        return failureOf(async () => (await cursor.toArray()).length)
      },
      async 'a collection that is kept over a rotation'({ current, rotate }) {
        const kept = orders(current)
        await kept.insertOne({ n: 1 })
        await rotate()
        return failureOf(async () => (await kept.insertOne({ n: 2 })).acknowledged)
      },
      async 'a listener of a client, after a rotation'(client) {
        let opened = 0
        client.current.on('connectionCheckedOut', () => (opened += 1))
        await client.rotate()
        const before = opened
        await numbers(client.current)
        return opened - before
      },
    },
  })
})

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { rollBack, rotate, sweepOrphans } from '@rekey/rekey/engine'
import { newPassword } from '@rekey/rotated-service'
import { type FerretDb, findForTest, openFerretDb, openTlsFront } from '@rekey/testbed'
import { issue } from '@rekey/testbed/certificates'
import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openShop, startLoad } from '../../test/mongodb-shop.support.ts'

const { found, path } = await findForTest('ferretdb')

const userIn = (url: string) => new URL(url).username

describe.runIf(found)('a login of MongoDB, at a FerretDB', () => {
  let server: FerretDb
  beforeAll(async () => {
    server = await openFerretDb(path)
  }, 30_000)
  afterAll(() => server.close())

  it('is rotated three times under load: no operation fails, one user is left, and the old ones are refused', async () => {
    const shop = await openShop(server, { user: 'load' })
    const { counts, stop } = await startLoad(shop)
    const logins = [shop.url]
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await shop.run()
      logins.push(await shop.current())
    }
    await stop()
    expect(counts.failures).toEqual([])
    expect(counts.done).toBeGreaterThan(100)
    expect(counts.read).toBeGreaterThan(1)
    const verdicts = await Promise.all(logins.map((login) => shop.accepts(login)))
    expect(verdicts).toEqual([false, false, false, true])
    const [name = ''] = await shop.names()
    expect(await shop.names()).toEqual([userIn(logins.at(-1) ?? '')])
    expect(name).toMatch(/^load_[0-9a-f]{8}_[0-9a-f]{8}$/)
    console.log(counts)
  })
})

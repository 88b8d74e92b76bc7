import { type FerretDb, findForTest, openFerretDb } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMongodAnswers } from '../../test/mongod-answers.support.ts'
import { openShop } from '../../test/mongodb-shop.support.ts'

const { found, path } = await findForTest('ferretdb')

const ROLES = [
  { role: 'readWrite', db: 'shop' },
  { role: 'read', db: 'prices' },
]

describe.runIf(found)('a login of MongoDB, at the answers that the manual of mongod gives', () => {
  let server: FerretDb
  beforeAll(async () => {
    server = await openFerretDb(path)
  }, 30_000)
  afterAll(() => server.close())

  const openMongodShop = async (user: string) => {
    const mongod = await openMongodAnswers(server.port)
    const at = `127.0.0.1:${mongod.port}`
    const shop = await openShop(server, { user, at, roles: ROLES, listsSessions: true })
    await shop.follow()
    return { mongod, shop }
  }
  const sessionOf = (user: string, appName?: string) => ({
    effectiveUsers: [{ user, db: 'users' }],
    ...(appName !== undefined && { appName }),
  })

  it('the next user has the roles of the one before, whose sessions are killed when it is dropped', async () => {
    const { mongod, shop } = await openMongodShop('roles')
    await shop.run()
    const [name = ''] = await shop.names()
    expect([...mongod.roles]).toEqual([[name, ROLES]])
    expect(mongod.killed).toContainEqual({ user: 'roles', db: 'users' })
  })

  it('a user is changed at the majority of the members, so that a failover keeps the change', async () => {
    const { mongod, shop } = await openMongodShop('majority')
    mongod.commands.length = 0
    await shop.run()
    const changes = mongod.commands.filter((each) => 'createUser' in each || 'dropUser' in each)
    expect(changes.map((each) => each['writeConcern'])).toEqual(
      Array.from({ length: 2 }, () => ({ w: 'majority', wtimeout: 8_000 })),
    )
  })

  it('a role that the old user gets meanwhile rolls the rotation back, and is named', async () => {
    const { mongod, shop } = await openMongodShop('given')
    const run = shop.run({
      onEvent({ step, phase }) {
        const more = { role: 'dbAdmin', db: 'shop' }
        if (`${step} ${phase}` === 'admit end') mongod.roles.set('given', [...ROLES, more])
        return Promise.resolve()
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'rolled-back', step: 'prove' })
    await expect(run).rejects.toThrow('role dbAdmin of shop (of the old one)')
    expect(await shop.names()).toEqual(['given'])
  })

  it('a client that does not follow keeps the old user alive, and is named', async () => {
    const { mongod, shop } = await openMongodShop('stray')
    mongod.sessions.push(sessionOf('stray', 'nightly'), sessionOf('strayed', 'other'))
    mongod.sessions.push({ effectiveUsers: [{ user: 'stray', db: 'elsewhere' }] })
    const run = shop.run({ parts: { deadlineMs: 3_000 } })
    await expect(run).rejects.toMatchObject({ code: 'stopped', step: 'confirm' })
    await expect(run).rejects.toThrow('1 sessions of stray are open at MongoDB: nightly')
    expect(await shop.accepts(shop.url)).toBe(true)
    mongod.sessions.length = 0
    await shop.run()
    expect(await shop.accepts(shop.url)).toBe(false)
  })

  it('each member of a replica set is asked', async () => {
    const { mongod, shop } = await openMongodShop('member')
    const other = await openMongodAnswers(server.port)
    mongod.hosts.push(`127.0.0.1:${mongod.port}`, `127.0.0.1:${other.port}`)
    other.sessions.push(sessionOf('member'))
    const run = shop.run({ parts: { deadlineMs: 3_000 } })
    await expect(run).rejects.toThrow(`are open at MongoDB: 127.0.0.1:${other.port}`)
  })

  it('a list without the connection that asks proves nothing: the old user stays', async () => {
    const { mongod, shop } = await openMongodShop('blind')
    const run = shop.run({
      onEvent({ step, phase }) {
        if (`${step} ${phase}` === 'promote end') mongod.listsItself = false
        return Promise.resolve()
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'stopped', step: 'confirm' })
    await expect(run).rejects.toThrow('lists no sessions, not even the one that asks')
    expect(await shop.accepts(shop.url)).toBe(true)
  })

  it.each([
    ['usersInfo', 'the role userAdminAnyDatabase'],
    ['createUser', 'the role userAdminAnyDatabase'],
    ['killAllSessions', 'a role with inprog and killAnySession at the cluster'],
    ['aggregate', 'a role with inprog and killAnySession at the cluster'],
  ])(
    'an administrator that may not %s is named with the right, before the login is used',
    async (command, right) => {
      const { mongod, shop } = await openMongodShop(`may-${command}`)
      mongod.forbidden.add(command)
      const run = shop.run()
      await expect(run).rejects.toMatchObject({ step: 'admit', reason: 'forbidden' })
      await expect(run).rejects.toThrow(`grant root ${right}`)
      expect(await shop.current()).toBe(shop.url)
      mongod.forbidden.clear()
      await shop.run()
      expect(await shop.accepts(shop.url)).toBe(false)
    },
  )

  it('an old user that may not be dropped is not taken for revoked', async () => {
    const { mongod, shop } = await openMongodShop('kept')
    mongod.forbidden.add('dropUser')
    await expect(shop.run()).rejects.toMatchObject({ step: 'revoke', reason: 'forbidden' })
    expect(await shop.accepts(shop.url)).toBe(true)
  })
})

import pg from 'pg'
import { beforeEach, describe, expect, it } from 'vitest'
import { compareLogins } from './internal.ts'
import { type DatabaseAccess, databaseAccess } from './inspection.ts'
import { describeOnServers, named, newPassword } from '../../test/roles/roles.support.ts'

describeOnServers((lab) => {
  beforeEach(async () => {
    await lab().admit('app_g1')
    await lab().admit('app_g2', { like: 'app_g1' })
  })
  const compare = (access: DatabaseAccess = lab().access) =>
    compareLogins(access, 'app_g1', 'app_g2')

  describe('across databases, two logins', () => {
    beforeEach(() => lab().run('create database "El Se"'))

    it('differ in what one holds elsewhere, which is named with its database', async () => {
      await lab().runIn('El Se', 'create table t ()', 'grant insert on t to app_g2')
      expect(named(await compare())).toEqual([
        'grant: table public.t in El Se - / INSERT',
        'privilege: INSERT on table public.t in El Se - / yes',
      ])
    })

    it('are equal when both hold the same elsewhere', async () => {
      await lab().runIn('El Se', 'create table t ()', 'grant insert on t to app_g1, app_g2')
      expect(await compare()).toEqual([])
    })

    it('are not called equal when a database that names them cannot be entered', async () => {
      await lab().runIn('El Se', 'create table t ()', 'grant insert on t to app_g1, app_g2')
      const unseen = (code: string) => [
        `unseen: all of it, because it cannot be entered (${code}) in El Se 1 entries / 1 entries`,
      ]
      const home = lab().admin
      expect(named(await compareLogins(home, 'app_g1', 'app_g2'))).toEqual(unseen('refused'))
      const { access } = await lab().connectRotator()
      await lab().run('revoke connect on database "El Se" from public')
      expect(named(await compare(access))).toEqual(unseen('forbidden'))
      await lab().run('alter database "El Se" allow_connections false')
      expect(named(await compare())).toEqual(unseen('refused'))
    })

    it('are refused when the access to another database leads elsewhere', async () => {
      await lab().runIn('El Se', 'create table t ()', 'grant insert on t to app_g2')
      const { admin } = lab()
      const astray: DatabaseAccess = { home: admin, open: (_, work) => work(admin) }
      await expect(compare(astray)).rejects.toMatchObject({ code: 'refused' })
    })

    it('are reached also with credentials that are no URL, and the refusal names the database', async () => {
      const password = newPassword()
      await lab().run(`create role other superuser login password '${password.expose()}'`)
      const pool = new pg.Pool(lab().credentials('other', password))
      const client = await pool.connect()
      const access = databaseAccess(client, pool.options)
      const open = (name: string) =>
        access.open(name, (one) => one.query('select current_database() as d'))
      expect((await open('El Se')).rows).toEqual([{ d: 'El Se' }])
      await lab().run('alter role other connection limit 1; alter role other nosuperuser')
      await expect(open('El Se')).rejects.toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining('connection limit') as string,
        details: { database: 'El Se', reason: '53300' },
      })
      client.release()
      await pool.end()
    })
  })
})

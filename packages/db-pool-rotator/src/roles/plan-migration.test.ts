import pg from 'pg'
import { beforeEach, describe, expect, it } from 'vitest'
import { proveLogin } from '../internal.ts'
import { Secret } from '@rekey/secret'
import { compareLogins, revokeLogin, createScramVerifier } from './internal.ts'
import { databaseAccess, planMigration } from './inspection.ts'
import { describeOnServers, newPassword } from '../../test/roles/roles.support.ts'

/** Everything that a role can be given, and something of each kind that it is not given. */
const GRANTS: readonly string[] = [
  'create role readers; create role reader; grant readers to shop with admin option',
  'create schema shop authorization shop; create schema other; grant usage on schema other to shop',
  'create table other.orders (id int, price int, customer text); insert into other.orders values (1, 10, current_user), (2, 20, $$shop$$)',
  'grant select, update (price) on other.orders to shop with grant option',
  'alter table other.orders enable row level security; create policy own on other.orders to shop using (customer = current_user)',
  'create table other.secret as select 1 as a; create table other.shared as select 1 as a; grant select on other.shared to readers',
  'create view other.v as select 1 as a; grant select on other.v to shop',
  'create materialized view other.m as select 1 as a; grant select on other.m to shop',
  'create sequence other.counter; grant usage on sequence other.counter to shop',
  'create function other.f() returns text language sql as $$ select current_user::text $$; revoke execute on function other.f() from public; grant execute on function other.f() to shop',
  'create procedure other.p() language sql as $$ select 1 $$; revoke execute on procedure other.p() from public; grant execute on procedure other.p() to shop',
  'create domain other.d as int; revoke usage on type other.d from public; grant usage on domain other.d to shop',
  'revoke usage on language plpgsql from public; grant usage on language plpgsql to shop',
  'create extension postgres_fdw with schema public; create server far foreign data wrapper postgres_fdw; grant usage on foreign data wrapper postgres_fdw to shop; grant usage on foreign server far to shop',
  'create user mapping for shop server far options (user $$x$$)',
  'select lo_from_bytea(4711, $$x$$); grant select on large object 4711 to shop',
  'grant set on parameter log_min_messages to shop',
  'alter default privileges for role shop grant select on tables to reader',
  'alter default privileges in schema other grant insert on tables to shop; create table other.later (a int)',
]

const GRANTS_OUTSIDE: readonly string[] = [
  `create tablespace fast location ''`,
  'grant create on tablespace fast to shop',
  'create database aside',
  'revoke connect on database aside from public',
  'grant connect, create on database aside to shop',
  `alter role shop set search_path = "$user", other, 'a "b'`,
  `alter role shop set statement_timeout = '7s'`,
  `alter role shop in database postgres set my.custom = 'it''s'`,
  `alter role shop connection limit 7 createdb valid until '2040-01-01'`,
]

/** What an application does, allowed or not; each shows its rows or its SQLSTATE. */
const DEEDS: readonly string[] = [
  'select current_user, current_schemas(false), current_setting($$statement_timeout$$), current_setting($$my.custom$$)',
  'select id, price from orders order by id',
  'update other.orders set price = price returning id',
  'update other.orders set customer = customer',
  'delete from other.orders',
  'select * from other.secret',
  'select * from shared',
  'select * from other.v, other.m',
  'select setval($$other.counter$$, 1)',
  'select nextval($$other.counter$$) > 0 as next',
  'select f()',
  'call other.p()',
  'select 1::other.d as d',
  'create table made (a other.d) tablespace fast; insert into made values (1)',
  'select tableowner, has_table_privilege($$reader$$, $$made$$, $$select$$) as r from pg_tables where tablename = $$made$$',
  'do language plpgsql $$ begin perform 1; end $$',
  'create foreign table far_away (a int) server far',
  'create server farther foreign data wrapper postgres_fdw; drop server farther',
  'select srvname, umoptions from pg_user_mappings where usename = current_user',
  'select lo_get(4711)',
  'set log_min_messages to error',
  'set log_statement to $$all$$',
  'grant readers to reader; revoke readers from reader',
  'set role readers; reset role',
  'grant select on other.orders to reader; revoke select on other.orders from reader',
  'insert into later values (1)',
  'select * from later',
  'create table other.nowhere ()',
  'create database built',
  'drop database built',
  'drop table made; drop foreign table far_away',
  'create role forbidden',
]

async function behave(client: pg.Client): Promise<unknown[]> {
  const told: unknown[] = []
  for (const deed of DEEDS) {
    const answer = await client.query<pg.QueryResultRow>(deed).then(
      (result) => [result].flat().map(({ rows }) => rows),
      (error: unknown) => (error as pg.DatabaseError).code,
    )
    told.push([deed, answer])
  }
  return told
}

describeOnServers(
  (lab) => {
    const password = newPassword()
    const connectAs = (user: string, database = 'postgres') =>
      lab().connect(lab().credentials(user, password, database))

    beforeEach(async () => {
      await lab().run(`create role shop login password '${password.expose()}'`)
    })

    /** As `psql` with the variable set. */
    const execute = async (script: string) => {
      const verifier = pg.escapeLiteral(await createScramVerifier(password))
      await lab().admin.query(script.replaceAll(`:'verifier'`, () => verifier))
    }

    describe('a planned migration', () => {
      beforeEach(async () => {
        for (const grant of GRANTS) await lab().run(grant)
        await lab().run(...GRANTS_OUTSIDE)
        await lab().runIn('aside', 'create table there (); grant select on there to shop')
      })

      it('changes nothing that the application can observe, and can be rolled back', async () => {
        const before = await behave(await connectAs('shop'))
        const refusals = before.filter((told) => typeof (told as unknown[])[1] === 'string')
        expect(refusals.map((told) => (told as unknown[])[1])).toEqual(Array(8).fill('42501'))

        const plan = await planMigration(lab().access, { role: 'shop' })
        expect(plan).toMatchObject({ ownerRole: 'shop', login: 'shop_g1' })
        await execute(plan.prepare)
        expect(await behave(await connectAs('shop'))).toEqual(before)
        expect(await behave(await connectAs('shop_g1'))).toEqual(before)
        await execute(plan.finish)
        expect(await behave(await connectAs('shop_g1'))).toEqual(before)
        await (await connectAs('shop_g1', 'aside')).query('select * from public.there')
        await expect(connectAs('shop')).rejects.toMatchObject({ code: '28000' })

        await execute(plan.rollback)
        expect(await behave(await connectAs('shop'))).toEqual(before)
        await expect(connectAs('shop_g1')).rejects.toMatchObject({ code: '28P01' })
      })

      it('leaves an owner role whose logins can be rotated', async () => {
        const plan = await planMigration(lab().access, { role: 'shop' })
        await execute(plan.prepare)
        await execute(plan.finish)
        const like = { like: 'shop_g1', laterMs: 0 }
        const next = await lab().admit('shop_g2', { ownerRole: 'shop', ...like, password })
        expect(await compareLogins(lab().access, 'shop_g1', 'shop_g2')).toEqual([])
        expect(await revokeLogin(lab().access, { login: 'shop_g1', deadlineMs: 0 })).toMatchObject({
          dropped: true,
        })
        const proof = proveLogin(Secret.of(next, 'DATABASE_SHOP'), 'shop')
        await expect(proof).resolves.toMatchObject({ currentUser: 'shop' })
      })

      it('lists what stays where it is, in every database', async () => {
        const { stays } = await planMigration(lab().access, { role: 'shop' })
        const kinds = new Set(
          stays.map(({ kind, object }) => `${kind} ${object.split(' ')[0] ?? ''}`),
        )
        expect(kinds.size).toBeGreaterThanOrEqual(16)
        expect(stays).toContainEqual({
          role: expect.any(Number) as number,
          kind: 'grant',
          object: 'table public.there',
          database: 'aside',
          value: 'SELECT',
        })
      })

      it('is refused when a database that names the role cannot be entered', async () => {
        await expect(planMigration(lab().admin, { role: 'shop' })).rejects.toMatchObject({
          code: 'refused',
          details: { database: 'aside' },
        })
      })
    })

    it('lets the rotator replace the first login, and neither read nor act as its owner', async () => {
      await lab().run(
        'create table t (); alter table t owner to shop',
        `create role rekey login createrole password '${password.expose()}' in role pg_signal_backend`,
      )
      const plan = await planMigration(lab().access, { role: 'shop' })
      for (const script of [plan.prepare, plan.rotator, plan.finish]) await execute(script)
      const client = await connectAs('rekey')
      for (const deed of ['select from t', 'set role shop']) {
        await expect(client.query(deed)).rejects.toMatchObject({ code: '42501' })
      }
      await lab().admit('shop_g2', { ownerRole: 'shop', like: 'shop_g1', password }, client)
      expect(await compareLogins(lab().access, 'shop_g1', 'shop_g2')).toEqual([])
      const rotator = databaseAccess(client, lab().credentials('rekey', password))
      const revoked = await revokeLogin(rotator, { login: 'shop_g1', deadlineMs: 0 })
      expect(revoked).toMatchObject({ dropped: true })
    })

    it('renames the role if the owner is to have another name, and takes that back too', async () => {
      await lab().run('create table t (a int)', 'grant select on t to shop')
      const plan = await planMigration(lab().access, { role: 'shop', ownerRole: 'shop_owner' })
      expect(plan.login).toBe('shop_owner_g1')
      expect(plan.warnings).toContainEqual(expect.stringContaining('"$user"'))
      await execute(plan.prepare)
      await (await connectAs('shop_owner_g1')).query('select * from t')
      await execute(plan.finish)
      const client = await connectAs('shop_owner_g1')
      const { rows } = await client.query(
        'select current_user as name, t.a from t right join (values (1)) v on true',
      )
      expect(rows).toEqual([{ name: 'shop_owner', a: null }])
      await client.end()
      // A later process knows of the plan only what it asks the server.
      const later = { role: 'shop', ownerRole: 'shop_owner', isPrepared: true }
      const found = await planMigration(lab().access, later)
      await lab().run('create role rekey')
      await execute(found.rotator)
      const members = 'select from pg_auth_members where member = $$rekey$$::regrole'
      const granted = (await lab().version()) >= 16 ? 2 : 0
      expect((await lab().admin.query(members)).rowCount).toBe(granted)
      await execute(found.rollback)
      expect((await lab().admin.query(members)).rowCount).toBe(0)
      await (await connectAs('shop')).query('select * from t')
    })

    it('quotes names of any kind, and lets none end a comment', async () => {
      const role = `sh"op'; drop table t; --`
      await lab().run(`create role ${pg.escapeIdentifier(role)} login`, 'create table t ()')
      const plan = await planMigration(lab().access, { role })
      for (const script of [plan.prepare, plan.finish]) await execute(script)
      const { rows } = await (await connectAs(plan.login)).query('select current_user as name')
      expect(rows).toEqual([{ name: role }])
      await lab().run('select * from t')
      expect(plan.prepare).not.toContain(password.expose())
    })

    it('warns of what a person has to look at', async () => {
      await lab().run(
        'alter role shop createrole bypassrls connection limit 3',
        `alter role shop set log_statement = 'none'`,
        'create table t (by text default session_user); create policy p on t using (by = session_user)',
        'create view v as select session_user as name',
        `create function f() returns text language sql as 'select session_user::text'`,
      )
      await connectAs('shop')
      const { warnings } = await planMigration(lab().access, { role: 'shop' })
      for (const part of [
        'CREATEROLE',
        'BYPASSRLS',
        'connection limit of 3',
        'can set log_statement',
        'policy p on public.t reads session_user',
        'view public.v reads session_user',
        'function f() reads session_user',
        'default of t.by reads session_user',
        'has 1 sessions',
        'connection poolers',
      ]) {
        expect(warnings.filter((warning) => warning.includes(part))).toHaveLength(1)
      }
      await lab().run('create role clerk login')
      const { access } = await lab().connectRotator()
      const unseen = await planMigration(access, { role: 'clerk' })
      expect(unseen.warnings).toContainEqual(
        expect.stringContaining('pg_hba.conf could not be read'),
      )
    })

    it.each([
      ['superuser', 'is a superuser'],
      ['replication', 'may replicate'],
      ['nologin', 'cannot log in'],
    ])('is refused for a role that is %s', async (attribute, reason) => {
      await lab().run(`alter role shop ${attribute}`)
      await expect(planMigration(lab().access, { role: 'shop' })).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringContaining(reason) as string,
      })
    })

    it('is refused for a role that acts as another already, is not there, or whose login is taken', async () => {
      const plan = (role: string, login?: string) =>
        planMigration(lab().access, { role, ...(login === undefined ? {} : { login }) })
      await expect(plan('nobody')).rejects.toMatchObject({ code: 'missing' })
      await expect(plan('shop', 'app')).rejects.toThrow('There is a role app already')
      await lab().admit('app_g1')
      await expect(plan('app_g1')).rejects.toThrow('acts as another role already')
    })
  },
  { allow_in_place_tablespaces: 'on' },
)

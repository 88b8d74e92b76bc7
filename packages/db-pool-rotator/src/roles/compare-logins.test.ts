import pg from 'pg'
import { beforeEach, describe, expect, it } from 'vitest'
import { compareLogins } from './internal.ts'
import type { DatabaseAccess } from './inspection.ts'
import { describeOnServers, named } from '../../test/roles/roles.support.ts'

/** One way in which a login can come to have something that its twin has not: how, and how it is told. */
type Case = readonly [what: string, statements: readonly string[], told: readonly string[]]

const ROLE_ITSELF: readonly Case[] = [
  ['an attribute', ['alter role app_g2 createdb'], ['attribute: createdb false / true']],
  [
    'a connection limit and an end',
    [
      `alter role app_g2 connection limit 3 valid until '2040-01-01 00:00Z'`,
      `set timezone = 'UTC'`,
    ],
    [
      'attribute: connection limit none / 3',
      'attribute: valid until infinity / 2040-01-01 00:00:00+00',
    ],
  ],
  [
    'a membership',
    ['create role readers', 'grant readers to app_g2 with admin option'],
    ['membership: readers - / {"admin":true,"inherit":true,"set":true}'],
  ],
  [
    'another way of a membership',
    [
      'create role readers',
      'grant readers to app_g1, app_g2',
      'grant readers to app_g2 with admin option',
    ],
    [
      'membership: readers {"admin":false,"inherit":true,"set":true} / {"admin":true,"inherit":true,"set":true}',
    ],
  ],
  [
    'a member',
    ['create role auditor', 'grant app_g2 to auditor'],
    ['member: auditor - / {"admin":false,"inherit":true,"set":true}'],
  ],
  [
    'a membership that it gave',
    [
      'create role readers; create role auditor',
      'grant readers to app_g1, app_g2 with admin option',
      'set session authorization app_g2',
      'grant readers to auditor',
      'reset session authorization',
    ],
    ['granted: membership of auditor in readers - / granted'],
  ],
  [
    'a setting',
    [`alter role app_g2 set search_path = 'a "b', public`],
    ['setting: search_path - / "a ""b", public'],
  ],
  [
    'a setting for one database',
    [`alter role app_g2 in database postgres set work_mem = '5MB'`],
    ['setting: work_mem in postgres - / 5MB'],
  ],
  ['a comment', [`comment on role app_g2 is 'the new one'`], ['comment: comment - / the new one']],
]

/** What it holds, structurally; the server's own answer comes with it and is checked apart. */
const HELD: readonly Case[] = [
  [
    'database',
    ['create database aside', 'grant create on database aside to app_g2'],
    ['grant: database aside - / CREATE'],
  ],
  [
    'tablespace',
    [`create tablespace fast location ''`, 'grant create on tablespace fast to app_g2'],
    ['grant: tablespace fast - / CREATE'],
  ],
  [
    'schema',
    ['create schema s', 'grant usage on schema s to app_g2'],
    ['grant: schema s in postgres - / USAGE'],
  ],
  [
    'table',
    ['create table t ()', 'grant select on t to app_g2 with grant option'],
    ['grant: table public.t in postgres - / SELECT with grant option'],
  ],
  [
    'view',
    ['create view v as select 1 as a', 'grant select on v to app_g2'],
    ['grant: view public.v in postgres - / SELECT'],
  ],
  [
    'materialised view',
    ['create materialized view m as select 1 as a', 'grant select on m to app_g2'],
    ['grant: materialized view public.m in postgres - / SELECT'],
  ],
  [
    'foreign table',
    [
      'create extension postgres_fdw with schema public',
      'create server far foreign data wrapper postgres_fdw',
      'create foreign table f () server far',
      'grant select on f to app_g2',
    ],
    ['grant: foreign table public.f in postgres - / SELECT'],
  ],
  [
    'sequence',
    ['create sequence s', 'grant usage, update on sequence s to app_g2'],
    ['grant: sequence public.s in postgres - / UPDATE, USAGE'],
  ],
  [
    'column',
    ['create table t (a int, b int)', 'grant update (b) on t to app_g2'],
    ['grant: table column public.t.b in postgres - / UPDATE'],
  ],
  [
    'function',
    [
      'create function f() returns int language sql as $$ select 1 $$',
      'revoke execute on function f from public',
      'grant execute on function f to app_g2',
    ],
    ['grant: function public.f() in postgres - / EXECUTE'],
  ],
  [
    'procedure',
    [
      'create procedure p() language sql as $$ select 1 $$',
      'grant execute on procedure p to app_g2',
    ],
    ['grant: procedure public.p() in postgres - / EXECUTE'],
  ],
  [
    'domain',
    ['create domain d as int', 'grant usage on domain d to app_g2'],
    ['grant: type public.d in postgres - / USAGE'],
  ],
  [
    'language',
    ['grant usage on language plpgsql to app_g2'],
    ['grant: language plpgsql in postgres - / USAGE'],
  ],
  [
    'wrapper and server',
    [
      'create extension postgres_fdw with schema public',
      'create server far foreign data wrapper postgres_fdw',
      'grant usage on foreign data wrapper postgres_fdw to app_g2',
      'grant usage on foreign server far to app_g2',
    ],
    [
      'grant: foreign-data wrapper postgres_fdw in postgres - / USAGE',
      'grant: server far in postgres - / USAGE',
    ],
  ],
  [
    'large object',
    ['select lo_create(4711)', 'grant select on large object 4711 to app_g2'],
    ['grant: large object 4711 in postgres - / SELECT'],
  ],
  [
    'parameter',
    ['grant set on parameter log_statement to app_g2'],
    ['grant: parameter ACL log_statement - / SET'],
  ],
  [
    'a system catalogue and function',
    ['grant select on pg_authid to app_g2', 'grant execute on function pg_reload_conf() to app_g2'],
    [
      'grant: function pg_catalog.pg_reload_conf() in postgres - / EXECUTE',
      'grant: table pg_catalog.pg_authid in postgres - / SELECT',
    ],
  ],
  [
    'ownership',
    ['create table t ()', 'alter table t owner to app_g2'],
    ['ownership: table public.t in postgres - / owner'],
  ],
  [
    'ownership of a database',
    ['create database aside owner app_g2'],
    ['ownership: database aside - / owner'],
  ],
  [
    'policy',
    ['create table t ()', 'create policy p on t to app_g2'],
    ['policy: policy p on public.t in postgres - / named'],
  ],
  [
    'default privileges for it',
    ['create schema s', 'alter default privileges in schema s grant select on tables to app_g2'],
    [
      'default privilege: default acl for role postgres in schema s on tables in postgres - / SELECT',
    ],
  ],
  [
    'default privileges by it',
    ['alter default privileges for role app_g2 revoke execute on functions from public'],
    ['default privilege: on its own objects of type f in postgres - / EXECUTE to itself'],
  ],
  [
    'a grant that it made',
    [
      'create role reader',
      'create table t ()',
      'grant select on t to app_g1, app_g2 with grant option',
      'set session authorization app_g2',
      'grant select on t to reader',
      'reset session authorization',
    ],
    ['granted: table public.t in postgres - / SELECT to reader'],
  ],
  [
    'user mapping',
    [
      'create extension postgres_fdw with schema public',
      'create server far foreign data wrapper postgres_fdw',
      `create user mapping for app_g1 server far options (password 'a')`,
      `create user mapping for app_g2 server far options (password 'b')`,
    ],
    ['user mapping: server far in postgres options 1 / options 2'],
  ],
]

describeOnServers(
  (lab) => {
    beforeEach(async () => {
      await lab().admit('app_g1')
      await lab().admit('app_g2', { like: 'app_g1' })
    })
    const compare = (access: DatabaseAccess = lab().access) =>
      compareLogins(access, 'app_g1', 'app_g2')

    describe('two logins', () => {
      it('R16: have no difference when one is made like the other', async () => {
        const model = [
          'create role readers; grant readers to app_g1 with admin option',
          `alter role app_g1 connection limit 7 valid until '2040-01-01' createdb noinherit`,
          `alter role app_g1 set search_path = 'a "b', public, '$user'`,
          `alter role app_g1 set statement_timeout = '7s'`,
          `alter role app_g1 in database postgres set my.custom = 'it''s = "so"'`,
          `comment on role app_g1 is 'it''s'`,
        ]
        await lab().run(...model, 'drop role app_g2')
        await lab().admit('app_g2', { like: 'app_g1', laterMs: 0 })
        expect(await compare()).toEqual([])
      })

      it('are compared without a look at any table when neither is named anywhere', async () => {
        const client = new pg.Client({ connectionString: lab().server.adminUrl.expose() })
        await client.connect()
        const texts: unknown[] = []
        const query = client.query.bind(client) as (text: unknown, values?: unknown) => unknown
        const spying = Object.assign(Object.create(client) as pg.Client, {
          query: (text: unknown, values?: unknown) => (texts.push(text), query(text, values)),
        })
        const entered: string[] = []
        const open = (database: string) => Promise.reject(new Error(String(entered.push(database))))
        expect(await compare({ home: spying, open })).toEqual([])
        await client.end()
        expect(entered).toEqual([])
        expect(texts.join('\n')).toContain('pg_shdepend')
        expect(texts.join('\n')).not.toMatch(/pg_class|pg_attribute|has_\w+_privilege/)
      })

      it('are equal whoever made them, though their maker may give them on', async () => {
        const { rotator, access } = await lab().connectRotator()
        await lab().admit('app_g3', {}, rotator)
        expect(await compareLogins(access, 'app_g1', 'app_g3')).toEqual([])
      })

      it.each(ROLE_ITSELF)('differ in %s, which is named', async (_, statements, told) => {
        await lab().run(...statements)
        expect(named(await compare())).toEqual(expect.arrayContaining([...told]))
        await lab().run('reset timezone')
      })

      it.each(HELD)('R16: differ in what one holds: %s', async (_, statements, told) => {
        await lab().run(...statements)
        const differences = await compare()
        const structural = differences.filter(({ kind }) => kind !== 'privilege')
        expect(named(structural)).toEqual(told)
      })

      it('R16: lack a column grant, which the server itself confirms', async () => {
        await lab().run('create table orders (id int, price int)')
        await lab().run('grant update (price) on orders to app_g1')
        expect(named(await compare())).toEqual([
          'grant: table column public.orders.price in postgres UPDATE / -',
          'privilege: UPDATE on column public.orders.price in postgres yes / -',
        ])
      })

      it('R16: lack a right that only PUBLIC or the server itself tells of, on every kind of object', async () => {
        await lab().run(
          'create database aside',
          `create tablespace fast location ''`,
          'create schema s; create view s.v as select 1 as a; create sequence s.counter',
          'create type s.kind as enum ()',
          'create function s.f() returns int language sql as $$ select 1 $$',
          'create extension postgres_fdw with schema public',
          'create server far foreign data wrapper postgres_fdw',
          'revoke execute on function s.f() from public; revoke usage on type s.kind from public',
          'revoke usage on language plpgsql from public',
          // A membership is no grant: only the server can tell what it comes to.
          'create role holder; grant holder to app_g2',
          'grant create on database aside to holder; grant create on tablespace fast to holder',
          'grant usage on schema s to holder; grant select on s.v to holder',
          'grant usage on sequence s.counter to holder; grant usage on type s.kind to holder',
          'grant execute on function s.f() to holder; grant usage on language plpgsql to holder',
          'grant usage on foreign data wrapper postgres_fdw to holder',
          'grant usage on foreign server far to holder; grant alter system on parameter work_mem to holder',
        )
        const differences = await compare()
        expect(
          differences.filter(({ kind }) => kind === 'privilege').map((one) => one.object),
        ).toEqual([
          'CREATE on database aside',
          'USAGE on foreign data wrapper postgres_fdw',
          'EXECUTE on function s.f()',
          'USAGE on language plpgsql',
          'ALTER SYSTEM on parameter work_mem',
          'USAGE on schema s',
          'USAGE on sequence s.counter',
          'USAGE on server far',
          'SELECT on table s.v',
          'CREATE on tablespace fast',
          'USAGE on type s.kind',
          'USAGE on type s.kind[]',
        ])
      })

      it('are equal when both hold the same, however they came by it', async () => {
        const both = 'app_g1, app_g2'
        await lab().run(
          'create table t (a int, b int)',
          `grant select, insert (a) on t to ${both}`,
          `create policy p on t to ${both}`,
          `alter default privileges grant select on tables to ${both}`,
          `grant set on parameter log_statement to ${both}`,
          'create extension postgres_fdw with schema public',
          'create server far foreign data wrapper postgres_fdw',
          `create user mapping for app_g1 server far options (password 'a')`,
          `create user mapping for app_g2 server far options (password 'a')`,
        )
        expect(named(await compare())).toEqual([])
      })

      it('are not called equal by who cannot read the options of their user mappings', async () => {
        const { access } = await lab().connectRotator()
        await lab().run(
          'create extension postgres_fdw with schema public',
          'create server far foreign data wrapper postgres_fdw',
          'create user mapping for app_g1 server far; create user mapping for app_g2 server far',
        )
        expect(await compare()).toEqual([])
        expect(await compare(access)).toMatchObject([
          { kind: 'user mapping', object: 'server far' },
        ])
      })

      it('cannot be compared if one came with PostgreSQL, or is not there', async () => {
        const { access } = lab()
        await expect(compareLogins(access, 'app_g1', 'postgres')).rejects.toMatchObject({
          code: 'refused',
        })
        await expect(compareLogins(access, 'app_g1', 'nobody')).rejects.toMatchObject({
          code: 'missing',
        })
      })
    })
  },
  { allow_in_place_tablespaces: 'on' },
)

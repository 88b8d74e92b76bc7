import { readFile } from 'node:fs/promises'
import { Secret } from '@rekey/secret'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { DatabaseCredentials } from '../index.ts'
import { proveLogin } from '../internal.ts'
import { admitLogin, createOwnerRole, listLogins, nextLoginName } from './index.ts'
import {
  compareLogins,
  revokeLogin,
  createScramVerifier,
  endOfLogin,
  findLoginReaders,
  inTransaction,
} from './internal.ts'
import { findOrphans } from './inspection.ts'
import { describeOnServers, newPassword } from '../../test/roles/roles.support.ts'
import { decideIterations, readIterations } from './scram-iterations.ts'

const prove = (credentials: DatabaseCredentials, owner = 'app') =>
  proveLogin(Secret.of(credentials, 'DATABASE_APP'), owner)

describeOnServers(
  (lab) => {
    describe('an admitted login', () => {
      it('acts as its owner role, which then owns what it makes', async () => {
        const client = await lab().connect(await lab().admit())
        await client.query('create temp table mine ()')
        const { rows } = await client.query(
          `select pg_get_userbyid(relowner) as owner from pg_class where relname = 'mine'`,
        )
        expect(rows).toEqual([{ owner: 'app' }])
      })

      it('is made without its password ever reaching the server log', async () => {
        const credentials = await lab().admit()
        await prove(credentials)
        const log = await readFile(lab().server.logPath, 'utf8')
        expect(log).toContain('app_g1')
        expect(log).not.toContain(credentials.password)
      })

      it('R3: gets a new password when it is admitted again, and no second role', async () => {
        const lost = await lab().admit()
        const again = await lab().admit()
        await expect(prove(lost)).rejects.toMatchObject({ code: 'rejected' })
        await expect(prove(again)).resolves.toMatchObject({ currentUser: 'app' })
        expect(await listLogins(lab().admin, 'app')).toMatchObject([{ name: 'app_g1' }])
      })

      it('R7: is made once when two rotators admit it together', async () => {
        const second = new pg.Client({ connectionString: lab().server.adminUrl.expose() })
        await second.connect()
        const password = newPassword()
        const outcomes = await Promise.allSettled([
          lab().admit('app_g1', { password }),
          lab().admit('app_g1', { password }, second),
        ])
        await second.end()
        const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
        expect(refused.length).toBeLessThan(2)
        for (const { reason } of refused) expect(reason).toMatchObject({ code: 'conflict' })
        const credentials = lab().credentials('app_g1', password)
        await expect(prove(credentials)).resolves.toBeDefined()
        expect(await listLogins(lab().admin, 'app')).toHaveLength(1)
      })

      it('R64: has no fewer SCRAM iterations than the old login, which is asked without a session, up to a limit', async () => {
        const password = newPassword()
        await lab().admit('app_g1', { password, iterations: 20_000 })
        const login = Secret.of(lab().credentials('app_g1', password), 'DATABASE_APP')
        const iterations = (await readIterations(login)) ?? 0
        expect(iterations).toBe(20_000)
        await lab().admit('app_g2', { like: 'app_g1', iterations })
        const kept = `select count(*)::int as kept from pg_authid where rolpassword like 'SCRAM-SHA-256$20000:%'`
        expect((await lab().admin.query(kept)).rows).toEqual([{ kept: 2 }])
        // Hours of work, which a login could set for itself.
        expect(await decideIterations(lab().admin, 2_000_000_000)).toBe(1_000_000)
        expect(await decideIterations(lab().admin)).toBe(4096)
      })

      it(
        'R64: computes no verifier of hours, neither for a login nor for the policy of its database',
        { timeout: 30_000 },
        async () => {
          const login = await lab().admit('app_g1')
          const { user } = login
          const verifier = await createScramVerifier(newPassword())
          const hours = verifier.replace(/\$\d+:/, () => '$2000000000:')
          // PostgreSQL itself would compute them for ALTER ROLE, to refuse an empty password.
          await lab().admin.query('update pg_authid set rolpassword = $1 where rolname = $2', [
            hours,
            user,
          ])
          await expect(prove(login)).rejects.toMatchObject({
            code: 'refused',
            details: { user, iterations: 2_000_000_000 },
          })
          if ((await lab().version()) < 16) return
          await lab().admin.query('set scram_iterations = 2000000000')
          await expect(decideIterations(lab().admin)).rejects.toMatchObject({
            code: 'refused',
            details: { policy: 2_000_000_000 },
          })
          expect(await decideIterations(lab().admin, 0, true)).toBe(4096)
          await lab().admin.query('reset scram_iterations')
        },
      )

      it('R2: leaves nothing behind when it cannot be finished', async () => {
        await expect(lab().admit('app_g1', { like: 'nobody' })).rejects.toMatchObject({
          code: 'missing',
        })
        expect(await listLogins(lab().admin, 'app')).toEqual([])
      })

      it('R2: leaves nothing behind when the rotator dies before its transaction is committed', async () => {
        const { rotator } = await lab().connectRotator()
        await rotator.query('begin')
        const admission = { ownerRole: 'app', login: 'app_g1', password: newPassword() }
        await admitLogin(rotator, admission)
        rotator.connection.stream.destroy()
        const again = await lab().admit()
        await expect(prove(again)).resolves.toMatchObject({ sessionUser: 'app_g1' })
        expect(await findOrphans(lab().admin, 'app', [])).toHaveLength(1)
      })

      it('R40: lives as long as the one before, to the millisecond, also where a day of the time zone has 25 hours', async () => {
        const { access } = lab()
        await lab().admit('app_g1')
        await lab().run(
          `set timezone = 'Europe/Berlin'`,
          `alter role app_g1 valid until '2040-10-01 12:00:00.25+00'`,
        )
        const laterMs = 40 * 86_400_000 + 1
        await lab().admit('app_g2', { like: 'app_g1', laterMs })
        const end = (login: string) => endOfLogin(lab().admin, login)
        expect(await end('app_g1')).toEqual(new Date('2040-10-01T12:00:00.250Z'))
        expect(await end('app_g2')).toEqual(new Date('2040-11-10T12:00:00.251Z'))
        expect(await compareLogins(access, 'app_g1', 'app_g2', { laterMs })).toEqual([])
        expect(await compareLogins(access, 'app_g2', 'app_g1', { laterMs: -laterMs })).toEqual([])
        expect(await compareLogins(access, 'app_g1', 'app_g2')).toMatchObject([
          { kind: 'attribute', object: 'valid until' },
        ])
        await lab().run('reset timezone')
      })

      it('R40: has no end, or has always been over, as the one before', async () => {
        for (const [end, at] of [
          ['infinity', undefined],
          ['-infinity', new Date(0)],
        ] as const) {
          await lab().run(`create role app_${end.length} login valid until '${end}'`)
          const like = `app_${end.length}`
          await lab().admit('app_g1', { like })
          await lab().admit('app_g2', { like, laterMs: 1_000 })
          const text = `select rolvaliduntil::text as end from pg_roles where rolname in ('app_g1', 'app_g2')`
          expect((await lab().admin.query(text)).rows).toEqual([{ end }, { end }])
          expect(await endOfLogin(lab().admin, 'app_g2')).toEqual(at)
        }
      })

      it('R40: is not made where the lifetime of the one before is not known or over, and the remedy works', async () => {
        await lab().admit('app_g1')
        const admit = (laterMs?: number) =>
          lab().admit('app_g2', { like: 'app_g1', ...(laterMs !== undefined && { laterMs }) })
        await lab().run(`alter role app_g1 valid until '2040-01-01'`)
        await expect(admit()).rejects.toMatchObject({
          code: 'refused',
          message: expect.stringContaining(`ALTER ROLE "app_g1" VALID UNTIL 'infinity'`) as string,
        })
        await lab().run(`alter role app_g1 valid until '2020-01-01'`)
        await expect(admit(60_000)).rejects.toMatchObject({
          code: 'refused',
          message: expect.stringContaining('would be over') as string,
        })
        expect(await listLogins(lab().admin, 'app')).toMatchObject([{ name: 'app_g1' }])
        await lab().run(`alter role "app_g1" valid until 'infinity'`)
        await prove(await admit())
      })

      const names: Record<string, string> = {
        'double quotes': 'a"b"; drop role app; --',
        'single quotes and backslashes': `o'brien\\'`,
        'spaces and capitals': 'My App',
        'letters beyond ASCII': 'münze_日本',
        'as many bytes as fit': 'x'.repeat(63),
        'as many bytes as fit, beyond ASCII': `x${'ü'.repeat(31)}`,
      }
      it.each(Object.entries(names))(
        'may have an owner whose name has %s',
        async (_kind, owner) => {
          const { admin } = lab()
          await createOwnerRole(admin, owner)
          const login = nextLoginName(owner)
          const credentials = await lab().admit(login, { ownerRole: owner })
          const identity = { currentUser: owner, sessionUser: login }
          await expect(prove(credentials, owner)).resolves.toEqual(identity)
          expect(await listLogins(admin, owner)).toMatchObject([{ name: login, canLogin: true }])
          expect(await findOrphans(admin, owner, [])).toMatchObject([{ name: login }])
          expect(await revokeLogin(admin, { login, deadlineMs: 0 })).toMatchObject({
            dropped: true,
          })
        },
      )

      it('is refused under a name that is not free, reserved or too long', async () => {
        const refused = { code: 'refused' }
        await expect(lab().admit('postgres')).rejects.toMatchObject(refused)
        await expect(lab().admit('app', { like: 'app' })).rejects.toMatchObject(refused)
        await expect(lab().admit('pg_x')).rejects.toMatchObject({ code: 'malformed' })
        await expect(lab().admit('x'.repeat(64))).rejects.toMatchObject({ code: 'malformed' })
        expect(() => nextLoginName('x'.repeat(64))).toThrow('63 bytes')
      })

      it('is refused for an owner that can log in, and with a password that needs preparation', async () => {
        await expect(lab().admit('x_g1', { ownerRole: 'postgres' })).rejects.toMatchObject({
          code: 'refused',
        })
        const password = Secret.of(`ü${newPassword().expose()}`, 'DATABASE_APP')
        await expect(lab().admit('app_g1', { password })).rejects.toMatchObject({
          code: 'malformed',
        })
      })

      it('is numbered on from the one before', () => {
        expect(nextLoginName('app')).toBe('app_g1')
        expect(nextLoginName('app', 'app_g9')).toBe('app_g10')
        expect(nextLoginName('app', 'legacy')).toBe('app_g1')
        expect(nextLoginName('app', 'app_g01')).toBe('app_g1')
      })

      it('is an orphan if it has a generation name and the store does not know it', async () => {
        await lab().admit('app_g1')
        const client = await lab().connect(await lab().admit('app_g2'), 'who-is-this')
        await lab().admit('app_g3')
        await lab().run('revoke app from app_g3', 'create role app_g0; create role app_guest')
        const orphans = await findOrphans(lab().admin, 'app', ['app_g1'])
        await client.end()
        expect(orphans).toMatchObject([
          { name: 'app_g2', isMember: true, sessions: [{ applicationName: 'who-is-this' }] },
          { name: 'app_g3', isMember: false, sessions: [] },
        ])
      })
    })

    describe('what reads the login of a session', () => {
      const tables = (names: string) =>
        names
          .split('')
          .map(
            (name) =>
              `create table ${name} (by text); alter table ${name} enable row level security`,
          )
      const readers = async () =>
        (await findLoginReaders(lab().admin, 'app', 'app_g1')).map(
          ({ name, word, decides }) => `${name} reads ${word}${decides ? ', which decides' : ''}`,
        )

      it('R41: decides in a policy, by its condition, its check, a function that it calls, or for an owner under force', async () => {
        await lab().run(
          ...tables('abcd'),
          'grant select, insert on a, b, c to app',
          'create policy p on a using (by = session_user)',
          'create role staff; grant staff to app',
          'create policy p on b for insert to staff with check (by = session_user)',
          `create schema s; create function s.me() returns name language sql as 'select session_user'`,
          'create policy p on c using (by = s.me())',
          'create policy p on d using (by = session_user)',
          'alter table d owner to app; alter table d force row level security',
        )
        expect(await readers()).toEqual([
          'function s.me() reads session_user',
          ...['a', 'b', 'c', 'd'].map(
            (name) => `policy p on public.${name} reads session_user, which decides`,
          ),
        ])
      })

      it('R41: decides nothing in a policy that does not hold for the owner role', async () => {
        await lab().run(
          ...tables('abc'),
          'grant select on a, b, c to app',
          ...['a', 'b', 'c'].map((name) => `create policy p on ${name} using (by = session_user)`),
          'alter table a disable row level security',
          'alter table b owner to app',
          'create role other; alter policy p on c to other',
        )
        const policies = ['a', 'b', 'c'].map(
          (name) => `policy p on public.${name} reads session_user`,
        )
        expect(await readers()).toEqual(policies)
        await lab().run('alter role app bypassrls', 'alter policy p on c to public')
        expect(await readers()).toEqual(policies)
      })

      it('R59: decides nothing in a policy on a table to which the owner role has no right', async () => {
        await lab().run(
          'create schema mine; create table mine.t (by text); alter table mine.t enable row level security',
          `create policy p on mine.t for select using (by = session_user and session_user <> 'app_g1')`,
        )
        const policy = 'policy p on mine.t reads session_user'
        expect(await readers()).toEqual([policy])
        await lab().run(
          'grant usage on schema mine to app; grant insert, update (by) on mine.t to app',
        )
        expect(await readers()).toEqual([policy])
        await lab().run('grant select (by) on mine.t to public')
        expect(await readers()).toEqual([`${policy}, which decides`])
        await lab().run('revoke usage on schema mine from app')
        expect(await readers()).toEqual([policy])
        await lab().run('drop schema mine cascade')
      })

      it('R41: decides wherever the name of the login is, and is listed everywhere else', async () => {
        await lab().run(
          'create table t (by text default session_user)',
          `create function f() returns bool language sql as $$ select session_user = 'app_g1' $$`,
          `create function g() returns text language sql as $$ select current_setting('session_authorization') $$`,
          `create view v as select session_user as name`,
          'create function h() returns trigger language plpgsql as $$ begin return new; end $$',
          `create trigger tr before insert on t for each row when (session_user <> 'app_g1') execute function h()`,
          `alter table t add constraint mine check (by = session_user)`,
          `create function plain() returns bool language sql as $$ select current_user = 'app_g1' $$`,
        )
        expect(await readers()).toEqual([
          'condition of the trigger tr on t reads session_user, which decides',
          'constraint mine on t reads session_user',
          'default of t.by reads session_user',
          'function f() reads session_user, which decides',
          'function g() reads session_authorization',
          'view public.v reads session_user',
        ])
      })
    })

    describe('an administrator', () => {
      it('needs CREATEROLE, ADMIN on the owner and the right to end sessions, and not more', async () => {
        const { rotator, access } = await lab().connectRotator()
        const first = await lab().admit('app_g1', {}, rotator)
        const client = await lab().connect(first)
        await lab().admit('app_g2', { like: 'app_g1' }, rotator)
        expect(await compareLogins(access, 'app_g1', 'app_g2')).toEqual([])
        expect(await revokeLogin(access, { login: 'app_g1', deadlineMs: 0 })).toEqual({
          dropped: true,
          ended: 1,
        })
        await expect(client.query('select 1')).rejects.toThrow()
        expect(await listLogins(rotator, 'app')).toMatchObject([{ name: 'app_g2' }])
      })

      it.each(['createdb', 'bypassrls', 'replication'])(
        'cannot pass on %s that it has not itself, and is told which rights it needs',
        async (attribute) => {
          const { rotator } = await lab().connectRotator()
          await lab().admit('app_g1', {}, rotator)
          await lab().run(`alter role app_g1 ${attribute}`)
          const admitting = lab().admit('app_g2', { like: 'app_g1' }, rotator)
          if (attribute === 'createdb' && (await lab().version()) < 16) {
            await admitting
            return
          }
          await expect(admitting).rejects.toMatchObject({
            code: 'forbidden',
            message: expect.stringContaining('every attribute') as string,
            details: { reason: '42501', role: 'app_g2' },
          })
          expect(await listLogins(rotator, 'app')).toMatchObject([{ name: 'app_g1' }])
        },
      )

      it('R56: makes a login in an emergency without the role and the setting of the old one that it may not pass on', async () => {
        const { rotator, access } = await lab().connectRotator()
        await lab().admit('app_g1', {}, rotator)
        await lab().run(
          'create role theirs; grant theirs to app_g1',
          `alter role app_g1 set log_statement = 'all'; alter role app_g1 set work_mem = '5MB'`,
        )
        const admit = (isEmergency: boolean) =>
          lab().admit('app_g2', { like: 'app_g1', isEmergency }, rotator)
        await expect(admit(false)).rejects.toMatchObject({ code: 'forbidden' })
        await expect(prove(await admit(true))).resolves.toMatchObject({ currentUser: 'app' })
        const left = await compareLogins(access, 'app_g1', 'app_g2')
        expect(left.filter(({ object }) => object.includes('work_mem'))).toEqual([])
      })

      it('is told when another one holds what it wants to change', async () => {
        const { rotator } = await lab().connectRotator()
        await lab().admit('app_g1', {}, rotator)
        await rotator.query(`set lock_timeout = '50ms'`)
        await lab().run('begin', `alter role app_g1 password null`)
        const admitting = inTransaction(rotator, () =>
          admitLogin(rotator, { ownerRole: 'app', login: 'app_g1', password: newPassword() }),
        )
        await expect(admitting).rejects.toMatchObject({ code: 'conflict' })
        await lab().run('rollback')
      })
    })
  },
  { log_statement: 'all' },
)

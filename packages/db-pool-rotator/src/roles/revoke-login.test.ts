// @lane servers
import type { SqlClient } from '@rekey/secret/kind'
import { beforeEach, describe, expect, it } from 'vitest'
import { listLogins } from './index.ts'
import {
  closeLogin,
  dropLogin,
  endSessions,
  revokeLogin,
  inTransaction,
  type Session,
  sessionsOf,
} from './internal.ts'
import { listBlockers } from './inspection.ts'
import { describeOnServers } from '../../test/roles/roles.support.ts'

const login = 'app_g1'

describeOnServers(
  (lab) => {
    /** A connection that acts as the login itself, so that what it makes belongs to the login. */
    const connectAsItself = async () => {
      const client = await lab().connect(await lab().admit())
      await lab().run('grant create on schema public to public')
      await client.query('set role none')
      return client
    }

    /** The administrator, to whom some looks show no session: one that is logging in has no role yet. */
    const overlooking = (looks: number): SqlClient => {
      let left = looks
      const query = async (text: string, values?: unknown[]) => {
        const found = await lab().admin.query<Session>(text, values)
        if (!text.includes('"applicationName"') || left === 0) return found
        left -= 1
        return { ...found, rows: [] }
      }
      return { query: query as SqlClient['query'] }
    }

    describe('a revoked login', () => {
      it('is gone once its sessions have ended by themselves', async () => {
        const client = await lab().connect(await lab().admit())
        const revoking = revokeLogin(lab().admin, { login, deadlineMs: 10_000 })
        await client.query('select pg_sleep(0.3)')
        await client.end()
        expect(await revoking).toEqual({ dropped: true, ended: 0 })
        expect(await listLogins(lab().admin, 'app')).toEqual([])
      })

      it('R18: lets a long transaction work until the deadline, then names and ends it', async () => {
        const client = await lab().connect(await lab().admit(), 'nightly-report')
        await client.query('begin')
        const startMs = Date.now()
        const stragglers: Session[] = []
        const report = await revokeLogin(lab().admin, {
          login,
          deadlineMs: 500,
          onStraggler: (session) => stragglers.push(session),
        })
        expect(Date.now() - startMs).toBeGreaterThanOrEqual(500)
        expect(report).toEqual({ dropped: true, ended: 1 })
        expect(stragglers).toMatchObject([
          {
            applicationName: 'nightly-report',
            clientAddress: '127.0.0.1',
            state: 'idle in transaction',
          },
        ])
        await expect(client.query('select 1')).rejects.toThrow()
      })

      it('R19: ends a session that acts as another role, whose rights a DROP would have left to it', async () => {
        await lab().run('create table secrets (); grant select on secrets to app')
        const credentials = await lab().admit()
        const attacker = await lab().connect(credentials)
        await attacker.query('set role app')
        // This is what the removal has to prevent: the role is gone, the rights are not.
        await lab().run('begin', 'drop role app_g1')
        await attacker.query('select * from secrets')
        await lab().run('rollback')

        const stolen = attacker.query(
          'select pg_sleep(60) from secrets right join (values (1)) v on true',
        )
        const ended = expect(stolen).rejects.toMatchObject({ code: '57P01' })
        expect(await revokeLogin(lab().admin, { login, deadlineMs: 0 })).toEqual({
          dropped: true,
          ended: 1,
        })
        await ended
        await expect(lab().connect(credentials)).rejects.toMatchObject({ code: '28P01' })
      })

      it('R19: has a session ended that was logging in when it was closed, and is seen once it is dropped', async () => {
        const late = await lab().connect(await lab().admit())
        const looksBefore = 3
        const end = { login, deadlineMs: 0 }
        const report = await revokeLogin(overlooking(looksBefore), end)
        expect(report).toEqual({ dropped: true, ended: 1 })
        await expect(late.query('select 1')).rejects.toThrow()
      })

      it('R19: is not taken for silent after one look without a session', async () => {
        await lab().connect(await lab().admit())
        await closeLogin(lab().admin, login)
        expect(await endSessions(overlooking(1), { login, deadlineMs: 0 })).toBe(1)
      })

      it('R19: has its sessions found by number when the role is dropped already', async () => {
        const attacker = await lab().connect(await lab().admit())
        const closed = await closeLogin(lab().admin, login)
        await lab().run('drop role app_g1')
        expect(await sessionsOf(lab().admin, login)).toEqual([])
        await attacker.query('select 1')
        const end = { login, oid: closed?.oid ?? 0, deadlineMs: 0 }
        expect(await endSessions(lab().admin, end)).toBe(1)
        await expect(attacker.query('select 1')).rejects.toThrow()
      })

      it('is never an administrator', async () => {
        const revocation = { login: 'postgres', deadlineMs: 0 }
        await expect(revokeLogin(lab().admin, revocation)).rejects.toMatchObject({
          code: 'refused',
        })
        const { rotator } = await lab().connectRotator()
        await expect(closeLogin(rotator, 'rotator')).rejects.toMatchObject({ code: 'refused' })
      })
    })

    describe('a removal that died', () => {
      const parts = {
        close: () => inTransaction(lab().admin, () => closeLogin(lab().admin, login)),
        end: () => endSessions(lab().admin, { login, deadlineMs: 0 }),
        drop: () => inTransaction(lab().admin, () => dropLogin(lab().access, login)),
      }
      it.each([
        ['R5: after the login was closed', ['close']],
        ['R6: after its sessions were ended', ['close', 'end']],
        ['R6: after the role was dropped', ['close', 'end', 'drop']],
        ['R5: twice after each part', ['close', 'close', 'end', 'end', 'drop', 'drop']],
      ] as const)('%s goes on from there', async (_, done) => {
        const client = await lab().connect(await lab().admit())
        for (const part of done) await parts[part]()
        await revokeLogin(lab().admin, { login, deadlineMs: 0 })
        await expect(client.query('select 1')).rejects.toThrow()
        expect(await listLogins(lab().admin, 'app')).toEqual([])
      })

      it('R6: after its sessions were ended does not drop a role that is in use again', async () => {
        const credentials = await lab().admit()
        await closeLogin(lab().admin, login)
        await lab().run('alter role app_g1 login')
        await expect(dropLogin(lab().admin, login)).rejects.toThrow('is open to new sessions')
        await lab().connect(credentials, 'late')
        await closeLogin(lab().admin, login)
        await expect(dropLogin(lab().admin, login)).rejects.toThrow(
          /in use by late from 127\.0\.0\.1/,
        )
        expect(await listLogins(lab().admin, 'app')).toMatchObject([{ name: login, sessions: 1 }])
      })

      it('is rolled back with the transaction that it runs in', async () => {
        await lab().admit()
        await lab().run('begin')
        await closeLogin(lab().admin, login)
        expect(await dropLogin(lab().access, login)).toBe(true)
        await lab().run('rollback')
        expect(await listLogins(lab().admin, 'app')).toMatchObject([
          { name: login, canLogin: true },
        ])
      })
    })

    describe('a login that others know of', () => {
      it('R20: has each session named, with where it comes from and what it holds', async () => {
        await lab().run('create table orders (); grant update on orders to app')
        const client = await lab().connect(await lab().admit(), 'third-service')
        await client.query('create temp table scratch ()')
        await client.query('begin')
        await client.query('select pg_advisory_lock(42); select pg_advisory_lock(1, 2)')
        await client.query('lock table orders in row exclusive mode')
        const [session] = await sessionsOf(lab().admin, login)
        const { localPort } = client.connection.stream as unknown as { localPort: number }
        expect(session).toMatchObject({
          applicationName: 'third-service',
          clientAddress: '127.0.0.1',
          clientPort: localPort,
          database: 'postgres',
          state: 'idle in transaction',
          queryAgeMs: null,
          locks: ['RowExclusiveLock on orders', 'advisory lock 1, 2', 'advisory lock 42'],
          temporaryTables: ['scratch'],
        })
        expect(session?.stateAgeMs).toBeGreaterThanOrEqual(0)
        expect(session?.transactionAgeMs).toBeGreaterThanOrEqual(session?.stateAgeMs ?? 0)
        await closeLogin(lab().admin, login)
        await expect(dropLogin(lab().admin, login)).rejects.toMatchObject({
          code: 'refused',
          message: expect.stringMatching(
            /in use by third-service from 127\.0\.0\.1 port \d+, idle in transaction for \d+ s, with RowExclusiveLock on orders/,
          ) as string,
        })
      })

      it('R20: is seen to end its sessions also from within a transaction', async () => {
        const client = await lab().connect(await lab().admit())
        await lab().run('begin')
        expect(await sessionsOf(lab().admin, login)).toHaveLength(1)
        await client.end()
        await expect.poll(() => sessionsOf(lab().admin, login)).toEqual([])
        await lab().run('rollback')
      })

      it('R20: has no addresses for who may not see them, but is counted', async () => {
        const { rotator } = await lab().connectRotator()
        await lab().connect(await lab().admit('app_g1', {}, rotator), 'third-service')
        const [hidden] = await sessionsOf(rotator, login)
        expect(hidden).toMatchObject({
          applicationName: 'third-service',
          clientAddress: null,
          state: null,
        })
        await lab().run('grant pg_read_all_stats to rotator')
        expect(await sessionsOf(rotator, login)).toMatchObject([{ clientAddress: '127.0.0.1' }])
      })

      it('is not ended by who may not, who is told what it takes', async () => {
        const { rotator } = await lab().connectRotator()
        await lab().run('revoke pg_signal_backend from rotator')
        const client = await lab().connect(await lab().admit('app_g1', {}, rotator))
        await expect(revokeLogin(rotator, { login, deadlineMs: 0 })).rejects.toMatchObject({
          code: 'forbidden',
          message: expect.stringContaining('pg_signal_backend') as string,
        })
        await client.query('select 1')
      })
    })

    describe('a login that owns something', () => {
      const end = async () => {
        await closeLogin(lab().admin, login)
        await endSessions(lab().admin, { login, deadlineMs: 0 })
      }

      it('R21: is kept, with what it owns named and the statement that moves it', async () => {
        const client = await connectAsItself()
        await client.query('create table stray (); create function stray() returns int return 1')
        await end()
        await expect(dropLogin(lab().access, login)).rejects.toMatchObject({
          code: 'refused',
          message: expect.stringMatching(
            /owns function public\.stray\(\) in database postgres; it owns table public\.stray in database postgres\. Run REASSIGN OWNED BY "app_g1" TO "app" in database postgres/,
          ) as string,
          details: { role: login, blockers: 2 },
        })
        await lab().run('reassign owned by app_g1 to app')
        expect(await revokeLogin(lab().admin, { login, deadlineMs: 0 })).toMatchObject({
          dropped: true,
        })
      })

      it.each([
        ['that it acts as', 'select 1'],
        ['that it is no member of any more', 'revoke app from app_g1'],
      ])(
        'R21: has it moved on request, by a mere rotator, to an owner role %s',
        async (_, first) => {
          const { rotator, access } = await lab().connectRotator()
          const client = await lab().connect(await lab().admit('app_g1', {}, rotator))
          await lab().run('grant create on schema public to public, app')
          await rotator.query(first)
          await client.query('set role none; create table stray ()')
          const report = await revokeLogin(access, { login, deadlineMs: 0, reassignTo: 'app' })
          expect(report).toEqual({ dropped: true, ended: 1 })
          const { rows } = await lab().admin.query(
            `select tableowner from pg_tables where tablename = 'stray'`,
          )
          expect(rows).toEqual([{ tableowner: 'app' }])
          const { rows: memberships } = await lab().admin.query(
            `select grantor::regrole::text from pg_auth_members where member = 'rotator'::regrole and roleid = 'app'::regrole`,
          )
          expect(memberships).toEqual([{ grantor: 'postgres' }])
        },
      )

      it('R21: is kept with all it has when a part of it cannot be moved', async () => {
        const client = await connectAsItself()
        await client.query('create table stray ()')
        await lab().run('create table t (); grant select on t to app_g1')
        await end()
        const blockers = await listBlockers(lab().access, login)
        expect(blockers).toEqual([
          'it is named in the privileges of table public.t in database postgres',
          'it owns table public.stray in database postgres',
        ])
        const dropping = inTransaction(lab().admin, () =>
          dropLogin(lab().access, login, { reassignTo: 'app' }),
        )
        await expect(dropping).rejects.toMatchObject({ code: 'refused' })
        expect(await listBlockers(lab().access, login)).toEqual(blockers)
      })

      it('leaves the transaction that it is refused in usable', async () => {
        const client = await connectAsItself()
        await client.query('create table stray ()')
        await end()
        await lab().run('begin')
        await expect(dropLogin(lab().access, login)).rejects.toMatchObject({ code: 'refused' })
        await lab().run('select 1', 'rollback')
      })
    })

    describe('a login that owns something in another database', () => {
      beforeEach(() => lab().run('create database elsewhere'))

      it('R22: is kept, with everything named and nothing moved', async () => {
        await lab().admit()
        await lab().run('alter database elsewhere owner to app_g1')
        await lab().runIn('elsewhere', 'create table stray ()', 'alter table stray owner to app_g1')
        await lab().run('create table here (); alter table here owner to app_g1')
        const revocation = { login, deadlineMs: 0, reassignTo: 'app' }
        await expect(revokeLogin(lab().access, revocation)).rejects.toThrow(
          /owns database elsewhere; it owns table public\.here in database postgres; it owns table public\.stray in database elsewhere\. Run .*TO "app" in database elsewhere/,
        )
        const { rows } = await lab().admin.query(
          `select tableowner from pg_tables where tablename = 'here'`,
        )
        expect(rows).toEqual([{ tableowner: login }])
        await lab().runIn('elsewhere', 'reassign owned by app_g1 to app')
        expect(await revokeLogin(lab().access, revocation)).toMatchObject({ dropped: true })
      })

      it('R22: is kept, with a count, when that database cannot be entered', async () => {
        await lab().admit()
        await lab().runIn(
          'elsewhere',
          'create table a (); create table b (); grant select on a, b to app_g1',
        )
        await expect(revokeLogin(lab().admin, { login, deadlineMs: 0 })).rejects.toThrow(
          'it is named by 2 objects in database elsewhere',
        )
        await lab().run('drop database elsewhere')
        expect(await revokeLogin(lab().admin, { login, deadlineMs: 0 })).toMatchObject({
          dropped: true,
        })
      })

      it('R22: is kept for what DROP ROLE overlooks: memberships it gave, prepared transactions', async () => {
        const client = await connectAsItself()
        await lab().run(
          'create role readers; create role reader; grant readers to app_g1 with admin option',
        )
        await client.query('grant readers to reader')
        await client.query(`begin; select 1; prepare transaction 'half'`)
        await client.end()
        await expect(revokeLogin(lab().admin, { login, deadlineMs: 0 })).rejects.toThrow(
          /prepared transaction 'half' in database postgres; it (granted the|is named in the privileges of role membership) membership of (role )?reader in (role )?readers/,
        )
        await lab().run(`rollback prepared 'half'`)
      })
    })
  },
  { max_prepared_transactions: 2 },
)

import { openStoreJournal } from '@rekey/rekey/internal/engine'
import {
  planRotation,
  rollBack,
  rotate,
  type RotationJournal,
  sweepOrphans,
} from '@rekey/rekey/engine'
import { NON_PRODUCTION_PREFIX, Secret, type SecretStore, type StagedSecret } from '@rekey/secret'
import { lateBy } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDatabaseUrl } from '../index.ts'
import { createScramVerifier } from '../roles/internal.ts'
import { at, dieAt, logIn, openServer, SERVERS } from '../../test/rotate/database-kind.support.ts'

/** Has the journal know accounts of versions that are not in the store. */
async function recordAccounts(
  journal: RotationJournal,
  secret: string,
  accounts: readonly string[],
) {
  const claim = await journal.claim(secret, 'test', 10_000)
  const known = accounts.map((account, at) => ({ version: `lost-${at}`, account }))
  const from = { version: 'lost-0' }
  await claim.setIntent({ mode: 'forward', from, outcome: 'rolled-back', accounts: known })
  await claim.release()
}

/** Longer than a test may last: what ends by this deadline fails. */
const NEVER_MS = 600_000

describe.each(SERVERS)('on %s', { timeout: 60_000 }, (_, binDirectory) => {
  let server: Awaited<ReturnType<typeof openServer>>
  beforeAll(async () => {
    server = await openServer(binDirectory)
  })
  afterAll(() => server.close())

  it('replaces the login under load, and no query fails', async () => {
    const { pool, kind, options, logins, name } = await server.setUp()
    const done = new AbortController()
    const users = new Set<string>()
    const working = Array.from({ length: 8 }, async () => {
      while (!done.signal.aborted) {
        const { rows } = await pool.query<{ by: string; as: string }>(
          'select session_user as by, current_user as as, pg_sleep(0.005)',
        )
        users.add(`${rows[0]?.by ?? ''} as ${rows[0]?.as ?? ''}`)
      }
    })
    try {
      await rotate(kind(), options)
      await pool.query('select 1')
    } finally {
      done.abort()
      await Promise.all(working)
    }
    expect([...users].sort()).toEqual([`${name}_g1 as ${name}`, `${name}_g2 as ${name}`])
    expect(await logins()).toEqual([`${name}_g2`])
  })

  it('counts the sessions of a login by application, and none of another login', async () => {
    const { kind, login, name, store } = await server.setUp()
    const { signal } = new AbortController()
    const { current } = await store.read(`DATABASE_${name.toUpperCase()}`)
    const count = async () => (await kind().countSessions?.(current, signal)) ?? []
    const before = await count()
    const names = ['nightly', 'nightly', '']
    const clients = await Promise.all(
      names.map((application_name) => logIn({ ...login, application_name })),
    )
    expect(await count()).toEqual(
      expect.arrayContaining([
        { client: 'nightly', sessions: 2 },
        { client: 'a session without a name', sessions: 1 },
      ]),
    )
    await Promise.all(clients.map((client) => client.end()))
    await expect.poll(count, { timeout: 30_000 }).toEqual(before)
  })

  it('R3 resumes after a crash between the role and the pools with the same role, not a second one', async () => {
    const { kind, options, logins, name } = await server.setUp()
    await expect(rotate(kind(), { ...options, onEvent: dieAt('admit end') })).rejects.toThrow(
      'killed',
    )
    expect(await logins()).toEqual([`${name}_g1`, `${name}_g2`])
    await rotate(kind(), options)
    expect(await logins()).toEqual([`${name}_g2`])
  })

  it('R34 a rotator with a journal in the store closes no login while a rotation with the journal in the database is open', async () => {
    const { kind, options, logins, pool, name, store } = await server.setUp()
    const secret = `DATABASE_${name.toUpperCase()}`
    const dying = rotate(kind(), { ...options, onEvent: dieAt('promote end') })
    await expect(dying).rejects.toThrow('killed')
    const before = await logins()
    const other = { ...options, journal: await openStoreJournal(store, { secrets: [secret] }) }
    const refused = { code: 'other-journal', details: { named: options.journal.name } }
    const attempts = [
      () => rotate(kind(), other),
      () => rotate(kind(), { ...other, compromised: true }),
      () => rollBack(kind(), other),
      () => sweepOrphans(kind(), other),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(refused)
    expect(await logins()).toEqual(before)
    await pool.query('select 1')
    await rotate(kind(), options)
    expect(await logins()).toEqual([`${name}_g2`])
    await pool.query('select 1')
  })

  it('R15 rolls back when the new login cannot log in, and the pool never notices', async () => {
    const { kind, options, logins, pool, name, store } = await server.setUp()
    const lockOut = at('admit end', () => server.admin.query(`alter role ${name}_g2 nologin`))
    const failure = { code: 'rolled-back', step: 'prove', reason: 'rejected' }
    await expect(rotate(kind(), { ...options, onEvent: lockOut })).rejects.toMatchObject(failure)
    expect(await logins()).toEqual([`${name}_g1`])
    expect((await store.read(`DATABASE_${name.toUpperCase()}`)).pending).toBeUndefined()
    expect((await pool.query<{ by: string }>('select session_user as by')).rows).toEqual([
      { by: `${name}_g1` },
    ])
  })

  it('R47 rolls back at once when the replica cannot log in, though the rotator could, and the pool never notices', async () => {
    const { kind, options, logins, pool, name } = await server.setUp()
    const lockOut = at('promote begin', () =>
      server.admin.query(`alter role ${name}_g2 password null`),
    )
    const rotation = rotate(kind(NEVER_MS), { ...options, onEvent: lockOut })
    await expect(rotation).rejects.toMatchObject({
      ...{ code: 'rolled-back', step: 'confirm', reason: 'rejected' },
      details: { by: 'probe', why: 'rejected' },
    })
    expect(await logins()).toEqual([`${name}_g1`])
    expect((await pool.query<{ by: string }>('select session_user as by')).rows).toEqual([
      { by: `${name}_g1` },
    ])
  })

  it('R16 refuses to promote a login whose rights differ, and names what differs', async () => {
    const { kind, options, logins, name } = await server.setUp()
    const limit = at('admit end', () =>
      server.admin.query(`alter role ${name}_g2 connection limit 3`),
    )
    await expect(rotate(kind(), { ...options, onEvent: limit })).rejects.toMatchObject({
      code: 'rolled-back',
      reason: 'refused',
      message: expect.stringContaining('connection limit') as string,
    })
    expect(await logins()).toEqual([`${name}_g1`])
  })

  it('R21 stops, instead of leaving half an abort behind, when something keeps the new role from being dropped', async () => {
    const { kind, options, logins, name } = await server.setUp()
    await server.admin.query(`create table own_${name} (id int)`)
    const grant = at('admit end', () =>
      server.admin.query(`grant select on own_${name} to ${name}_g2`),
    )
    const failure = { code: 'stopped', step: 'abort', reason: 'refused' }
    await expect(rotate(kind(), { ...options, onEvent: grant })).rejects.toMatchObject(failure)
    await server.admin.query(`revoke select on own_${name} from ${name}_g2`)
    await rollBack(kind(), options)
    expect(await logins()).toEqual([`${name}_g1`])
    await rotate(kind(), options)
    expect(await logins()).toEqual([`${name}_g2`])
  })

  it('R20 keeps the old login while somebody unknown is logged in with it, and names them', async () => {
    const { kind, options, login, logins, name } = await server.setUp()
    const unknown = await logIn({ ...login, application_name: 'a forgotten job' })
    const failure = {
      code: 'stopped',
      step: 'confirm',
      message: expect.stringContaining('a forgotten job') as string,
    }
    await expect(rotate(kind(1_500), options)).rejects.toMatchObject(failure)
    expect(await logins()).toContain(`${name}_g1`)
    await unknown.end()
    await rotate(kind(), options)
    expect(await logins()).toEqual([`${name}_g2`])
  })

  it('keeps host, port and database, and marks the new password as a development value', async () => {
    const { kind, options, login, store, name } = await server.setUp()
    await rotate(kind(), options)
    const { current } = await store.read(`DATABASE_${name.toUpperCase()}`)
    const { password, ...rest } = parseDatabaseUrl(current.value.expose())
    expect(rest).toEqual({
      host: login.host,
      port: login.port,
      database: login.database,
      user: `${name}_g2`,
    })
    expect(password.startsWith(NON_PRODUCTION_PREFIX)).toBe(true)
    expect(password).not.toBe(login.password)
  })

  it('R1 a crash after the intent, before the role is made: the same name goes on, and there is no orphan', async () => {
    const { kind, options, logins, name } = await server.setUp()
    const dying = rotate(kind(), { ...options, onEvent: dieAt('admit begin') })
    await expect(dying).rejects.toThrow('killed')
    expect(await logins()).toEqual([`${name}_g1`])
    await rotate(kind(), options)
    expect(await logins()).toEqual([`${name}_g2`])
  })

  it('R4 a crash after the switch, before anybody acknowledged: both logins work, and the rotation waits for the pools', async () => {
    const { kind, options, logins, name, pool, login } = await server.setUp()
    const dying = rotate(kind(), { ...options, onEvent: dieAt('promote end') })
    await expect(dying).rejects.toThrow('killed')
    expect(await logins()).toEqual([`${name}_g1`, `${name}_g2`])
    const old = await logIn(login)
    await old.end()
    await pool.query('select 1')
    await rotate(kind(), options)
    expect(await logins()).toEqual([`${name}_g2`])
  })

  it.each(['NOLOGIN', 'the end of its sessions'])(
    'R5 R6 a crash after %s and before the drop: the next run finishes it, and no query fails',
    async (point) => {
      const { kind, options, logins, name, pool } = await server.setUp()
      await expect(rotate(kind(), { ...options, onEvent: dieAt('revoke begin') })).rejects.toThrow(
        'killed',
      )
      await server.admin.query(`alter role ${name}_g1 nologin`)
      const end = `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${name}_g1'`
      if (point !== 'NOLOGIN') await server.admin.query(end)
      await pool.query('select 1')
      await rotate(kind(), options)
      expect(await logins()).toEqual([`${name}_g2`])
    },
  )

  it('R6 a role that is dropped already is no failure', async () => {
    const { kind, options, logins, name } = await server.setUp()
    const dropped = at('revoke begin', () => server.admin.query(`drop role ${name}_g1`))
    await rotate(kind(), { ...options, onEvent: dropped })
    expect(await logins()).toEqual([`${name}_g2`])
  })

  it('R18 a long transaction on the old role: waits to the deadline, then stops and names it; it is never cut', async () => {
    const { kind, options, logins, name, pool } = await server.setUp()
    const report = await pool.connect()
    await report.query('begin')
    await report.query(`create temporary table figures_${name} (n int)`)
    const failure = { code: 'stopped', step: 'confirm', reason: 'unreachable' }
    await expect(rotate(kind(300), options)).rejects.toMatchObject(failure)
    await report.query(`insert into figures_${name} values (1)`)
    await report.query('commit')
    report.release()
    await rotate(kind(), options)
    expect(await logins()).toEqual([`${name}_g2`])
  })

  it('R19 the old password leaked and somebody acts as the owner with it: cut off, and cannot come back', async () => {
    const { kind, options, login, logins, name, pool } = await server.setUp()
    const attacker = new pg.Client({ ...login, application_name: 'attacker' })
    const ended = new Promise((resolve) => attacker.once('error', resolve))
    attacker.on('error', () => undefined)
    await attacker.connect()
    await attacker.query(`set role ${name}`)
    await rotate(kind(), { ...options, compromised: true })
    await expect(attacker.query('select 1')).rejects.toThrow()
    expect(await ended).toMatchObject({ code: '57P01' })
    await expect(new pg.Client(login).connect()).rejects.toMatchObject({ code: '28P01' })
    expect(await logins()).toEqual([`${name}_g2`])
    await pool.query('select 1')
  })

  it('R22 the old role owns something in another database: nothing is dropped, and it is named', async () => {
    const { kind, options, logins, name } = await server.setUp()
    const other = `other_${name}`
    await server.admin.query(`create database ${other} owner ${name}_g1`)
    const failure = {
      code: 'rolled-back',
      reason: 'refused',
      message: expect.stringContaining(other) as string,
    }
    await expect(rotate(kind(), options)).rejects.toMatchObject(failure)
    expect(await logins()).toEqual([`${name}_g1`])
    await server.admin.query(`alter database ${other} owner to ${name}`)
    await rotate(kind(), options)
    expect(await logins()).toEqual([`${name}_g2`])
  })

  it('R40 a login whose date is near gets a successor with the same lifetime, not the same date', async () => {
    const { kind, options, logins, name, store } = await server.setUp()
    const lifetimeMs = 30 * 86_400_000
    const current = async () => (await store.read(`DATABASE_${name.toUpperCase()}`)).current
    const { createdAt } = await current()
    const until = new Date(Number(createdAt) + lifetimeMs).toISOString()
    await server.admin.query(`alter role ${name}_g1 valid until '${until}'`)
    await rotate(kind(), options)
    expect(await logins()).toEqual([`${name}_g2`])
    const version = await current()
    const end = await kind().acceptedUntil?.(version, new AbortController().signal)
    expect(Number(end) - Number(version.createdAt)).toBe(lifetimeMs)
  })

  it('R40 stops where the store has no time of a login with a date, and states what to do', async () => {
    const { kind, options, logins, name, store } = await server.setUp()
    await server.admin.query(`alter role ${name}_g1 valid until '2040-01-01'`)
    const withoutTime = (staged: StagedSecret) => {
      const { createdAt, ...current } = staged.current
      expect(createdAt).toBeDefined()
      return { ...staged, current }
    }
    const timeless: SecretStore = {
      ...store,
      read: async (...of) => withoutTime(await store.read(...of)),
      stage: async (...of) => withoutTime(await store.stage(...of)),
    }
    await expect(rotate(kind(), { ...options, store: timeless })).rejects.toMatchObject({
      code: 'rolled-back',
      step: 'admit',
      message: expect.stringMatching(/its lifetime is not known.*VALID UNTIL 'infinity'/) as string,
    })
    expect(await logins()).toEqual([`${name}_g1`])
  })

  it('R41 stops before the switch where row security reads session_user, names the policy in plan and error, goes on once it is rewritten, and rolls back all the same', async () => {
    const { kind, options, logins, name } = await server.setUp()
    const { admin } = server
    await admin.query(`create table notes_${name} (by text default session_user)`)
    await admin.query(`alter table notes_${name} enable row level security`)
    await admin.query(`grant select on notes_${name} to ${name}`)
    await admin.query(`create policy own on notes_${name} to ${name} using (by = session_user)`)
    const policy = `policy own on public.notes_${name} reads session_user`
    const prove = async () =>
      (await planRotation(kind(), options)).steps.find(({ step }) => step === 'prove')?.what
    expect(await prove()).toContain(`in the way: ${policy}; check by hand: default of`)
    await expect(rotate(kind(), options)).rejects.toMatchObject({
      ...{ code: 'rolled-back', step: 'prove', reason: 'refused' },
      message: expect.stringMatching(
        new RegExp(`depends on its login.*${policy}: write current_user there`),
      ) as string,
    })
    expect(await logins()).toEqual([`${name}_g1`])
    await admin.query(`alter policy own on notes_${name} using (by = current_user)`)
    expect(await prove()).not.toContain('in the way')
    await rotate(kind(), options)
    expect(await logins()).toEqual([`${name}_g2`])
    const stop = { ...options, onEvent: dieAt('confirm begin') }
    await expect(rotate(kind(), stop)).rejects.toThrow('killed')
    await admin.query(`alter policy own on notes_${name} using (by = session_user)`)
    await rollBack(kind(), options)
    expect(await logins()).toEqual([`${name}_g2`])
    await admin.query(`drop table notes_${name}`)
  })

  it.each([
    ['keeps', 20_000, 20_000],
    ['raises to the default', 1_000, 4_096],
  ])('R64: %s the SCRAM iterations of the old login: %i', async (_does, of, expected) => {
    const { kind, options, login, logins, name } = await server.setUp()
    const verifier = await createScramVerifier(Secret.of(login.password, name))
    const raised = verifier.replace(/\$\d+:/, () => `$${of}:`)
    await server.admin.query(`alter role ${name}_g1 password '${raised}'`)
    // With the iterations of another verifier the old login is refused: only the next one is examined.
    await expect(rotate(kind(), { ...options, onEvent: dieAt('admit end') })).rejects.toThrow(
      'killed',
    )
    expect(await logins()).toEqual([`${name}_g1`, `${name}_g2`])
    const { rows } = await server.admin.query(
      `select split_part(split_part(rolpassword, '$', 2), ':', 1)::int as iterations from pg_authid where rolname = '${name}_g2'`,
    )
    expect(rows).toEqual([{ iterations: expected }])
  })

  it('rolls back while both logins work, and not once the old one is closed', async () => {
    const { kind, options, logins, name } = await server.setUp()
    const stop = { ...options, onEvent: dieAt('confirm begin') }
    await expect(rotate(kind(), stop)).rejects.toThrow('killed')
    expect(await rollBack(kind(), options)).toMatchObject({
      removed: expect.any(String) as string,
    })
    expect(await logins()).toEqual([`${name}_g1`])
    await expect(rotate(kind(), stop)).rejects.toThrow('killed')
    await server.admin.query(`alter role ${name}_g1 nologin`)
    const failure = { code: 'stopped', step: 'prove', reason: 'rejected' }
    await expect(rollBack(kind(), options)).rejects.toMatchObject(failure)
    await rotate(kind(), options)
    expect(await logins()).toEqual([`${name}_g2`])
  })

  it('R39 rolls back while the replica sees the store late: the new login is closed once it is left, and no query is cut', async () => {
    const { kind, options, logins, name, pool } = await server.setUp((store) => lateBy(store, 400))
    const stop = { ...options, onEvent: dieAt('confirm end') }
    await expect(rotate(kind(), stop)).rejects.toThrow('killed')
    const done = new AbortController()
    const working = (async () => {
      while (!done.signal.aborted) await pool.query('select pg_sleep(0.3)')
    })()
    try {
      const late = { code: 'stopped', step: 'abort', reason: 'unreachable' }
      await expect(rollBack(kind(100), options)).rejects.toMatchObject(late)
      expect(await logins()).toEqual([`${name}_g1`, `${name}_g2`])
      await rollBack(kind(), options)
    } finally {
      done.abort()
      await working
    }
    expect(await logins()).toEqual([`${name}_g1`])
  })

  it('plans with the names, the sessions and what is in the way, and changes nothing', async () => {
    const { kind, options, logins, name } = await server.setUp()
    await server.admin.query(`create table own_${name} (id int)`)
    await server.admin.query(`grant select on own_${name} to ${name}_g1`)
    const { steps } = await planRotation(kind(), options)
    const text = steps.map(({ step, what }) => `${step}: ${what}`).join('\n')
    expect(text).toContain(`create role ${name}_g2`)
    expect(text).toContain('1 of 1 replicas')
    expect(text).toContain(`own_${name}`)
    expect(await logins()).toEqual([`${name}_g1`])
  })

  it('sweeps away a login of a version that left the store, unless it is in use, and none of another family', async () => {
    const { kind, options, logins, name, login } = await server.setUp()
    for (const other of ['g7', 'g8']) {
      await server.admin.query(
        `create role ${name}_${other} login password '${login.password}'; grant ${name} to ${name}_${other}`,
      )
    }
    await recordAccounts(options.journal, kind().name, [`${name}_g7`, `${name}_g1`])
    const user = await logIn({ ...login, user: `${name}_g7`, application_name: 'a lost job' })
    await expect(sweepOrphans(kind(), options)).rejects.toMatchObject({
      code: 'stopped',
      message: expect.stringContaining('a lost job') as string,
    })
    await user.end()
    await expect
      .poll(() => sweepOrphans(kind(), options).catch(() => []), { timeout: 5_000 })
      .toEqual([`${name}_g7`])
    expect(await logins()).toEqual([`${name}_g1`, `${name}_g8`])
    // Another role may have the name later.
    await server.admin.query(`create role ${name}_g7`)
    expect(await sweepOrphans(kind(), options)).toEqual([])
    expect(await logins()).toContain(`${name}_g7`)
    await server.admin.query(`drop role ${name}_g7`)
  })

  it('sweeps away a login that an emergency had to keep, once it can be dropped', async () => {
    const { kind, options, logins, name } = await server.setUp()
    await server.admin.query(
      `create table kept_${name} (); grant select on kept_${name} to ${name}_g1`,
    )
    await rotate(kind(), { ...options, compromised: true })
    expect(await logins()).toEqual([`${name}_g1`, `${name}_g2`])
    await expect(sweepOrphans(kind(), options)).rejects.toMatchObject({ code: 'stopped' })
    await server.admin.query(`drop table kept_${name}`)
    expect(await sweepOrphans(kind(), options)).toEqual([`${name}_g1`])
    expect(await logins()).toEqual([`${name}_g2`])
    expect(await sweepOrphans(kind(), options)).toEqual([])
  })
})

import { readFile, writeFile } from 'node:fs/promises'
import { createFakeClock, Secret, SecretError } from '@rekey/secret'
import { describe, expect, it } from 'vitest'
import type { DatabaseCredentials } from '../index.ts'
import { proveLogin } from '../internal.ts'
import {
  eventually,
  OWNER,
  recordEvents,
  SERVERS,
  sessionUser,
  stage,
  toldBy,
  useFixture,
  wrong,
} from '../../test/rotating.support.ts'

describe.each(SERVERS)('R15: on %s, a new version that the database rejects', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)

  const setPassword = ({ user, password }: DatabaseCredentials) =>
    fixture.admin.query(`alter role ${user} password '${password}'`)

  /** Makes the server refuse a role before it asks for a password, as it does where no line of `pg_hba.conf` admits it. */
  async function banInHba({ user, ...rest }: DatabaseCredentials): Promise<() => Promise<void>> {
    const { rows } = await fixture.admin.query<{ hba_file: string }>('show hba_file')
    const path = rows[0]?.hba_file ?? ''
    const before = await readFile(path, 'utf8')
    await writeFile(path, `host all ${user} 127.0.0.1/32 reject\n${before}`)
    await fixture.admin.query('select pg_reload_conf()')
    const login = Secret.of({ user, ...rest }, 'DATABASE_APP')
    const refusal = () =>
      proveLogin(login).catch((error: unknown) => (error as SecretError).details)
    await eventually(refusal).toMatchObject({ reason: '28000' })
    return async () => {
      await writeFile(path, before)
      await fixture.admin.query('select pg_reload_conf()')
    }
  }

  const faults: Record<string, [string, (bad: DatabaseCredentials) => Promise<unknown>]> = {
    'its password is wrong': ['28P01', (bad) => setPassword(wrong(bad))],
    'it may not log in': ['28000', ({ user }) => fixture.admin.query(`alter role ${user} nologin`)],
    'pg_hba.conf misses it': ['28000', banInHba],
    'it has expired': [
      '28P01',
      ({ user }) => fixture.admin.query(`alter role ${user} valid until '2001-01-01'`),
    ],
    'it does not exist': ['28P01', ({ user }) => fixture.admin.query(`drop role ${user}`)],
  }
  it.each(Object.entries(faults))(
    'because %s is reported and not adopted, and no query fails',
    async (__, [reason, fault]) => {
      const pool = await fixture.open()
      const old = fixture.login
      const bad = await fixture.admit()
      const mend = await fault(bad)
      const rejected = toldBy(pool, 'rejected')
      fixture.live.update(stage(bad))
      const answers = Array.from({ length: 50 }, () => sessionUser(pool))
      expect((await rejected).error).toMatchObject({ code: 'rejected', details: { reason } })
      expect(new Set(await Promise.all(answers))).toEqual(new Set([old]))
      expect(fixture.live.usage.report().holding['pool']).toHaveLength(1)
      if (typeof mend === 'function') await (mend as () => Promise<void>)()
    },
  )

  it('does not stand in the way of the next one', async () => {
    const pool = await fixture.open()
    const rejected = toldBy(pool, 'rejected')
    fixture.live.update(stage(wrong(await fixture.admit())))
    await rejected
    await fixture.switchTo(pool, await fixture.admit())
    expect(await sessionUser(pool)).toBe(fixture.login)
  })

  it('is tried again rarely, but never later than after 15 seconds, and adopted when it works', async () => {
    const clock = createFakeClock()
    const pool = await fixture.open({ clock })
    const next = await fixture.admit()
    const rejected = toldBy(pool, 'rejected')
    fixture.live.update(stage(wrong(next)))
    await rejected
    const told = recordEvents(pool)
    await clock.advance(499)
    expect(told).toEqual([])
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const again = toldBy(pool, 'rejected')
      await clock.advance(15_000)
      await again
    }
    await setPassword(fixture.live.current.value.expose())
    const drained = toldBy(pool, 'drained')
    await clock.advance(15_000)
    await drained
    expect(await sessionUser(pool)).toBe(next.user)
  })

  it('is tried at once when the pool is asked to prove itself', async () => {
    const pool = await fixture.open({ clock: createFakeClock() })
    const [old, next] = [fixture.login, await fixture.admit()]
    const rejected = toldBy(pool, 'rejected')
    fixture.live.update(stage(wrong(next)))
    await rejected
    await expect(pool.prove()).rejects.toMatchObject({ code: 'rejected' })
    expect(await sessionUser(pool)).toBe(old)

    await setPassword(fixture.live.current.value.expose())
    await pool.prove()
    expect(await sessionUser(pool)).toBe(next.user)
  })

  it('is tried at once when anything changes in the store', async () => {
    const pool = await fixture.open({ clock: createFakeClock() })
    const next = await fixture.admit()
    const rejected = toldBy(pool, 'rejected')
    fixture.live.update(stage(wrong(next)))
    await rejected
    await setPassword(fixture.live.current.value.expose())
    const { snapshot } = fixture.live
    const drained = toldBy(pool, 'drained')
    fixture.live.update({ ...snapshot, revision: `${snapshot.revision}, touched` })
    await drained
    expect(await sessionUser(pool)).toBe(next.user)
  })

  it('tells no password, neither in the event nor in the error of an opening', async () => {
    const pool = await fixture.open()
    const rejected = toldBy(pool, 'rejected')
    const bad = wrong(await fixture.admit())
    fixture.live.update(stage(bad))
    expect(JSON.stringify(await rejected)).not.toContain(bad.password)
    const error: unknown = await fixture
      .open({ loginRetryMs: 0 })
      .catch((problem: unknown) => problem)
    expect(error).toBeInstanceOf(SecretError)
    expect(String(error) + JSON.stringify(error)).not.toContain(bad.password)
  })
})

describe.each(SERVERS)('R17: on %s, a login that lost its membership', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)
  const takeAway = () => fixture.admin.query(`revoke ${OWNER} from ${fixture.login}`)
  const giveBack = () => fixture.admin.query(`grant ${OWNER} to ${fixture.login}`)

  it('is not adopted, because its session acts as itself', async () => {
    const pool = await fixture.open()
    const old = fixture.login
    const rejected = toldBy(pool, 'rejected')
    const next = await fixture.admit()
    await takeAway()
    fixture.live.update(stage(next))
    expect((await rejected).error).toMatchObject({
      code: 'refused',
      details: { expected: OWNER, actual: next.user },
    })
    expect(await sessionUser(pool)).toBe(old)
  })

  it('gets no further connection, and the refused ones are closed', async () => {
    const pool = await fixture.open()
    await takeAway()
    const rejected = toldBy(pool, 'rejected')
    await expect(sessionUser(pool)).rejects.toMatchObject({ code: 'refused' })
    expect((await rejected).error.details).toMatchObject({ expected: OWNER, actual: fixture.login })
    await eventually(() => fixture.sessions()).toBe(0)
    await giveBack()
    expect(await sessionUser(pool)).toBe(fixture.login)
  })

  it('gets no connection when it is lost after it was proved, and what is open serves on', async () => {
    const pool = await fixture.open({ prewarm: 0 })
    const client = await pool.connect()
    const draining = toldBy(pool, 'draining')
    fixture.live.update(stage(await fixture.admit()))
    await draining
    await takeAway()
    const rejected = toldBy(pool, 'rejected')
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'refused' })
    expect((await rejected).error.details).toMatchObject({ actual: fixture.login })
    const { rows } = await client.query('select current_user as name')
    expect(rows).toEqual([{ name: OWNER }])
    client.release()
  })

  it('stops a pool from opening when the owner role is named', async () => {
    await fixture.admin.query(`alter role ${fixture.login} reset role`)
    await expect(fixture.open({ ownerRole: OWNER })).rejects.toMatchObject({ code: 'refused' })
  })
})

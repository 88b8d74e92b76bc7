// @lane servers
import { pendingWaits } from '@rekey/secret/internal'
import { describe, expect, it } from 'vitest'
import { eventually, SERVERS, sessionUser, stage, useFixture } from '../../test/rotating.support.ts'

describe.each(SERVERS)('on %s, a recovery that does not end', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)

  /** The login in use is gone, and the store does not answer. */
  async function lose(): Promise<void> {
    fixture.silent = true
    await fixture.drop(fixture.login)
  }

  it('lets connects fail with what the pool waits for, and is named among the waits of the process', async () => {
    const pool = await fixture.open({ connectionTimeoutMillis: 300, loginRetryMs: 1_000 })
    await lose()
    const late = Promise.allSettled(Array.from({ length: 3 }, () => pool.connect()))
    await eventually(() => pendingWaits().map(({ what }) => what)).toContain(
      'a login of DATABASE_APP that the database accepts',
    )
    const more = pool.connect()
    await expect(more).rejects.toMatchObject({
      code: 'unreachable',
      message:
        'timeout exceeded when trying to connect: the pool waits for a login of DATABASE_APP that the database accepts',
    })
    expect((await late).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  })

  it('ends without an answer of the store, and fails whoever waits with the refusal', async () => {
    const pool = await fixture.open({ loginRetryMs: 200 })
    await lose()
    await expect(sessionUser(pool)).rejects.toMatchObject({ code: 'rejected' })
    const waits = pendingWaits().filter(({ what }) => what.includes('DATABASE_APP'))
    expect(waits).toEqual([])
  })

  it('goes on as soon as the store has a login that works, although its answer never came', async () => {
    const pool = await fixture.open({ loginRetryMs: 20_000 })
    await lose()
    const answer = sessionUser(pool)
    const next = await fixture.admit()
    fixture.live.update(stage(next))
    await expect(answer).resolves.toBe(next.user)
  })
})

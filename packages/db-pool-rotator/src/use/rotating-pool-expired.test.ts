import { createLiveSecret } from '@rekey/secret/internal'
import { SecretError, systemClock } from '@rekey/secret'
import { describe, expect, it } from 'vitest'
import type { RotatingPoolOptions } from '../index.ts'
import { SERVERS, sessionUser, stage, useFixture } from '../../test/rotating.support.ts'

describe.each(SERVERS)('on %s, a login that is too old', (_, binDirectory) => {
  const fixture = useFixture(binDirectory)

  /** A pool whose login is too old from now on; `refresh` may bring a younger one. */
  async function openExpired(
    refresh: (renew: () => void) => Promise<void>,
    options: Partial<RotatingPoolOptions> = {},
  ) {
    let isExpired = false
    const first = await fixture.admit()
    const credentials = createLiveSecret(stage(first), {
      check: () =>
        isExpired
          ? new SecretError('unreachable', 'DATABASE_APP is too old', { reason: 'expired' })
          : undefined,
      refresh: () =>
        refresh(() => {
          isExpired = false
        }),
    })
    const pool = await fixture.open({ credentials, ...options })
    const expire = () => {
      isExpired = true
    }
    expire()
    return { pool, user: first.user, expire }
  }

  it('is waited for while it is read again, by all callers, and no query is lost', async () => {
    const { pool, user } = await openExpired(async (renew) => {
      await new Promise((resolve) => setTimeout(resolve, 200))
      renew()
    })
    const users = await Promise.all([sessionUser(pool), sessionUser(pool), sessionUser(pool)])
    expect(users).toEqual([user, user, user])
  })

  it('is waited for when the first answer is too old still', async () => {
    let answers = 0
    const { pool, user } = await openExpired((renew) => {
      answers += 1
      if (answers > 2) renew()
      return Promise.resolve()
    })
    expect(await sessionUser(pool)).toBe(user)
  })

  it('fails callers once there has been no younger one for five seconds', async () => {
    // Five seconds by this clock are five milliseconds.
    const clock = { ...systemClock, elapsed: () => systemClock.elapsed() * 1_000 }
    const { pool } = await openExpired(() => Promise.resolve(), { clock })
    for (let call = 0; call < 2; call += 1) {
      await expect(pool.connect()).rejects.toMatchObject({ details: { reason: 'expired' } })
    }
  })

  it('is waited for anew when it is too old another time', async () => {
    let looks = 0
    const { pool, user, expire } = await openExpired((renew) => {
      looks += 1
      if (looks % 2 === 0) renew()
      return Promise.resolve()
    })
    for (let time = 0; time < 2; time += 1) {
      expire()
      expect(await sessionUser(pool)).toBe(user)
    }
    expect(looks).toBe(4)
  })

  it('is waited for no longer than for any connection, and named', async () => {
    const { pool } = await openExpired(() => new Promise(() => undefined), {
      connectionTimeoutMillis: 300,
    })
    await expect(pool.connect()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('a login of DATABASE_APP that is not too old') as string,
    })
  })
})

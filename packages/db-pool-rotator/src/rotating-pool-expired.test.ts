import { createLiveSecret, SecretError } from '@rekey/secret'
import { describe, expect, it } from 'vitest'
import { SERVERS, sessionUser, stage, useScene } from './rotating.test.support.ts'

describe.each(SERVERS)('on %s, a login that is too old', (_, binDirectory) => {
  const scene = useScene(binDirectory)

  /** A pool whose login is too old from now on; `refresh` may bring a younger one. */
  async function openExpired(
    refresh: (renew: () => void) => Promise<void>,
    options: { connectionTimeoutMillis?: number } = {},
  ) {
    let isExpired = false
    const first = await scene.admit()
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
    const pool = await scene.open({ credentials, ...options })
    isExpired = true
    return { pool, user: first.user }
  }

  it('is waited for while it is read again, by all callers, and no query is lost', async () => {
    const { pool, user } = await openExpired(async (renew) => {
      await new Promise((resolve) => setTimeout(resolve, 200))
      renew()
    })
    const users = await Promise.all([sessionUser(pool), sessionUser(pool), sessionUser(pool)])
    expect(users).toEqual([user, user, user])
  })

  it('fails each caller at once while its source gives no answer', async () => {
    const { pool } = await openExpired(() => Promise.resolve())
    await expect(pool.connect()).rejects.toMatchObject({ details: { reason: 'expired' } })
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

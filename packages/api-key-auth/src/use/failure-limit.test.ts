import { describe, expect, it } from 'vitest'
import { createFakeClock } from '@rekey/secret'
import { authenticate } from '../internal.ts'
import { createKeyring } from '../index.ts'
import { newKey, receiverWith } from '../../test/live-keys.support.ts'

/** At a clock that has gone for a while: a window begins at any time of it. */
async function limited(failuresPerMinute = 3) {
  const clock = createFakeClock()
  await clock.advance(3_600_000)
  const key = newKey()
  const keyring = createKeyring(
    { frontend: receiverWith({ current: key }, { clock }) },
    { clock, failuresPerMinute },
  )
  const from = async (source: string | undefined, text = 'junk') => {
    const outcome = await authenticate(keyring, `Bearer ${text}`, source)
    return outcome.ok ? 200 : outcome.response.status
  }
  return { clock, key, keyring, from }
}

describe('R27 a source that fails too often', () => {
  it('is told to wait, by one answer for every reason, until its minute is over', async () => {
    const { clock, keyring, from } = await limited()
    expect([await from('10.0.0.66'), await from('10.0.0.66', newKey())]).toEqual([401, 401])
    await clock.advance(20_500)
    expect(await from('10.0.0.66')).toBe(401)
    for (const header of [undefined, 'Bearer junk', `Bearer ${newKey()}`]) {
      expect(await authenticate(keyring, header, '10.0.0.66')).toMatchObject({
        response: {
          status: 429,
          headers: { 'retry-after': '40', 'www-authenticate': 'Bearer' },
          body: '{"error":"too many failed attempts"}',
        },
      })
    }
    await clock.advance(39_500)
    expect(await from('10.0.0.66')).toBe(401)
  })

  it('is let in with a good key all the same, since its neighbours may be the ones who fail', async () => {
    const { key, from } = await limited()
    for (let i = 0; i < 10; i++) await from('10.0.0.66')
    expect([await from('10.0.0.66', key), await from('10.0.0.66')]).toEqual([200, 429])
  })

  it('does not hold up another one', async () => {
    const { from } = await limited()
    for (let i = 0; i < 10; i++) await from('10.0.0.66')
    expect([await from('10.0.0.2'), await from(undefined)]).toEqual([401, 401])
  })

  it('is one network of IPv6, however it is written', async () => {
    const { from } = await limited(2)
    const addresses = ['2001:db8::1', '2001:db8:0:0:ffff::', '2001:db8::2:3:4:5']
    const next = ['2001:db8:0:1::1', '2001:db8::1:2:3:4:5', '2001:db8::1:2:3:4:6']
    const statuses = []
    for (const address of [...addresses, ...next]) statuses.push(await from(address))
    expect(statuses).toEqual([401, 401, 429, 401, 401, 429])
  })

  it('is one address of IPv4, also when a socket of IPv6 shows it', async () => {
    const { from } = await limited(2)
    for (let host = 1; host <= 4; host++) expect(await from(`::ffff:10.0.0.${host}`)).toBe(401)
  })

  it.each([-3_600_000, 3_600_000])(
    'waits its minute when the clock is set by %i ms',
    async (byMs) => {
      const { clock, from } = await limited()
      for (let i = 0; i < 10; i++) await from('10.0.0.66')
      clock.jump(byMs)
      expect(await from('10.0.0.66')).toBe(429)
      await clock.advance(60_000)
      expect(await from('10.0.0.66')).toBe(401)
    },
  )

  it('is remembered among a thousand others, not among any number', async () => {
    const { from } = await limited()
    for (let i = 0; i < 10; i++) await from('10.0.0.66')
    for (let i = 0; i < 1_000; i++) await from(`10.1.${i >> 8}.${i & 255}`)
    expect(await from('10.0.0.66')).toBe(429)
    for (let i = 0; i < 2_000; i++) await from(`10.2.${i >> 8}.${i & 255}`)
    expect(await from('10.0.0.66')).toBe(401)
  })
})

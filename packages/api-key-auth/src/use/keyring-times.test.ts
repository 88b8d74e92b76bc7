import { describe, expect, it } from 'vitest'
import { createFakeClock } from '@rekey/secret'
import { authenticate } from '../internal.ts'
import { createKeyring } from '../index.ts'
import {
  type Keys,
  newKey,
  receiverWith,
  verifiersOf,
  versionOf,
} from '../../test/live-keys.support.ts'

const MINUTE = 60_000

/** A receiver whose clock differs from the true time by `skewMs`, and whose keys can be examined. */
function receiver(keys: Keys, skewMs = 0) {
  const clock = createFakeClock()
  const trueNow = clock.now()
  clock.jump(skewMs)
  const live = receiverWith(keys)
  const keyring = createKeyring({ frontend: live }, { clock })
  const says = (key: string) => {
    const verdict = keyring.verify(key)
    return verdict.ok ? verdict.stage : verdict.reason
  }
  const inMinutes = (minutes: number) => new Date(trueNow + minutes * MINUTE)
  return { clock, live, keyring, says, inMinutes }
}

describe('a key with an end', () => {
  it.each(['pending', 'current', 'previous'] as const)(
    'is refused after it and five minutes more, while it is %s',
    async (stage) => {
      const keys = { current: newKey(), [stage]: newKey() }
      const { clock, live, says, inMinutes } = receiver(keys)
      live.update(verifiersOf(keys, { [stage]: inMinutes(10) }))
      await clock.advance(15 * MINUTE - 1)
      expect(says(keys[stage] ?? '')).toBe(stage)
      await clock.advance(1)
      expect(says(keys[stage] ?? '')).toBe('expired')
    },
  )

  it('is neither revived nor kept longer by being the previous one', async () => {
    const [old, fresh] = [newKey(), newKey()]
    const { clock, live, says, inMinutes } = receiver({ current: old })
    live.update(verifiersOf({ current: old }, { current: inMinutes(10) }))
    await clock.advance(12 * MINUTE)
    live.update(verifiersOf({ current: fresh, previous: old }, { previous: inMinutes(10) }))
    expect(says(old)).toBe('previous')
    await clock.advance(3 * MINUTE)
    expect(says(old)).toBe('expired')
    live.update(
      verifiersOf(
        { current: fresh, previous: old, pending: newKey() },
        { previous: inMinutes(10) },
      ),
    )
    expect([says(old), says(fresh)]).toEqual(['expired', 'current'])
  })

  it('may be given a smaller tolerance, and then ends on time', async () => {
    const clock = createFakeClock()
    const key = newKey()
    const live = receiverWith({ current: key })
    live.update(verifiersOf({ current: key }, { current: new Date(clock.now() + MINUTE) }))
    const keyring = createKeyring({ frontend: live }, { clock, skewMs: 0 })
    await clock.advance(MINUTE - 1)
    expect(keyring.verify(key).ok).toBe(true)
    await clock.advance(1)
    expect(keyring.verify(key)).toMatchObject({ reason: 'expired' })
  })

  it('is counted as a failure of its version after it', () => {
    const key = newKey()
    const { live, keyring, inMinutes } = receiver({ current: key })
    live.update(verifiersOf({ current: key }, { current: inMinutes(-6) }))
    keyring.verify(key, '10.0.0.2')
    expect(live.usage.report().versions).toMatchObject([
      { version: versionOf(key), uses: 0, failures: 1, sources: [{ source: '10.0.0.2' }] },
    ])
  })
})

describe.each([-5, 0, 5])('R25 a receiver whose clock is %i minutes off', (minutes) => {
  it('refuses no key before its end', async () => {
    const keys = { current: newKey(), previous: newKey() }
    const { clock, live, says, inMinutes } = receiver(keys, minutes * MINUTE)
    live.update(verifiersOf(keys, { current: inMinutes(10), previous: inMinutes(10) }))
    await clock.advance(10 * MINUTE - 1)
    expect([says(keys.current), says(keys.previous)]).toEqual(['current', 'previous'])
  })

  it('accepts a key as soon as it is staged, and no longer once it is revoked', () => {
    const [old, fresh] = [newKey(), newKey()]
    const { live, says, inMinutes } = receiver({ current: old }, minutes * MINUTE)
    live.update(verifiersOf({ current: old, pending: fresh }))
    expect(says(fresh)).toBe('pending')
    live.update(verifiersOf({ current: fresh, previous: old }, { previous: inMinutes(60) }))
    expect(says(old)).toBe('previous')
    live.update(verifiersOf({ current: fresh }))
    expect([says(old), says(fresh)]).toEqual(['revoked', 'current'])
  })
})

describe('the answer to a key that retires', () => {
  it('says since when this receiver has known, and when it ends if that is known', async () => {
    const [old, fresh] = [newKey(), newKey()]
    const { clock, live, keyring, inMinutes } = receiver({ current: old })
    const headersFor = async (key: string) => {
      const outcome = await authenticate(keyring, `Bearer ${key}`)
      return outcome.ok ? outcome.headers : undefined
    }
    await clock.advance(MINUTE)
    const seenAt = clock.now()
    live.update(verifiersOf({ current: fresh, previous: old }))
    await clock.advance(MINUTE)
    const deprecation = `@${seenAt / 1_000}`
    expect(await headersFor(old)).toEqual({ deprecation })
    expect(await headersFor(fresh)).toBeUndefined()
    live.update(verifiersOf({ current: fresh, previous: old }, { previous: inMinutes(30) }))
    const sunset = inMinutes(30).toUTCString()
    expect(await headersFor(old)).toEqual({ deprecation, sunset })
  })

  it('never says that the end comes before the beginning', async () => {
    const [old, fresh] = [newKey(), newKey()]
    const { live, keyring, inMinutes } = receiver({ current: old })
    live.update(verifiersOf({ current: fresh, previous: old }, { previous: inMinutes(-1) }))
    const outcome = await authenticate(keyring, `Bearer ${old}`)
    const deprecation = `@${inMinutes(-1).getTime() / 1_000}`
    expect(outcome).toMatchObject({
      headers: { deprecation, sunset: inMinutes(-1).toUTCString() },
    })
  })
})

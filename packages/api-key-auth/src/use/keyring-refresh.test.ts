import { describe, expect, it } from 'vitest'
import { createFakeClock } from '@rekey/secret'
import type { SettableSecret } from '@rekey/secret/internal'
import { type KeyringOptions, type ApiKeyVerifier, createKeyring } from '../index.ts'
import { forgedFrom, newKey, receiverWith, verifiersOf } from '../../test/live-keys.support.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A receiver that has not yet read from its source what `source` says is there. */
function lateReceiver(
  held: string,
  options: KeyringOptions & { onRead?: () => Promise<void> } = {},
) {
  const clock = createFakeClock()
  const source = { current: held }
  const reads: string[] = []
  const live: SettableSecret<ApiKeyVerifier> = receiverWith(
    { current: held },
    {
      clock,
      refresh: async (cause) => {
        reads.push(cause)
        await (options.onRead ?? turn)()
        live.update(verifiersOf(source))
      },
    },
  )
  const keyring = createKeyring({ frontend: live }, { clock, ...options })
  return { clock, source, reads, live, keyring }
}

describe('a receiver that has not loaded the new key', () => {
  it('R24 learns of it by its first use, which it lets in and counts no failure for', async () => {
    const [old, fresh] = [newKey(), newKey()]
    const { source, reads, live, keyring } = lateReceiver(old)
    Object.assign(source, { current: fresh, previous: old })
    const verdict = keyring.verifyFresh(fresh)
    expect(verdict).toBeInstanceOf(Promise)
    expect(await verdict).toMatchObject({ ok: true, stage: 'current' })
    expect(keyring.verifyFresh(fresh)).toMatchObject({ ok: true })
    expect(reads).toEqual(['unknown-key'])
    expect(live.usage.report().failures).toBe(0)
  })

  it('lets in everybody who shows it while it is being read', async () => {
    const [old, fresh] = [newKey(), newKey()]
    const { source, reads, keyring } = lateReceiver(old)
    source.current = fresh
    const verdicts = await Promise.all(
      Array.from({ length: 20 }, async () => await keyring.verifyFresh(fresh)),
    )
    expect(verdicts.every(({ ok }) => ok)).toBe(true)
    expect(reads).toHaveLength(1)
  })

  it('does not wait for ever on a source that hangs', async () => {
    const never = () => new Promise<void>(() => undefined)
    const { clock, keyring, reads } = lateReceiver(newKey(), { onRead: never })
    const verdict = keyring.verifyFresh(newKey())
    await clock.advance(1_000)
    expect(await verdict).toMatchObject({ ok: false, reason: 'unknown-key' })
    await clock.advance(30_000)
    const next = keyring.verifyFresh(newKey())
    await clock.advance(1_000)
    expect(await next).toMatchObject({ ok: false })
    expect(reads).toHaveLength(1)
  })

  it('refuses what it would have refused when the source cannot be read', async () => {
    const { keyring } = lateReceiver(newKey(), { onRead: () => Promise.reject(new Error('down')) })
    expect(await keyring.verifyFresh(newKey())).toMatchObject({ reason: 'unknown-key' })
  })

  it('answers at once for a key that it knows', async () => {
    const [old, fresh] = [newKey(), newKey()]
    const { live, keyring } = lateReceiver(old)
    live.update(verifiersOf({ current: fresh }))
    expect(keyring.verifyFresh(fresh)).toMatchObject({ ok: true })
    expect(keyring.verifyFresh(old)).toMatchObject({ reason: 'revoked' })
    expect(keyring.verifyFresh('junk')).toMatchObject({ reason: 'malformed' })
    expect(await keyring.verifyFresh(forgedFrom(fresh))).toMatchObject({ reason: 'wrong-secret' })
  })

  it('waits as long for an id that it knows as for one that it does not', () => {
    const key = newKey()
    const waits = [forgedFrom(key), newKey()].map(
      (text) => lateReceiver(key).keyring.verifyFresh(text) instanceof Promise,
    )
    expect(waits).toEqual([true, true])
  })
})

describe('R27 a flood of unknown keys', () => {
  it('reads the source once, then not for half a minute', async () => {
    const { clock, reads, keyring } = lateReceiver(newKey())
    const flood = () =>
      Promise.all(Array.from({ length: 500 }, async () => await keyring.verifyFresh(newKey())))
    await flood()
    await flood()
    await clock.advance(29_999)
    await flood()
    expect(reads).toHaveLength(1)
    await clock.advance(1)
    await flood()
    expect(reads).toHaveLength(2)
  })

  it.each([-3_600_000, 3_600_000])(
    'does not read it earlier when the clock is set by %i ms',
    async (byMs) => {
      const { clock, reads, keyring } = lateReceiver(newKey())
      await keyring.verifyFresh(newKey())
      clock.jump(byMs)
      await keyring.verifyFresh(newKey())
      expect(reads).toHaveLength(1)
    },
  )

  it('lets no more than a hundred wait at a time', () => {
    const { keyring } = lateReceiver(newKey())
    const verdicts = Array.from({ length: 500 }, () => keyring.verifyFresh(newKey()))
    expect(verdicts.filter((verdict) => verdict instanceof Promise)).toHaveLength(100)
  })

  it('from one source does not take the read away from others', async () => {
    const [old, fresh] = [newKey(), newKey()]
    const { clock, source, reads, keyring } = lateReceiver(old, { failuresPerMinute: 5 })
    const flood = async () => {
      for (let i = 0; i < 10; i++) await keyring.verifyFresh(newKey(), '10.0.0.66')
    }
    await flood()
    await clock.advance(30_000)
    await flood()
    expect(reads).toHaveLength(1)
    source.current = fresh
    expect(await keyring.verifyFresh(fresh, '10.0.0.2')).toMatchObject({ ok: true })
  })
})

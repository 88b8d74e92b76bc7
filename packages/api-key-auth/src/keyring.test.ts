import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createKeyring } from './index.ts'
import { keyIdIn, newKey, receiverWith, sealed, verifiersOf } from './live-keys.test.support.ts'

describe('a keyring', () => {
  it('accepts the pending, current and previous key side by side, and says which it was', () => {
    const keys = { pending: newKey(), current: newKey(), previous: newKey() }
    const keyring = createKeyring({ frontend: receiverWith(keys) })
    for (const stage of ['pending', 'current', 'previous'] as const) {
      const keyId = keyIdIn(keys[stage])
      const expected = {
        ok: true,
        caller: 'frontend',
        keyId,
        stage,
        version: `version of ${keyId}`,
      }
      expect(keyring.verify(keys[stage])).toEqual(expected)
    }
  })

  it('tells callers apart', () => {
    const [one, two] = [newKey(), newKey()]
    const keyring = createKeyring({
      frontend: receiverWith({ current: one }),
      signing: receiverWith({ current: two }),
    })
    expect(keyring.verify(one)).toMatchObject({ ok: true, caller: 'frontend' })
    expect(keyring.verify(two)).toMatchObject({ ok: true, caller: 'signing' })
  })

  it('refuses to begin with one key for two callers', () => {
    const live = receiverWith({ current: newKey() })
    expect(() => createKeyring({ frontend: live, signing: live })).toThrow(
      expect.objectContaining({ code: 'refused' }),
    )
  })

  it('does not let a caller take over a key of another one later', () => {
    const [one, two] = [newKey(), newKey()]
    const thief = receiverWith({ current: two })
    const keyring = createKeyring({ frontend: receiverWith({ current: one }), thief })
    thief.update(verifiersOf({ current: one }))
    expect(keyring.verify(two).ok).toBe(false)
    expect(keyring.verify(one)).toMatchObject({ ok: true, caller: 'frontend' })
  })

  it.each([
    ['no key', undefined, 'absent'],
    ['an empty key', '', 'malformed'],
    ['junk', 'hunter2', 'malformed'],
    ['a megabyte', 'a'.repeat(2 ** 20), 'malformed'],
    ['a good checksum on bad fields', sealed('x'.repeat(61)), 'malformed'],
    ['a key that nobody has', newKey(), 'unknown-key'],
  ])('refuses %s', (_, text, reason) => {
    const keyring = createKeyring({ frontend: receiverWith({ current: newKey() }) })
    expect(keyring.verify(text)).toMatchObject({ ok: false, reason })
  })

  it('refuses the id of one key with the secret of another, and names the id only', () => {
    const [mine, other] = [newKey(), newKey()]
    const keyring = createKeyring({ frontend: receiverWith({ current: mine }) })
    const forged = sealed(['rk', 'test', keyIdIn(mine), other.split('_')[3]].join('_'))
    const refused = { ok: false, reason: 'wrong-secret', keyId: keyIdIn(mine), caller: 'frontend' }
    expect(keyring.verify(forged)).toEqual(refused)
  })

  it('refuses a key of another environment that is the same in all the rest', () => {
    const mine = newKey()
    const keyring = createKeyring({ frontend: receiverWith({ current: mine }) })
    const [, , keyId, secret] = mine.split('_')
    const forged = sealed(['rk', 'prod', keyId, secret].join('_'))
    expect(keyring.verify(forged)).toMatchObject({ ok: false, reason: 'wrong-secret' })
  })
})

describe('a keyring during a rotation', () => {
  it('refuses a revoked key at once, and still tells whose it was', () => {
    const [old, fresh] = [newKey(), newKey()]
    const live = receiverWith({ current: fresh, previous: old })
    const keyring = createKeyring({ frontend: live, other: receiverWith({ current: newKey() }) })
    expect(keyring.verify(old).ok).toBe(true)
    live.update(verifiersOf({ current: fresh }))
    const refused = { ok: false, reason: 'unknown-key', keyId: keyIdIn(old), caller: 'frontend' }
    expect(keyring.verify(old)).toEqual(refused)
    expect(keyring.verify(fresh)).toMatchObject({ ok: true, stage: 'current' })
  })

  it('accepts a key again that comes back by a rollback', () => {
    const [old, fresh] = [newKey(), newKey()]
    const live = receiverWith({ current: old })
    const keyring = createKeyring({ frontend: live })
    live.update(verifiersOf({ current: fresh }))
    expect(keyring.verify(old).ok).toBe(false)
    live.update(verifiersOf({ current: old, previous: fresh }))
    expect(keyring.verify(old)).toMatchObject({ ok: true, stage: 'current' })
    expect(keyring.verify(fresh)).toMatchObject({ ok: true, stage: 'previous' })
  })

  it('vetoes a snapshot that cannot be read, and goes on with the one before', () => {
    const [old, fresh] = [newKey(), newKey()]
    const live = receiverWith({ current: old })
    const keyring = createKeyring({ frontend: live })
    const broken = verifiersOf({ current: fresh })
    broken.current.value[Symbol.dispose]()
    expect(() => {
      live.update(broken)
    }).toThrow(expect.objectContaining({ code: 'disposed' }))
    expect(keyring.verify(old).ok).toBe(true)
    live.update(verifiersOf({ current: fresh, previous: old }))
    expect(keyring.verify(fresh).ok).toBe(true)
  })

  it('counts each version where a rotation looks for it, and failures with the caller they belong to', () => {
    const [old, fresh] = [newKey(), newKey()]
    const [live, other] = [
      receiverWith({ current: fresh, previous: old }),
      receiverWith({ current: newKey() }),
    ]
    const keyring = createKeyring({ frontend: live, other })
    for (const key of [old, fresh, fresh]) keyring.verify(key)
    keyring.verify(sealed(['rk', 'test', keyIdIn(old), newKey().split('_')[3]].join('_')))
    keyring.verify(newKey())
    const uses = live.usage.report().versions.map(({ version, uses }) => [version, uses])
    expect(uses).toEqual([
      [`version of ${keyIdIn(old)}`, 1],
      [`version of ${keyIdIn(fresh)}`, 2],
    ])
    expect([live, other].map(({ usage }) => usage.report().failures)).toEqual([1, 0])
  })

  it('counts every failure with the only caller there is', () => {
    const live = receiverWith({ current: newKey() })
    const keyring = createKeyring({ frontend: live })
    for (const text of [undefined, 'junk', newKey()]) keyring.verify(text)
    expect(live.usage.report().failures).toBe(3)
  })

  it('R28 shows one snapshot to each of 10,000 verifications while the set changes, never an empty one', () => {
    let [old, fresh] = [newKey(), newKey()]
    const live = receiverWith({ current: old })
    const keyring = createKeyring({ frontend: live, other: receiverWith({ current: newKey() }) })
    const stageOf = (key: string) => {
      const verdict = keyring.verify(key)
      return verdict.ok ? verdict.stage : verdict.reason
    }
    for (let rotation = 0; rotation < 1_250; rotation++, old = fresh, fresh = newKey()) {
      const seen = [
        { current: old },
        { current: old, pending: fresh },
        { current: fresh, previous: old },
        { current: fresh },
      ].map((keys) => {
        live.update(verifiersOf(keys))
        return [stageOf(old), stageOf(fresh)]
      })
      expect(seen).toEqual([
        ['current', 'unknown-key'],
        ['current', 'pending'],
        ['previous', 'current'],
        ['unknown-key', 'current'],
      ])
    }
  })
})

describe('R27 a flood', () => {
  /** Counts how often a keyring looks at the live secret, which it does for a lookup only. */
  it('of random keys is refused by the checksum, before anything is looked up', () => {
    const known = newKey()
    const keyring = createKeyring({ frontend: receiverWith({ current: known }) })
    for (let i = 0; i < 10_000; i++) {
      const junk = `${newKey().slice(0, -6)}000000`
      expect(keyring.verify(junk)).toEqual({ ok: false, reason: 'malformed' })
    }
    const damaged = `${known.slice(0, -6)}000000`
    expect(keyring.verify(damaged)).toEqual({ ok: false, reason: 'malformed' })
    expect(keyring.verify(newKey())).toMatchObject({ ok: false, reason: 'unknown-key' })
  })

  it('of well-made keys that nobody has leaves nothing behind in memory', () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const keyring = createKeyring({ frontend: receiverWith({ current: newKey() }) })
    const flood = (count: number) => {
      for (let i = 0; i < count; i++) expect(keyring.verify(newKey()).ok).toBe(false)
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    const before = flood(2_000)
    const after = flood(20_000)
    expect(after - before).toBeLessThan(1_000_000)
  })
})

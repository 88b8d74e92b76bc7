import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createKeyring } from '../index.ts'
import {
  forgedFrom,
  keyIdIn,
  newKey,
  receiverWith,
  sealed,
  verifiersOf,
  versionOf,
} from '../../test/live-keys.support.ts'

describe('a keyring', () => {
  it('accepts the pending, current and previous key side by side, and says which it was', () => {
    const keys = { pending: newKey(), current: newKey(), previous: newKey() }
    const keyring = createKeyring({ frontend: receiverWith(keys) })
    for (const stage of ['pending', 'current', 'previous'] as const) {
      const keyId = keyIdIn(keys[stage])
      const version = versionOf(keys[stage])
      const expected = { ok: true, caller: 'frontend', keyId, stage, version }
      expect(keyring.verify(keys[stage])).toMatchObject(expected)
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
    thief.update(verifiersOf({ current: one, previous: newKey() }))
    thief.update(verifiersOf({ current: two, previous: one }))
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

  it('refuses the id of one key with the secret of another, and names public things only', () => {
    const mine = newKey()
    const keyring = createKeyring({ frontend: receiverWith({ current: mine }) })
    expect(keyring.verify(forgedFrom(mine))).toEqual({
      ok: false,
      reason: 'wrong-secret',
      keyId: keyIdIn(mine),
      caller: 'frontend',
      version: versionOf(mine),
    })
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
    const whose = { keyId: keyIdIn(old), caller: 'frontend', version: versionOf(old) }
    expect(keyring.verify(old)).toEqual({ ok: false, reason: 'revoked', ...whose })
    expect(keyring.verify(forgedFrom(old))).toEqual({ ok: false, reason: 'wrong-secret', ...whose })
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
        ['revoked', 'current'],
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

import { describe, expect, it } from 'vitest'
import { createKeyring } from '../index.ts'
import {
  forgedFrom,
  newKey,
  receiverWith,
  verifiersOf,
  versionOf,
} from '../../test/live-keys.support.ts'

describe('a keyring counts', () => {
  it('each version where a rotation looks for it, and failures with the caller they belong to', () => {
    const [old, fresh] = [newKey(), newKey()]
    const live = receiverWith({ current: fresh, previous: old })
    const other = receiverWith({ current: newKey() })
    const keyring = createKeyring({ frontend: live, other })
    for (const key of [old, fresh, fresh]) keyring.verify(key)
    keyring.verify(forgedFrom(old))
    keyring.verify(newKey())
    expect(live.usage.report()).toMatchObject({
      versions: expect.arrayContaining([
        expect.objectContaining({ version: versionOf(old), uses: 1, wrongSecrets: 1 }),
        expect.objectContaining({ version: versionOf(fresh), uses: 2, wrongSecrets: 0 }),
      ]) as unknown,
      failures: 1,
    })
    expect(other.usage.report()).toMatchObject({ versions: [], failures: 0 })
  })

  it('every failure with the only caller there is', () => {
    const live = receiverWith({ current: newKey() })
    const keyring = createKeyring({ frontend: live })
    for (const text of [undefined, 'junk', newKey()]) keyring.verify(text)
    expect(live.usage.report().failures).toBe(3)
  })

  it('where a key that retires is used from, and not where the current one is', () => {
    const [old, fresh] = [newKey(), newKey()]
    const live = receiverWith({ current: fresh, previous: old })
    const keyring = createKeyring({ frontend: live })
    keyring.verify(fresh, '10.0.0.1')
    keyring.verify(old, '10.0.0.2')
    const sources = new Map(
      live.usage.report().versions.map((each) => [each.version, each.sources]),
    )
    expect(sources.get(versionOf(fresh))).toBeUndefined()
    expect(sources.get(versionOf(old))).toMatchObject([{ source: '10.0.0.2', uses: 1 }])
  })

  it('R26 the late uses of a revoked key with its version and where they come from', () => {
    const [old, fresh] = [newKey(), newKey()]
    const live = receiverWith({ current: fresh, previous: old })
    const keyring = createKeyring({ frontend: live, other: receiverWith({ current: newKey() }) })
    keyring.verify(old, '10.0.0.2')
    live.update(verifiersOf({ current: fresh }))
    for (let i = 0; i < 3; i++) keyring.verify(old, '10.0.0.2')
    keyring.verify(forgedFrom(old), '10.0.0.66')
    const late = live.usage.report().versions.find(({ version }) => version === versionOf(old))
    expect(late).toMatchObject({ uses: 1, failures: 3, wrongSecrets: 1 })
    expect(late?.sources).toMatchObject([{ source: '10.0.0.2', uses: 1, failures: 3 }])
  })

  it('a version on, however many others have come and gone, while its key is accepted', () => {
    const old = newKey()
    const live = receiverWith({ current: newKey(), previous: old })
    const keyring = createKeyring({ frontend: live })
    for (let i = 0; i < 40; i++) {
      live.update(verifiersOf({ current: newKey(), pending: newKey(), previous: old }))
    }
    keyring.verify(old)
    expect(live.usage.report().versions).toMatchObject([{ version: versionOf(old), uses: 1 }])
  })
})

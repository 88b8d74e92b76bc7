import type * as crypto from 'node:crypto'
import { afterEach, expect, it, vi } from 'vitest'
import { createKeyring } from '../index.ts'
import { forgedFrom, newKey, receiverWith, verifiersOf } from '../../test/live-keys.support.ts'

const { hash } = vi.hoisted(() => ({ hash: vi.fn() }))
vi.mock('node:crypto', async (importActual) => {
  const actual = await importActual<typeof crypto>()
  hash.mockImplementation(actual.hash)
  return { ...actual, hash }
})

afterEach(() => {
  hash.mockClear()
})

it('hashes a key once whether its id is known or not, and nothing that is not as long as a key', () => {
  const keys = { pending: newKey(), current: newKey(), previous: newKey() }
  const [revoked, unknown] = [newKey(), newKey()]
  const live = receiverWith({ ...keys, previous: revoked })
  const keyring = createKeyring({ frontend: live, other: receiverWith({ current: newKey() }) })
  live.update(verifiersOf(keys))
  const texts = {
    ...keys,
    forged: forgedFrom(keys.current),
    revoked,
    unknown,
    damaged: `${keys.current.slice(0, -6)}000000`,
    junk: 'hunter2',
  }
  const hashed = Object.entries(texts).map(([name, text]) => {
    hash.mockClear()
    keyring.verify(text)
    return [name, hash.mock.calls.length]
  })
  expect(Object.fromEntries(hashed)).toEqual({
    pending: 1,
    current: 1,
    previous: 1,
    forged: 1,
    revoked: 1,
    unknown: 1,
    damaged: 1,
    junk: 0,
  })
})

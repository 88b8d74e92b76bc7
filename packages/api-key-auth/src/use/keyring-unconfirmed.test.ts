import { createLiveSecret } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { authenticate } from '../internal.ts'
import { type ApiKeyVerifier, createKeyring } from '../index.ts'
import { forgedFrom, newKey, receiverWith, verifiersOf } from '../../test/live-keys.support.ts'

const expired = new SecretError('unreachable', 'too old: bring its source back', {
  reason: 'expired',
})
const absent = new SecretError('missing', 'it has no value yet', { reason: 'absent' })

/** A keyring of two callers; the secret of the first one can be made unreadable. */
function openKeyring() {
  const [key, other] = [newKey(), newKey()]
  const state = { problem: undefined as SecretError | undefined }
  const frontend = receiverWith({ current: key }, { check: () => state.problem })
  const signing = receiverWith({ current: other })
  const keyring = createKeyring({ frontend, signing }, { failuresPerMinute: 3 })
  return { key, other, state, frontend, keyring }
}

it('accepts no key of a caller whose secret cannot be read, and again when it can', () => {
  const { key, other, state, keyring } = openKeyring()
  state.problem = expired
  expect(keyring.verify(key)).toMatchObject({
    ok: false,
    reason: 'unconfirmed',
    caller: 'frontend',
  })
  expect(keyring.verify(other).ok).toBe(true)
  state.problem = undefined
  expect(keyring.verify(key).ok).toBe(true)
})

it('says only to who has the key that the fault is here', async () => {
  const { key, state, keyring } = openKeyring()
  state.problem = expired
  const statusOf = async (text: string) => {
    const outcome = await authenticate(keyring, `Bearer ${text}`)
    return outcome.ok ? 200 : outcome.response.status
  }
  expect(await statusOf(key)).toBe(503)
  expect(await statusOf(forgedFrom(key))).toBe(401)
  expect(await statusOf(newKey())).toBe(401)
})

it('counts it against nobody', () => {
  const { key, state, frontend, keyring } = openKeyring()
  state.problem = expired
  for (let n = 0; n < 10; n += 1) keyring.verify(key, '192.0.2.1')
  state.problem = undefined
  expect(frontend.usage.report().failures).toBe(0)
  expect(keyring.verify('junk', '192.0.2.1')).not.toHaveProperty('limited')
})

it('begins without a secret that is not there yet, and learns of it', () => {
  const key = newKey()
  const live = createLiveSecret<ApiKeyVerifier>({ name: 'API_KEY_FRONTEND_SIGNING', absent })
  const keyring = createKeyring({ frontend: live })
  expect(keyring.verify(key)).toMatchObject({ ok: false, reason: 'unknown-key' })
  live.update(verifiersOf({ current: key }))
  expect(keyring.verify(key).ok).toBe(true)
})

it('does not begin with a secret that is too old', () => {
  const live = receiverWith({ current: newKey() }, { check: () => expired })
  expect(() => createKeyring({ frontend: live })).toThrow(expired)
})

import { expect, it } from 'vitest'
import { apiKeyMarkers } from '../index.ts'
import {
  forgedFrom,
  newKey,
  receiverWith,
  sendersOf,
  verifiersOf,
  versionOf,
} from '../../test/live-keys.support.ts'
import { createLiveSecret } from '@rekey/secret/internal'

function receiver() {
  const key = newKey()
  const live = receiverWith({ current: key })
  const sender = createLiveSecret(sendersOf({ current: newKey() }))
  const markers = apiKeyMarkers([sender, live])
  const marker = markers.find(({ literal }) => literal === 'rk_test_')
  return { key, live, sender, identify: (text: string) => marker?.identify(text) }
}

it('identifies a key by its id and digest, whatever follows it', () => {
  const { key, identify } = receiver()
  const name = 'API_KEY_FRONTEND_SIGNING'
  const found = { name, version: versionOf(key), length: key.length }
  for (const end of ['', '-x', `_${'y'.repeat(10_000)}`]) expect(identify(key + end)).toEqual(found)
})

it('identifies no other text', () => {
  const { key, sender, identify } = receiver()
  const sent = sender.current.value.expose().text.expose()
  const parts = [key.slice(0, -1), key.slice(1), `rk_test_${'z'.repeat(70)}`, 'rk_test_']
  for (const text of [newKey(), forgedFrom(key), sent, ...parts]) {
    expect(identify(text)).toBeUndefined()
  }
})

it('identifies the versions that are live', () => {
  const { key, live, identify } = receiver()
  const next = newKey()
  live.update(verifiersOf({ current: next, previous: key }))
  expect([next, key].map((text) => identify(text)?.version)).toEqual([next, key].map(versionOf))
  live.update(verifiersOf({ current: next }))
  expect(identify(key)).toBeUndefined()
})

import { expect, it } from 'vitest'
import { createKeyring } from '../index.ts'
import { keyIdIn, newKey, receiverWith, sealed, verifiersOf } from '../../test/live-keys.support.ts'

/** A key whose id begins as that of `key` does. */
function keyLike(key: string): string {
  const fresh = newKey()
  const [prefix, environment, keyId = '', secret] = fresh.split('_')
  const alike = `${keyIdIn(key).slice(0, 5)}${keyId.slice(5)}`
  return sealed([prefix, environment, alike, secret].join('_'))
}

it('distinguishes keys whose ids begin alike, whichever of them is revoked first', () => {
  const first = newKey()
  const [second, third, unknown] = [keyLike(first), keyLike(first), keyLike(first)]
  const lives = [first, second, third].map((current) => receiverWith({ current }))
  const [a, b, c] = lives
  if (a === undefined || b === undefined || c === undefined) throw new Error('three callers')
  const keyring = createKeyring({ a, b, c })
  const answers = () =>
    [first, second, third, unknown].map((key) => {
      const verdict = keyring.verify(key)
      return verdict.ok ? verdict.caller : `${verdict.caller ?? ''} ${verdict.reason}`
    })
  expect(answers()).toEqual(['a', 'b', 'c', ' unknown-key'])
  a.update(verifiersOf({ current: newKey() }))
  expect(answers()).toEqual(['a revoked', 'b', 'c', ' unknown-key'])
  for (let n = 0; n < 8; n += 1) a.update(verifiersOf({ current: newKey() }))
  expect(answers()).toEqual([' unknown-key', 'b', 'c', ' unknown-key'])
  b.update(verifiersOf({ current: keyLike(first), previous: second }))
  a.update(verifiersOf({ current: first }))
  expect(answers()).toEqual(['a', 'b', 'c', ' unknown-key'])
  b.update(verifiersOf({ current: newKey() }))
  expect(answers()).toEqual(['a', 'b revoked', 'c', ' unknown-key'])
})

it('does not take an id for another one that has other characters in its place', () => {
  const key = newKey()
  const keyring = createKeyring({
    a: receiverWith({ current: key }),
    b: receiverWith({ current: newKey() }),
  })
  for (const other of ['-', 'é', '\u0000', '東']) {
    const [prefix, environment, keyId = '', secret] = key.split('_')
    const body = [prefix, environment, `${other}${keyId.slice(1)}`, secret].join('_')
    expect(keyring.verify(`${body}_${key.slice(-6)}`)).toEqual({ ok: false, reason: 'malformed' })
  }
})

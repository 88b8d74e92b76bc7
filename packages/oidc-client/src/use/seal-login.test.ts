import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { openSealedLogin, sealLogin } from '../index.ts'

const KEY = randomBytes(32)
const STATE = 'the state of a login, with ü'

it('opens what was sealed with one of the keys, and hides it from the browser', () => {
  const sealed = sealLogin(STATE, KEY)
  expect(openSealedLogin(sealed, [randomBytes(32), KEY])).toBe(STATE)
  expect(Buffer.from(sealed, 'base64url').includes('login')).toBe(false)
  expect(sealLogin(STATE, KEY)).not.toBe(sealed)
})

it('opens nothing of another key, and nothing that was changed or cut', () => {
  const sealed = sealLogin(STATE, KEY)
  expect(openSealedLogin(sealed, [randomBytes(32)])).toBeUndefined()
  const bytes = Buffer.from(sealed, 'base64url')
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(openSealedLogin(changed.toString('base64url'), [KEY]), `byte ${at}`).toBeUndefined()
    const cut = bytes.subarray(0, at).toString('base64url')
    expect(openSealedLogin(cut, [KEY]), `cut at ${at}`).toBeUndefined()
  }
})

import { randomBytes } from 'node:crypto'
import { Secret } from '@rekey/secret'
import { expect, it } from 'vitest'
import { failureOf, freshPath } from '../test/ca.support.ts'
import { createCa } from './index.ts'
import { generatePassphrase } from './internal.ts'
import { checkNewPassphrase } from './passphrase-strength.ts'

const weak = [
  'password1password1password1passw',
  'abcdefghijklmnopqrstuvwxyz0123456789',
  'qwertyuiopasdfghjklzxcvbnm1234567890',
  '1987-06-25 1993-10-14 2005-07-31',
]

/** Checks a text, and its bytes. */
async function check(text: string): Promise<void> {
  await checkNewPassphrase(Secret.of<Uint8Array>(Buffer.from(text), 'BYTES'))
  await checkNewPassphrase(Secret.of(text, 'TEXT'))
}

it.each(weak)('K2: takes no long passphrase that can be guessed (%#)', async (text) => {
  const error = await failureOf(() => check(text), [text])
  expect(error).toMatchObject({ code: 'malformed' })
  expect(error.message).toContain('generatePassphrase')
})

it('takes random ones and long ones of unrelated words', async () => {
  await check(randomBytes(24).toString('base64url'))
  await check('orbit-maple-candle-drift-velvet-anchor-puzzle-river')
})

it('generates passphrases that are all different, all accepted, and marked for development if asked', async () => {
  const texts = Array.from({ length: 200 }, () => generatePassphrase().expose())
  expect(new Set(texts).size).toBe(200)
  for (const text of texts) {
    expect(text).toMatch(/^[0-9a-hjkmnp-tv-z]{4}(?:-[0-9a-hjkmnp-tv-z]{4}){8}$/)
    await check(text)
  }
  const marked = generatePassphrase({ development: true }).expose()
  expect(marked).toMatch(/^dev-/)
  await check(marked)
})

it('makes no CA with a passphrase that can be guessed', async () => {
  const [text = ''] = weak
  const place = { directory: freshPath(), passphrase: Secret.of(text, 'WEAK') }
  const error = await failureOf(() => createCa({ ...place, commonName: 'Test CA' }), [text])
  expect(error).toMatchObject({ code: 'malformed', details: { reason: 'passphrase-strength' } })
})

import { randomBytes, scryptSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { deriveSlotKey } from './derive-key.ts'

it('K5: derives the key of a passphrase at a cost of 128 MiB', async () => {
  const [passphrase, salt] = [randomBytes(24), randomBytes(32)]
  const cost = { n: 2 ** 17, r: 8, p: 1 }
  const slot = { slot: 'service', kdf: 'scrypt', ...cost, nonce: '', wrapped: '' } as const
  const key = await deriveSlotKey(
    { ...slot, salt: salt.toString('base64') },
    { slot: 'service', passphrase },
  )
  const options = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 }
  expect(key).toEqual(scryptSync(passphrase, salt, 32, options))
}, 30_000)

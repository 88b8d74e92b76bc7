import crypto, { scrypt } from 'node:crypto'
import { expect, it } from 'vitest'
import { recallScrypt, replaceScrypt } from './recall-scrypt.ts'

const genuine = crypto.scrypt
let derivations = 0
Object.assign(crypto, {
  scrypt: (...args: Parameters<typeof genuine>) => {
    derivations += 1
    genuine(...args)
  },
})
const keys = recallScrypt()

function derive(password: string, salt: string, N = 1024): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, { N }, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

it('gives the key that scrypt derives, and derives it once', async () => {
  const expected = crypto.scryptSync('password', 'salt', 32, { N: 1024 })
  const before = derivations
  expect(await derive('password', 'salt')).toEqual(expected)
  const second = await derive('password', 'salt')
  expect(second).toEqual(expected)
  expect(derivations).toBe(before + 1)
  second.fill(0)
  expect(await derive('password', 'salt')).toEqual(expected)
})

it('derives a key of its own for another password, salt or cost, and after all were forgotten', async () => {
  const before = derivations
  const texts = [
    await derive('ab', 'c'),
    await derive('a', 'bc'),
    await derive('ab', 'bc'),
    await derive('ab', 'c', 2048),
  ].map((key) => key.toString('hex'))
  expect(new Set(texts).size).toBe(4)
  keys.forget()
  await derive('ab', 'c')
  expect(derivations).toBe(before + 5)
})

it('leaves an error of scrypt as it is, and remembers none', async () => {
  const before = derivations
  const refused = async () => derive('password', 'salt', 2 ** 20)
  await expect(refused()).rejects.toThrow(/memory limit exceeded/i)
  await expect(refused()).rejects.toThrow(/memory limit exceeded/i)
  expect(derivations).toBe(before + 2)
})

it('derives a key for each password, salt and cost without scrypt, once that is replaced', async () => {
  replaceScrypt()
  const before = derivations
  const key = await derive('ab', 'c')
  expect(key).toHaveLength(32)
  expect(await derive('ab', 'c')).toEqual(key)
  const others = [await derive('a', 'bc'), await derive('ab', 'bc'), await derive('ab', 'c', 2048)]
  expect(new Set([key, ...others].map((one) => one.toString('hex'))).size).toBe(4)
  expect(derivations).toBe(before)
})

import { SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { kafkaLogin } from '../index.ts'

const password = 'p'.repeat(32)

it.each([
  ['no colon', `shop${password}`, 'it begins with no user'],
  ['no user', `:${password}`, 'it begins with no user'],
  ['the user of all', `*:${password}`, 'it begins with no user'],
  ['a user that SCRAM escapes', `a,b:${password}`, 'it begins with no user'],
  ['a short password', 'shop:short', 'is shorter than 32 characters'],
  ['a line break', `shop:${password}\n`, 'no visible ASCII'],
])('a login with %s is malformed, and its text is not shown', (_, text, why) => {
  const parse = () => kafkaLogin().parse(text)
  expect(parse).toThrow(SecretError)
  expect(parse).toThrow(why)
  expect(parse).not.toThrow(password)
})

it('a login is read with its user, and whether it is for development', () => {
  const text = `shop@eu:dev-${password}:1`
  expect(kafkaLogin().parse(text)).toMatchObject({
    ...{ id: 'shop@eu', value: text, nonProduction: true },
    sensitive: [text, `dev-${password}:1`],
  })
})

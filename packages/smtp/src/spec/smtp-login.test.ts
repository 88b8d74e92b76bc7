import { randomBytes } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { smtpLogin } from '../index.ts'

const password = randomBytes(24).toString('base64url')

it.each([
  ['no URL', password, 'it is no URL of SMTP'],
  ['another protocol', `https://shop:${password}@mail/`, 'it is no URL of SMTP'],
  ['no user', `smtps://:${password}@mail`, 'it has no user'],
  ['no password', 'smtps://shop@mail', 'no password'],
  ['a short password', 'smtps://shop:short@mail', 'is shorter than 32 characters'],
  ['a broken escape', `smtps://shop:${password}%zz@mail`, 'a % that begins no character'],
  ['a line break', `smtps://shop:${password}%0A@mail`, 'has control characters'],
])('a login with %s is malformed, and its text is not shown', (_, text, why) => {
  const parse = () => smtpLogin().parse(text)
  expect(parse).toThrow(SecretError)
  expect(parse).toThrow(why)
  expect(parse).not.toThrow(password)
})

it('a login is read with its user, and whether it is for development', () => {
  const text = `smtps://sh%40p:dev-${password}@mail`
  expect(smtpLogin().parse(text)).toMatchObject({ id: 'sh@p', value: text, nonProduction: true })
  expect(smtpLogin().nameFor('shop')).toBe('SMTP_SHOP')
})

it('a shorter password is taken where that is declared', () => {
  expect(() =>
    smtpLogin({ minLength: 16 }).parse('smtps://shop:sixteenletterspw@mail'),
  ).not.toThrow()
})

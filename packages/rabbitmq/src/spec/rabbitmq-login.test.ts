import { SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { rabbitMqLogin } from '../index.ts'

const password = 'p'.repeat(32)

it.each([
  ['no URL', 'rabbit', 'it is no URL of AMQP'],
  ['another protocol', `https://shop:${password}@rabbit/`, 'it is no URL of AMQP'],
  ['no user', `amqps://:${password}@rabbit/`, 'it names no user'],
  ['a short password', 'amqps://shop:short@rabbit/', 'is shorter than 32 characters'],
  ['a broken escape', `amqps://shop:${password}%zz@rabbit/`, 'a % that begins no character'],
  ['clear text over the network', `amqp://shop:${password}@rabbit/`, 'write amqps://'],
])('a login with %s is malformed, and its text is not shown', (_, text, why) => {
  const parse = () => rabbitMqLogin().parse(text)
  expect(parse).toThrow(SecretError)
  expect(parse).toThrow(why)
  expect(parse).not.toThrow(password)
})

it('a login is read with its user, and whether it is for development', () => {
  const text = `amqps://sh%40p:dev-${password}@rabbit:5671/orders`
  expect(rabbitMqLogin().parse(text)).toMatchObject({
    id: 'sh@p',
    value: text,
    nonProduction: true,
  })
})

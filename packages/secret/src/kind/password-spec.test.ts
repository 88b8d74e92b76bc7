import { expect, it } from 'vitest'
import { NON_PRODUCTION_PREFIX, Secret } from '../index.ts'
import { createLoginSpec, createPasswordSpec } from './internal.ts'

/** The least text that is long enough: a fake. */
const TEXT = '!~'.repeat(16)

it('declares a password of one service', () => {
  const spec = createPasswordSpec('redis')
  expect(spec).toMatchObject({
    ...{ kind: 'redis', rule: 'at least 32 visible characters of ASCII' },
    ...{ access: { end: 'owner' }, minLength: 32 },
  })
  expect(spec.nameFor('vpn-shop')).toBe('REDIS_VPN_SHOP')
  expect(spec.parse(TEXT)).toEqual({ value: TEXT, sensitive: [TEXT], nonProduction: false })
})

it('knows a password of development by its mark', () => {
  const marked = NON_PRODUCTION_PREFIX + TEXT
  expect(createPasswordSpec('redis').parse(marked)).toMatchObject({ nonProduction: true })
  const atEnd = TEXT + NON_PRODUCTION_PREFIX
  expect(createPasswordSpec('redis').parse(atEnd)).toMatchObject({ nonProduction: false })
})

const SHORT = 'it is shorter than 32 characters: issue a new one with rekey issue redis'
const BLANK =
  'it has blanks or characters beyond ASCII: store the password alone, without a line break'

it.each([
  ['31 characters', TEXT.slice(1), SHORT],
  ['a line break', `${TEXT}\n`, BLANK],
  ['a blank before it', ` ${TEXT}`, BLANK],
  ['a letter beyond ASCII', `${TEXT}é${TEXT}`, BLANK],
])('refuses %s as a password', (_, text, message) => {
  expect(() => createPasswordSpec('redis').parse(text)).toThrow(
    expect.objectContaining({ code: 'malformed', message }),
  )
})

const specOfLogin = (password: string) =>
  createLoginSpec('mongodb', 'a URL with', (text) => ({
    user: `user of ${text}`,
    password: Secret.of(password, 'MONGODB_SHOP'),
  }))

it('declares a login that has its password in its text', () => {
  const spec = specOfLogin(TEXT)
  expect(spec).toMatchObject({
    ...{ kind: 'mongodb', rule: 'a URL with a password of at least 32 characters' },
    ...{ access: { end: 'owner' }, minLength: 32 },
  })
  expect(spec.nameFor('shop')).toBe('MONGODB_SHOP')
  const { value, id, sensitive, nonProduction } = spec.parse('login')
  expect([value, id, sensitive]).toEqual(['login', 'user of login', ['login', TEXT]])
  expect(nonProduction).toBe(false)
})

it('knows a login of development by the mark of its password', () => {
  const parsed = (password: string) => specOfLogin(password).parse('login').nonProduction
  expect(parsed(NON_PRODUCTION_PREFIX + TEXT)).toBe(true)
  expect(parsed(TEXT + NON_PRODUCTION_PREFIX)).toBe(false)
})

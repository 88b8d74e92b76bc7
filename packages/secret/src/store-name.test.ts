import { storeName } from './index.ts'
import { isServiceName, SECRET_NAME, SECRET_NAME_RULE, SERVICE_NAME_RULE } from './internal.ts'
import { expect, it } from 'vitest'

it.each([
  'a',
  'shop',
  'shop2',
  'vpn-frontend',
  'vpn-front2-end3',
  'filer',
  'file-shop',
  'afile',
  'pending-shop',
  'a-previous',
  'x'.repeat(63),
])('%s names a service', (name) => {
  expect(isServiceName(name)).toBe(true)
})

it.each([
  ...['', '2shop', '-shop', 'shop-', 'vpn--frontend', 'Shop', 'sHop', 'vpn_frontend', 'vpn-Front'],
  ...['a b', 'a.b', 'shop\n', ' shop', 'x'.repeat(64)],
  ...['pending', 'previous', 'file', 'shop-file'],
])('%j names no service', (name) => {
  expect(isServiceName(name)).toBe(false)
})

it.each([
  ['database', ['shop'], 'DATABASE_SHOP'],
  ['database', ['vpn-frontend'], 'DATABASE_VPN_FRONTEND'],
  ['database', ['a-b-c'], 'DATABASE_A_B_C'],
  ['api-key', ['frontend', 'signing'], 'API_KEY_FRONTEND_SIGNING'],
  ['api-key', ['vpn-frontend', 'signing'], 'API_KEY_VPN_FRONTEND__SIGNING'],
  ['api-key', ['a', 'b-c'], 'API_KEY_A__B_C'],
])('the %s of %j is called %s in the store', (kind, parties, name) => {
  expect(storeName(kind, parties)).toBe(name)
  expect(name).toMatch(SECRET_NAME)
})

it('names the party that no store could hold, and how a service is named', () => {
  const rule =
    'a service name is a small letter, then small letters and digits, in parts joined by single hyphens, 63 characters at most; not pending, previous, or ending in file as a part'
  expect(SERVICE_NAME_RULE).toBe(rule)
  expect(() => storeName('api-key', ['shop', 'no"good'])).toThrow(
    expect.objectContaining({ code: 'malformed', message: `"no\\"good" is no service: ${rule}` }),
  )
})

it.each(['a', '_A', '2A', 'A-B', 'Ab', 'A ', ' A', ''])('%j names no secret', (name) => {
  expect(name).not.toMatch(SECRET_NAME)
})

it('says how a secret is named', () => {
  expect('A2_B').toMatch(SECRET_NAME)
  expect(SECRET_NAME_RULE).toBe('write the name of a secret in the store, such as DATABASE_ROTATOR')
})

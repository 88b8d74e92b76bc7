import { expect, it } from 'vitest'
import { parseLoginSettings } from './index.ts'
import { roleOf } from './role-of.ts'

const WHOLE = {
  issuer: 'https://login.example',
  clientId: 'console',
  publicUrl: 'https://console.example',
  roles: { claim: 'groups', viewer: ['watchers'], operator: ['on-call'] },
}
const parse = (changes: object) => parseLoginSettings(JSON.stringify({ ...WHOLE, ...changes }), 'f')

it('takes a whole file, with an hour for a session and the client secret by HTTP Basic', () => {
  expect(parse({ publicUrl: 'https://console.example/' })).toMatchObject({
    ...WHOLE,
    ...{ clientAuthentication: 'client_secret_basic', sessionMs: 3_600_000, idleMs: 900_000 },
  })
})

it.each([
  ['a secret in the file', { clientSecret: 'x' }, 'malformed'],
  ['a field of another name', { role: {} }, 'malformed'],
  ['no roles', { roles: undefined }, 'malformed'],
  ['a scope without openid', { scope: 'email' }, 'malformed'],
  ['a session of more than a day', { sessionMs: 86_400_001 }, 'malformed'],
  ['an address with a path', { publicUrl: 'https://console.example/rekey' }, 'malformed'],
  ['an address of clear text', { publicUrl: 'http://console.example' }, 'refused'],
  ['a provider of clear text', { issuer: 'http://login.example' }, 'refused'],
  [
    'a certificate for an address without https',
    { publicUrl: 'http://127.0.0.1:1', tls: { certificateFile: 'c', keyFile: 'k' } },
    'malformed',
  ],
])('refuses %s', (_what, changes, code) => {
  expect(() => parse(changes)).toThrow(expect.objectContaining({ code }))
})

it('names the place of a mistake and not what stands there', () => {
  const wrong = { ...WHOLE, clientAuthentication: 'hunter2' }
  const parsing = () => parseLoginSettings(JSON.stringify(wrong), 'login.json')
  expect(parsing).toThrow(/^login\.json .*clientAuthentication: invalid_value$/)
  expect(() => parseLoginSettings('hunter2', 'login.json')).toThrow(
    /^login\.json .* no JSON at line 1, column 1: correct it there$/,
  )
})

it('finds a role by a path into the claims, and none where the path ends', () => {
  const roles = { claim: ['realm_access', 'roles'], viewer: ['see'], operator: ['act'] }
  expect(roleOf({ realm_access: { roles: ['act', 'see'] } }, roles)).toBe('operator')
  expect(roleOf({ realm_access: { roles: 'see' } }, roles)).toBe('viewer')
  expect(roleOf({ realm_access: null }, roles)).toBeUndefined()
  expect(roleOf({ realm_access: { roles: [] } }, roles)).toBeUndefined()
  const inherited = { claim: ['constructor', 'name'], viewer: ['Object'], operator: [] }
  expect(roleOf({}, inherited)).toBeUndefined()
})

it('an e-mail address gives a role only once the provider has verified it', () => {
  const roles = { claim: 'email', viewer: [], operator: ['a@example.test'] }
  expect(roleOf({ email: 'a@example.test', email_verified: true }, roles)).toBe('operator')
  expect(roleOf({ email: 'a@example.test', email_verified: false }, roles)).toBeUndefined()
  expect(roleOf({ email: 'a@example.test' }, roles)).toBeUndefined()
})

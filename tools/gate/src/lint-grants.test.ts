import { expect, it } from 'vitest'
import { type AccessPolicy, lintGrants, POLICY } from './index.ts'

it('tells the linter of every service what the policy grants it', () => {
  expect(lintGrants(POLICY)).toEqual({
    certtransparency: { kinds: ['database'], callsTo: [], calledBy: ['signing'] },
    frontend: { kinds: ['oidc-client', 'database'], callsTo: ['signing'], calledBy: [] },
    signing: {
      kinds: ['ca-passphrase'],
      callsTo: ['certtransparency'],
      calledBy: ['frontend'],
    },
  })
})

it('also names a service that has no secret but the key of its call', () => {
  const policy: AccessPolicy = {
    kinds: { 'api-key': { holders: 'callers', minLength: 32 } },
    calls: [['billing', 'mail']],
  }
  expect(lintGrants(policy)).toEqual({
    billing: { kinds: [], callsTo: ['mail'], calledBy: [] },
    mail: { kinds: [], callsTo: [], calledBy: ['billing'] },
  })
})

it('follows a change of the policy', () => {
  const kinds = { ...POLICY.kinds, tls: { holders: ['signing'], minLength: 64 } }
  const { signing } = lintGrants({ ...POLICY, kinds })
  expect(signing?.kinds).toEqual(['ca-passphrase', 'tls'])
})

import { expect, it } from 'vitest'
import { LONG, SHOP } from '../../test/family/family.support.ts'
import { defineFamily, lintGrants } from './index.ts'

const GRANTS = {
  billing: {
    kinds: ['ca-passphrase', 'oidc-client'],
    callsTo: [LONG],
    calledBy: ['shop-front'],
  },
  [LONG]: { kinds: ['database'], callsTo: [], calledBy: ['billing'] },
  'shop-front': { kinds: ['database', 'oidc-client'], callsTo: ['billing'], calledBy: [] },
}

it('grants each service in the linter what the family grants it, read from the declaration alone', () => {
  expect(lintGrants(SHOP)).toEqual(GRANTS)
  expect(lintGrants(defineFamily(SHOP))).toEqual(GRANTS)
})

it('grants a service nothing that holds no secret but the key of its call', () => {
  const services = ['billing', 'mail']
  expect(lintGrants({ services, secrets: { 'api-key': ['billing:mail'] } })).toEqual({
    billing: { kinds: [], callsTo: ['mail'], calledBy: [] },
    mail: { kinds: [], callsTo: [], calledBy: ['billing'] },
  })
})

it('grants a kind of secret that is shared with a third party to the service that holds it', () => {
  const secrets = { integration: ['billing:smtp', 'billing:crm'] }
  expect(lintGrants({ services: ['billing'], secrets })).toEqual({
    billing: { kinds: ['integration'], callsTo: [], calledBy: [] },
  })
})

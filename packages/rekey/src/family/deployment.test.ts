import { expect, it } from 'vitest'
import { SHOP } from '../../test/family/family.support.ts'
import { defineFamily, FamilyError } from './index.ts'
import { parseDeployment } from './internal.ts'

const issuer = 'https://login.example.test'
const PLACES = {
  store: { locator: 'vault:secret/shop' },
  fleet: [],
  validationMs: 60_000,
  auditDirectory: '/var/lib/rekey',
  providers: { staff: { kind: 'manual', issuer }, partners: { kind: 'manual', issuer } },
} as const

it('is a family with its store, fleet, times and audit log; for production, with its journal at the server main', () => {
  expect(parseDeployment({ ...SHOP, ...PLACES }, 'deployment.json')).toEqual({
    ...defineFamily(SHOP),
    ...PLACES,
    store: { ...PLACES.store, variables: {} },
    environment: 'production',
    journal: 'main',
  })
})

it('names each part that is missing for a rotation, and no part that is there', () => {
  const problemsOf = (declaration: object) => {
    try {
      return [parseDeployment(declaration, 'deployment.json')]
    } catch (error) {
      if (!(error instanceof FamilyError)) throw error
      return error.problems.map(({ path }) => path)
    }
  }
  const clients = ['clients[0].provider', 'clients[1].provider']
  expect(problemsOf(SHOP)).toEqual(['store', 'fleet', 'validationMs', 'auditDirectory', ...clients])
  expect(problemsOf({ ...SHOP, ...PLACES, providers: {} })).toEqual(clients)
  const inDatabase = { ...PLACES, auditDirectory: undefined, auditDatabase: 'DATABASE_AUDIT' }
  expect(problemsOf({ ...SHOP, ...inDatabase, providers: {} })).toEqual(clients)
  const inBoth = { ...SHOP, ...PLACES, auditDatabase: 'DATABASE_AUDIT' }
  expect(problemsOf(inBoth)).toEqual(['auditDatabase'])
})

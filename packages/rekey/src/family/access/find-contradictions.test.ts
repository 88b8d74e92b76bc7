import { postgresLogin } from '@rekey/db-pool-rotator'
import type { SecretSpec } from '@rekey/secret'
import { expect, it } from 'vitest'
import { DEFINITIONS, LONG, SHOP, specOf } from '../../../test/family/family.support.ts'
import { defineFamily, type FamilyDeclaration, findContradictions } from '../index.ts'

const FILE = { file: 'family.json' }

/** The definition of a service, or one secret in it. */
function at(service: string, part?: string) {
  const file = `services/${service}/src/secrets.ts`
  return part === undefined ? { file } : { file, part }
}

/** The contradictions if `service` declares `secrets` instead of, or beside, its own; `undefined` takes one away. */
function breachesWith(service: string, secrets: Record<string, SecretSpec | undefined>) {
  const changed = DEFINITIONS.map((definition) => {
    if (definition.name !== service) return definition
    const all = Object.entries({ ...definition.secrets, ...secrets })
    const kept = all.flatMap(([key, spec]) => (spec === undefined ? [] : [[key, spec] as const]))
    return { ...definition, secrets: Object.fromEntries(kept) }
  })
  const found = findContradictions(defineFamily(SHOP), changed, FILE)
  return found.map(({ rule, where, why }) => ({ rule, where, why }))
}

/** The contradictions if the family grants something else. */
function breachesUnder(declaration: Partial<FamilyDeclaration>) {
  const family = defineFamily({ ...SHOP, ...declaration })
  const found = findContradictions(family, DEFINITIONS, FILE)
  return found.map(({ rule, where: { part }, why }) => ({ rule, part, why }))
}

it('finds no contradiction in a family with hyphens, two servers and names of 63 characters', () => {
  expect(LONG).toHaveLength(63)
  expect(findContradictions(defineFamily(SHOP), DEFINITIONS, FILE)).toEqual([])
})

it('keeps a secret to the services that the family grants it', () => {
  expect(breachesWith(LONG, { oidc: specOf('billing', 'oidc') })).toEqual([
    {
      rule: 'holder',
      where: at(LONG, 'secrets.oidc'),
      why: `${LONG} holds a secret of the kind oidc-client; only shop-front and billing may`,
    },
  ])
  expect(breachesWith('billing', { database: specOf('shop-front', 'database') })).toMatchObject([
    { rule: 'holder', where: at('billing', 'secrets.database') },
  ])
})

it('names a kind that the family does not declare', () => {
  const other = { ...specOf('shop-front', 'database'), kind: 'other', nameFor: () => 'OTHER' }
  expect(breachesWith('shop-front', { other })).toMatchObject([
    { rule: 'unknown-kind', why: 'the family has no secret of the kind other' },
  ])
})

it('gives a service one database login', () => {
  const second = { ...specOf('shop-front', 'database'), nameFor: () => 'DATABASE_REPORTS' }
  expect(breachesWith('shop-front', { second })).toMatchObject([
    { rule: 'one-each', where: at('shop-front', 'secrets.second') },
  ])
})

it('lets no two services share a database login', () => {
  const spec = specOf(LONG, 'database')
  const shared = { ...spec, nameFor: () => spec.nameFor(LONG) }
  const found = breachesWith('shop-front', { database: shared })
  expect(found.map(({ rule, where }) => [rule, where.file])).toEqual([
    ['shared', `services/${LONG}/src/secrets.ts`],
    ['store-name', 'services/shop-front/src/secrets.ts'],
  ])
})

it('names a secret that its service reads under another name than the family gives it', () => {
  const renamed = { ...specOf('shop-front', 'database'), nameFor: () => 'DATABASE_PORTAL' }
  expect(breachesWith('shop-front', { database: renamed })).toEqual([
    {
      rule: 'store-name',
      where: at('shop-front', 'secrets.database'),
      why: 'shop-front reads DATABASE_PORTAL; in the family it is DATABASE_SHOP_FRONT',
    },
  ])
})

it('names a login that expects another owner role than the family declares', () => {
  const other = postgresLogin({ ownerRole: 'portal' })
  expect(breachesWith('shop-front', { database: other })).toEqual([
    {
      rule: 'owner-role',
      where: at('shop-front', 'secrets.database'),
      why: 'shop-front expects the owner role portal; the family declares portal-owner',
    },
  ])
  expect(breachesWith('shop-front', { database: postgresLogin() })).toEqual([])
})

it('gives each API key one sender and one receiver', () => {
  const missing = 'the key for shop-front→billing has 0 receivers; it must have exactly one'
  expect(breachesWith('billing', { caller: undefined })).toMatchObject([
    { rule: 'call-ends', where: at('billing'), why: missing },
  ])
  expect(breachesWith('shop-front', { again: specOf('shop-front', 'key') })).toMatchObject([
    { rule: 'call-ends', where: at('shop-front', 'secrets.again') },
  ])
})

it('names a key for a call that the family does not declare', () => {
  expect(breachesWith('shop-front', { record: specOf('billing', 'record') })).toMatchObject([
    {
      rule: 'call',
      where: at('shop-front', 'secrets.record'),
      why: `it is a key for shop-front→${LONG}, a call that the family does not declare`,
    },
  ])
})

it('does not take two ends for a pair that name their key differently', () => {
  const renamed = { ...specOf('billing', 'caller'), nameFor: () => 'API_KEY_OTHER' }
  expect(breachesWith('billing', { caller: renamed })).toMatchObject([
    { rule: 'call-name', where: at('billing', 'secrets.caller') },
  ])
})

it('holds every secret to the least length of its kind', () => {
  const short = { ...specOf('billing', 'ca'), minLength: 31 }
  expect(breachesWith('billing', { ca: short })).toMatchObject([
    {
      rule: 'min-length',
      why: 'it asks for 31 characters; the family requires 32 of the kind ca-passphrase',
    },
  ])
  expect(breachesUnder({ policy: { minLength: { 'ca-passphrase': 40 } } })).toMatchObject([
    { rule: 'min-length', part: 'secrets.ca' },
  ])
})

it('tries a spec that declares more than it accepts', () => {
  const parse = (text: string) => ({ value: text, sensitive: [text], nonProduction: false })
  expect(breachesWith('billing', { ca: { ...specOf('billing', 'ca'), parse } })).toMatchObject([
    { rule: 'min-length', why: expect.stringContaining('accepts 31 random characters') as string },
  ])
})

it('names a grant without a secret, in the part of the declaration that grants it', () => {
  const secrets = { ...SHOP.secrets, 'ca-passphrase': ['billing', LONG], mail: ['shop-front'] }
  expect(breachesUnder({ secrets })).toEqual([
    {
      rule: 'unused-grant',
      part: 'secrets.ca-passphrase',
      why: `${LONG} may hold the secret ca-passphrase ${LONG} and declares none`,
    },
    {
      rule: 'unused-grant',
      part: 'secrets.mail',
      why: 'shop-front may hold the secret mail shop-front and declares none',
    },
  ])
  expect(breachesWith('shop-front', { database: undefined })).toMatchObject([
    { rule: 'unused-grant', where: { file: 'family.json', part: 'databases' } },
  ])
})

it('names a call without ends', () => {
  const calls = [...SHOP.secrets['api-key'], `${LONG}:shop-front`]
  const found = breachesUnder({ secrets: { ...SHOP.secrets, 'api-key': calls } })
  expect(found.map(({ rule }) => rule)).toEqual(['call-ends', 'call-ends'])
})

it('names a service without a definition, and a definition without a service', () => {
  const family = defineFamily({ ...SHOP, services: [...SHOP.services, 'mail'] })
  const stranger = { name: 'reports', secrets: {}, file: 'services/reports/src/secrets.ts' }
  const found = findContradictions(family, [...DEFINITIONS, stranger], FILE)
  expect(found.map(({ rule, where }) => [rule, where])).toEqual([
    ['stranger', { file: 'services/reports/src/secrets.ts' }],
    ['absent-service', { file: 'family.json', part: 'services' }],
  ])
})

it('names each of several contradictions', () => {
  const found = breachesWith('billing', {
    oidc: undefined,
    database: specOf('shop-front', 'database'),
    ca: { ...specOf('billing', 'ca'), minLength: 8 },
  })
  expect(found.map(({ rule }) => rule)).toEqual(['holder', 'min-length', 'unused-grant'])
})

it('reports nothing as missing that a definition may hold which could not be read', () => {
  const others = DEFINITIONS.filter(({ name }) => name !== 'billing')
  const family = defineFamily(SHOP)
  expect(findContradictions(family, others, { ...FILE, isComplete: false })).toEqual([])
  const rules = findContradictions(family, others, FILE).map(({ rule }) => rule)
  expect(rules).toEqual([
    'absent-service',
    'call-ends',
    'call-ends',
    'unused-grant',
    'unused-grant',
  ])
})

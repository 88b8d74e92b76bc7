import { join } from 'node:path'
import type { SecretSpec } from '@rekey/secret'
import { beforeAll, expect, it } from 'vitest'
import {
  type AccessPolicy,
  checkAccess,
  listServices,
  loadDefinitions,
  type LocatedDefinition,
  type Place,
  POLICY,
} from './index.ts'

const repository = join(import.meta.dirname, '../../..')
let definitions: readonly LocatedDefinition[]
beforeAll(async () => {
  const services = await listServices(repository)
  definitions = (await loadDefinitions(repository, services)).definitions
})

/** The definition of a service, or one secret in it. */
function at(service: string, part?: string): Place {
  const file = `services/${service}/src/secrets.ts`
  return part === undefined ? { file } : { file, part }
}

/** A secret as a service of this repository really declares it. */
function specOf(service: string, key: string): SecretSpec {
  const spec = definitions.find(({ name }) => name === service)?.secrets[key]
  if (spec === undefined) throw new Error(`${service} declares no ${key}`)
  return spec
}

/** The breaches if `service` declared `secrets` instead of, or beside, its own; `undefined` takes one away. */
function breachesWith(service: string, secrets: Record<string, SecretSpec | undefined>) {
  const changed = definitions.map((definition) => {
    if (definition.name !== service) return definition
    const all = Object.entries({ ...definition.secrets, ...secrets })
    const kept = all.flatMap(([key, spec]) => (spec === undefined ? [] : [[key, spec] as const]))
    return { ...definition, secrets: Object.fromEntries(kept) }
  })
  return checkAccess(changed, POLICY).map(({ rule, where, why }) => ({ rule, where, why }))
}

it('finds nothing to say against the services of this repository', () => {
  expect(definitions.map(({ name }) => name)).toEqual(['certtransparency', 'frontend', 'signing'])
  expect(checkAccess(definitions, POLICY)).toEqual([])
})

it('keeps the OIDC client secret in frontend', () => {
  expect(breachesWith('signing', { oidc: specOf('frontend', 'oidc') })).toEqual([
    {
      rule: 'holder',
      where: at('signing', 'secrets.oidc'),
      why: 'signing holds a secret of the kind oidc-client; only frontend may',
    },
  ])
})

it('keeps the CA passphrase in signing, and any database away from it', () => {
  expect(breachesWith('frontend', { ca: specOf('signing', 'ca') })).toMatchObject([
    { rule: 'holder', why: 'frontend holds a secret of the kind ca-passphrase; only signing may' },
  ])
  expect(breachesWith('signing', { database: specOf('frontend', 'database') })).toMatchObject([
    { rule: 'holder', where: at('signing', 'secrets.database') },
  ])
})

it('knows no kind that nobody planned', () => {
  const other = { ...specOf('frontend', 'database'), kind: 'other', nameFor: () => 'OTHER' }
  expect(breachesWith('frontend', { other })).toMatchObject([
    { rule: 'unknown-kind', why: 'the policy has no kind other' },
  ])
})

it('gives a service one database login', () => {
  const second = { ...specOf('frontend', 'database'), nameFor: () => 'DATABASE_REPORTS' }
  expect(breachesWith('frontend', { second })).toMatchObject([{ rule: 'one-each' }])
})

it('lets no two services share a database login', () => {
  const shared = { ...specOf('frontend', 'database'), nameFor: () => 'DATABASE_CERTTRANSPARENCY' }
  expect(breachesWith('frontend', { database: shared })).toMatchObject([
    {
      rule: 'shared',
      why: 'DATABASE_CERTTRANSPARENCY is held by certtransparency and by frontend',
    },
  ])
})

it('gives each API key one sender and one receiver', () => {
  const missing = 'the key for frontend→signing has 0 receivers; it must have exactly one'
  expect(breachesWith('signing', { frontend: undefined })).toMatchObject([
    { rule: 'call-ends', where: at('signing'), why: missing },
  ])
  expect(breachesWith('frontend', { again: specOf('frontend', 'signing') })).toMatchObject([
    { rule: 'call-ends', where: at('frontend', 'secrets.again') },
  ])
})

it('lets nobody call whom the policy does not let them call', () => {
  const key = specOf('signing', 'certtransparency')
  expect(breachesWith('frontend', { certtransparency: key })).toEqual([
    {
      rule: 'call',
      where: at('frontend', 'secrets.certtransparency'),
      why: 'it is a key for frontend→certtransparency, a call that the policy does not know',
    },
  ])
})

it('does not take two ends for a pair that name their key differently', () => {
  const renamed = { ...specOf('signing', 'frontend'), nameFor: () => 'API_KEY_OTHER' }
  expect(breachesWith('signing', { frontend: renamed })).toMatchObject([
    { rule: 'call-name', where: at('signing', 'secrets.frontend') },
  ])
})

it('holds every secret to the least length of its kind', () => {
  const short = { ...specOf('signing', 'ca'), minLength: 31 }
  expect(breachesWith('signing', { ca: short })).toMatchObject([
    { rule: 'min-length', why: 'it asks for 31 characters; the policy for ca-passphrase for 32' },
  ])
})

it('does not believe a spec that takes less than it says', () => {
  const parse = (text: string) => ({ value: text, sensitive: [text], nonProduction: false })
  expect(breachesWith('signing', { ca: { ...specOf('signing', 'ca'), parse } })).toMatchObject([
    { rule: 'min-length', why: expect.stringContaining('takes 31 random characters') as string },
  ])
})

/** What is said of a policy that grants more than the services of this repository use. */
function breachesUnder(policy: Partial<AccessPolicy>) {
  return checkAccess(definitions, { ...POLICY, ...policy }).map(({ rule, where, why }) => {
    return { rule, part: where.part, why }
  })
}

it('lets nobody be granted what he does not hold', () => {
  const holders = ['signing', 'certtransparency']
  const passphrase = { holders, minLength: 32 }
  expect(breachesUnder({ kinds: { ...POLICY.kinds, 'ca-passphrase': passphrase } })).toEqual([
    {
      rule: 'unused-grant',
      part: 'kinds.ca-passphrase.holders',
      why: 'certtransparency may hold a secret of the kind ca-passphrase and holds none',
    },
  ])
})

it('keeps no kind that nobody holds, and no call that nobody makes', () => {
  const mailPassword = { holders: ['frontend', 'signing'], minLength: 32 }
  expect(breachesUnder({ kinds: { ...POLICY.kinds, mail: mailPassword } })).toEqual([
    { rule: 'unused-grant', part: 'kinds.mail', why: 'nobody holds a secret of the kind mail' },
  ])
  const calls = [...POLICY.calls, ['certtransparency', 'frontend']] as const
  expect(breachesUnder({ calls }).map(({ rule }) => rule)).toEqual(['call-ends', 'call-ends'])
})

it('does not ask for what may be in a definition that could not be read', () => {
  const others = definitions.filter(({ name }) => name !== 'signing')
  expect(checkAccess(others, POLICY, false)).toEqual([])
  const rules = checkAccess(others, POLICY).map(({ rule }) => rule)
  expect(rules).toEqual(['call-ends', 'call-ends', 'unused-grant'])
})

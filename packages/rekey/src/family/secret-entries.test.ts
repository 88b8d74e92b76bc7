import { defineKind } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { defineFamily, FamilyError, type FamilyDeclaration } from './index.ts'
import {
  namesReadBy,
  namesReadByRotator,
  parseDeployment,
  rotatedNames,
  schedulePolicies,
  secretsOf,
  kindsOf,
  parseFamily,
} from './internal.ts'

const services = ['frontend', 'signing']
const TLS = {
  ...{ service: 'frontend', names: ['frontend'], trust: '-----BEGIN CERTIFICATE-----' },
  signer: { service: 'signing' },
}
const SMTP = {
  ...{ service: 'frontend', name: 'smtp' },
  provider: { kind: 'adapter', url: 'https://adapter.example', keyName: 'ADAPTER_KEY' },
}

const problemsOf = (secrets: FamilyDeclaration['secrets'], read = parseFamily) => {
  try {
    read({ services, secrets }, 'family.json')
    return ''
  } catch (error) {
    if (!(error instanceof FamilyError)) throw error
    return error.problems.map(({ path, message }) => `${path}: ${message}`).join('\n')
  }
}

it('a service may have several credentials, each with a name that is that of no service', () => {
  const all = ['frontend:smtp', 'frontend:hooks']
  const family = defineFamily({ services, secrets: { integration: all } })
  expect(secretsOf(family).map(({ title }) => title)).toEqual(all.map((of) => `integration ${of}`))
  const names = ['INTEGRATION_FRONTEND_SMTP', 'INTEGRATION_FRONTEND_HOOKS']
  expect(namesReadBy(family, 'frontend')).toEqual(names)
  expect(namesReadBy(family, 'signing')).toEqual([])
})

it('the rotator reads what the rotation of a secret needs, and changes the secret', () => {
  const family = defineFamily({ services, secrets: { tls: [TLS], integration: [SMTP] } })
  expect(namesReadByRotator(family)).toEqual(['DATABASE_ROTATOR', 'ADAPTER_KEY'])
  expect(rotatedNames(family)).toEqual(['TLS_FRONTEND', 'INTEGRATION_FRONTEND_SMTP'])
  expect(parseFamily(JSON.parse(JSON.stringify(family)), 'copy')).toEqual(family)
})

it('a family may leave to its deployment how a secret is rotated, and a deployment may not', () => {
  const secrets = { tls: ['frontend'], integration: ['frontend:smtp'] }
  expect(problemsOf(secrets)).toBe('')
  const found = problemsOf(secrets, parseDeployment)
  for (const path of ['secrets.tls[0]', 'secrets.integration[0]']) expect(found).toContain(path)
  expect(problemsOf({ tls: [TLS], integration: [SMTP] }, parseDeployment)).not.toContain('secrets')
})

it.each<[string, FamilyDeclaration['secrets'], string]>([
  ['no names', { tls: [{ ...TLS, names: [] }] }, 'secrets.tls[0].names'],
  ['a misspelt key', { tls: [{ ...TLS, nmaes: [] }] }, 'secrets.tls[0]: there is no key "nmaes"'],
  ['an unknown service', { tls: [{ ...TLS, service: 'mail' }] }, 'secrets.tls[0]: its service is'],
  ['a name in place of a service', { integration: ['frontend'] }, 'write SERVICE:NAME'],
  ['a service in place of a name', { integration: ['frontend:signing'] }, 'that of a service'],
  ['one secret twice', { integration: [SMTP, 'frontend:smtp'] }, 'declared before'],
  ['more than a kind asks for', { 'ca-passphrase': [{ service: 'signing' }] }, 'write SERVICE'],
  ['more of an unknown kind', { mail: [{ service: 'signing' }] }, 'there is no kind mail'],
])('names where an entry is wrong: %s', (_what, secrets, message) => {
  expect(problemsOf(secrets)).toContain(message)
})

const mail = defineKind({
  kind: 'mail',
  parties: ['service'],
  spec: {},
  storeName: (service) => `MAILBOX_${service}`,
  schedule: { staggerMs: 5 },
})

it('a family keeps the kinds that it brings along, also when it is read again or added to', () => {
  const family = defineFamily({ services, secrets: { mail: ['signing'] } }, { kinds: [mail] })
  const again = parseFamily({ ...family, environment: 'test' }, 'family.ts')
  expect(kindsOf(again).get('mail')).toBe(mail)
  expect(namesReadBy(again, 'signing')).toEqual(['MAILBOX_signing'])
  expect(schedulePolicies(again)).toContainEqual({ kind: 'mail', staggerMs: 5 })
})

it('a family does not replace a kind that exists', () => {
  const kinds = [{ ...mail, kind: 'database' }]
  expect(() => defineFamily({ services }, { kinds })).toThrow('database exists already')
})

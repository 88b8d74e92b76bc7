import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { LONG, SHOP } from '../../test/family/family.support.ts'
import { defineFamily, findContradictions, FamilyError } from './index.ts'
import {
  namesReadBy,
  namesReadByRotator,
  rotatedNames,
  secretsOf,
  parseFamily,
} from './internal.ts'

const issuer = 'https://login.example.test'
const PROVIDERS = {
  staff: {
    kind: 'keycloak',
    issuer,
    url: 'https://keycloak.example.test',
    realm: 'shop',
    manager: { clientId: 'rekey', secretName: 'KEYCLOAK_REKEY' },
  },
  partners: {
    kind: 'registration',
    issuer,
    registrationUri: `${issuer}/reg/billing`,
    tokenName: 'REGISTRATION_BILLING',
  },
} as const

const problemsOf = (declaration: unknown) => {
  try {
    parseFamily(declaration, 'family.json')
    return []
  } catch (error) {
    if (!(error instanceof FamilyError)) throw error
    return error.problems.map(({ path, message }) => `${path}: ${message}`)
  }
}

it('derives each name in the store, with hyphens and 63 characters, from the declaration', () => {
  const long = LONG.replaceAll('-', '_').toUpperCase()
  expect(secretsOf(defineFamily(SHOP)).map(({ title, name }) => [title, name])).toEqual([
    ['api-key shop-front:billing', 'API_KEY_SHOP_FRONT__BILLING'],
    [`api-key billing:${LONG}`, `API_KEY_BILLING__${long}`],
    ['ca-passphrase billing', 'CA_PASSPHRASE_BILLING'],
    ['database shop-front', 'DATABASE_SHOP_FRONT'],
    [`database ${LONG}`, `DATABASE_${long}`],
    ['oidc-client shop-front', 'OIDC_CLIENT_SECRET_SHOP_FRONT'],
    ['oidc-client billing', 'OIDC_CLIENT_SECRET_BILLING'],
  ])
})

it('lets each service read its own secrets, and the rotator change all but the CA passphrase', () => {
  const family = defineFamily({ ...SHOP, providers: PROVIDERS })
  expect(namesReadBy(family, 'billing')).toEqual([
    'API_KEY_SHOP_FRONT__BILLING',
    expect.stringMatching(/^API_KEY_BILLING__CERT_LOG/),
    'CA_PASSPHRASE_BILLING',
    'OIDC_CLIENT_SECRET_BILLING',
  ])
  const held = secretsOf(family).map(({ name }) => name)
  expect(rotatedNames(family)).toEqual([
    ...held.filter((name) => name !== 'CA_PASSPHRASE_BILLING'),
    'REGISTRATION_BILLING',
  ])
  expect(namesReadByRotator(family)).toEqual([
    'DATABASE_ROTATOR',
    'ARCHIVE_ROTATOR',
    'KEYCLOAK_REKEY',
  ])
})

it('leaves a login that the store lends to the store: no name to read, and nothing to rotate', () => {
  const databases = SHOP.databases.map((place) => ({ ...place, lent: true }))
  const family = defineFamily({ ...SHOP, databases })
  expect(namesReadBy(family, 'shop-front')).toEqual([
    'API_KEY_SHOP_FRONT__BILLING',
    'OIDC_CLIENT_SECRET_SHOP_FRONT',
  ])
  expect(rotatedNames(family).join()).not.toContain('DATABASE')
})

it('needs a login of the rotator for the journal alone where the store lends the login of every database', () => {
  const databases = SHOP.databases.map((place) => ({ ...place, lent: true }))
  const loginsFor = (journal: string) =>
    namesReadByRotator(defineFamily({ ...SHOP, databases, journal }))
  expect(loginsFor('store')).toEqual([])
  expect(loginsFor('main')).toEqual(['DATABASE_ROTATOR'])
})

it('needs no login of the rotator at a server that holds neither a database nor the journal', () => {
  const { databases } = SHOP
  const family = defineFamily({ ...SHOP, databases: databases.slice(1), journal: 'store' })
  expect(namesReadByRotator(family)).toEqual(['ARCHIVE_ROTATOR'])
})

it('has the rotator change its own login and those of writers of the audit log where it is told to, and no service read them', () => {
  const servers = { billing: { admin: 'DATABASE_ROTATOR', rotated: true } }
  const writer = { server: 'billing', database: 'audit', ownerRole: 'audit_rotator' }
  const family = defineFamily({
    ...{ services: ['audit', 'billing'], servers, journal: 'store' },
    ...{
      auditDatabase: 'DATABASE_AUDIT',
      auditLogins: { billing: { name: 'DATABASE_AUDIT', ...writer } },
    },
  })
  const own = ['DATABASE_AUDIT', 'DATABASE_ROTATOR']
  expect(rotatedNames(family)).toEqual(own)
  expect(secretsOf(family)).toMatchObject([
    { title: 'database audit:billing', name: own[0], holders: [] },
    { title: 'rotator-login billing', name: own[1], holders: [] },
  ])
  expect([...namesReadBy(family, 'audit'), ...namesReadBy(family, 'billing')]).toEqual([])
  expect(namesReadByRotator(family)).toEqual([])
  const definitions = family.services.map((name) => ({ name, secrets: {}, file: name }))
  expect(findContradictions(family, definitions, { file: 'family.json' })).toEqual([])
})

it('names database and owner role after the service where they have no name of their own', () => {
  const { databases } = defineFamily({ services: ['billing'], databases: [{ service: 'billing' }] })
  expect(databases).toEqual([
    { service: 'billing', server: 'main', database: 'billing', ownerRole: 'billing', lent: false },
  ])
})

it('reads a family that was read before to the same family', () => {
  const schedule = { database: { rotateAfter: '7 d', stagger: '15 min' } }
  const family = defineFamily({ ...SHOP, providers: PROVIDERS, policy: { schedule } })
  expect(parseFamily(JSON.parse(JSON.stringify(family)), 'copy')).toEqual(family)
})

it.each<[string, object, string]>([
  ['no services', { services: [] }, 'services: '],
  ['a service twice', { services: [...SHOP.services, 'billing'] }, 'services[3]: this service is'],
  [
    'a definition of another service',
    { definitions: { mail: 'src/secrets.ts' } },
    'definitions.mail: its service is not declared',
  ],
  [
    'a definition outside of the repository',
    { definitions: { billing: '../secrets.ts' } },
    'definitions.billing: write the path of a module within the repository',
  ],
  ['a name with capitals', { services: ['Shop'] }, 'services[0]: write the name of a service'],
  [
    'a key that is misspelt',
    { databsaes: [] },
    ': there is no key "databsaes": check its spelling',
  ],
  ['a kind with a place', { secrets: { database: ['billing'] } }, 'write it in databases'],
  [
    'an unknown sender',
    { secrets: { 'api-key': ['nobody:billing'] } },
    'secrets.api-key[0]: its service is not declared: add it',
  ],
  [
    'an unknown receiver',
    { secrets: { 'api-key': ['billing:nobody'] } },
    'secrets.api-key[0]: its receiver is not declared',
  ],
  ['a key of one', { secrets: { 'api-key': ['billing'] } }, 'write SENDER:RECEIVER'],
  ['a key of three', { secrets: { 'api-key': ['a:b:c'] } }, 'write SERVICE, or SENDER:RECEIVER'],
  [
    'an unknown server',
    { databases: [{ service: 'billing', server: 'gone' }] },
    'databases[0].server: there is no such server: add it to servers',
  ],
  [
    'an owner role of two services',
    { databases: ['billing', 'shop-front'].map((service) => ({ service, ownerRole: 'one' })) },
    'databases[1]: another service has this owner role there',
  ],
  [
    'two logins of a service',
    { databases: [{ service: 'billing' }, { service: 'billing', ownerRole: 'two' }] },
    'databases[1]: this service has a login already',
  ],
  [
    'a role that PostgreSQL would cut off',
    { databases: [{ service: 'billing', ownerRole: 'x'.repeat(64) }] },
    'databases[0].ownerRole: ',
  ],
  ['a database without a service', { databases: [{}] }, 'databases[0].service: it is missing'],
  [
    'an unknown provider',
    { providers: { staff: PROVIDERS.staff } },
    'clients[1].provider: there is no such provider: add it to providers',
  ],
  ['a provider of no kind', { providers: { staff: { kind: 'magic' } } }, 'providers.staff.kind: '],
  ['a journal nowhere', { journal: 'paper' }, 'journal: there is no such server'],
  [
    'the name of a service in place of the login of the rotator',
    { servers: { main: { admin: 'DATABASE_SHOP_FRONT' }, archive: { admin: 'ARCHIVE' } } },
    'servers.main.admin: another secret of the family has this name',
  ],
  [
    'a writer of the audit log with the role of a service',
    { auditLogins: { shop: { name: 'A', database: 'audit', ownerRole: 'portal-owner' } } },
    'auditLogins.shop.ownerRole: another login has this owner role there',
  ],
  [
    'a writer of the audit log at no server',
    { auditLogins: { shop: { name: 'A', server: 'gone', database: 'a', ownerRole: 'a' } } },
    'auditLogins.shop.server: there is no such server',
  ],
  [
    'one name for the logins of the rotator and of the audit log',
    {
      servers: { ...SHOP.servers, main: { admin: 'DATABASE_AUDIT', rotated: true } },
      auditLogins: { shop: { name: 'DATABASE_AUDIT', database: 'a', ownerRole: 'a' } },
    },
    'another secret of the family has this name',
  ],
  [
    'a standby with a login',
    { servers: { main: { admin: 'DATABASE_ROTATOR', standbys: ['rekey:word@db2:5432'] } } },
    'servers.main.standbys[0]: write HOST:PORT, such as 10.0.0.2:5432',
  ],
  [
    'a schedule for a kind without secrets',
    { policy: { schedule: { tls: { stagger: '5 min' } } } },
    'policy.schedule.tls: no service holds a secret of this kind: remove it',
  ],
  [
    'an answer to leaks of a kind without secrets',
    { policy: { leaks: { rotate: ['database', 'tls'] } } },
    'policy.leaks.rotate[1]: no service holds a secret of this kind: remove it',
  ],
  [
    'a schedule that contradicts itself',
    { policy: { schedule: { database: { stagger: '0 s', rotateAfter: '8 d', maxAge: '7 d' } } } },
    'policy.schedule.database.maxAge: is shorter than rotateAfter',
  ],
  [
    'a replica of an unknown service',
    { fleet: [{ service: 'mail', url: issuer, healthUrl: issuer }] },
    'fleet[0].service: its service is not declared',
  ],
  [
    'a source of replicas of an unknown service',
    { fleet: [{ file: 'fleet.json', service: 'mail', url: 'https://{host}' }] },
    'fleet[0].service: its service is not declared',
  ],
  [
    'replicas without an address',
    { fleet: [{ file: 'fleet.json', url: '{host}:8443' }] },
    'fleet[0].url: write an address such as https://{host}:8443',
  ],
  [
    'replicas that are found nowhere',
    { fleet: [{ url: 'https://{host}:8443' }] },
    'fleet[0]: write a replica with service, url and healthUrl, or a place where replicas are found',
  ],
  [
    'replicas by their addresses alone, without a port',
    { fleet: [{ dns: 'billing.internal', type: 'A', service: 'billing', url: 'https://{host}' }] },
    'fleet[0].port: a record of type A has none: add it',
  ],
  [
    'a board at an unknown server',
    { fleet: [{ board: 'paper', service: 'billing', role: 'billing', url: issuer }] },
    'fleet[0].board: there is no such server: name a key of servers',
  ],
  [
    'trust in an unknown service',
    { reports: { services: { mail: { trust: { file: 'root.crt' } } } } },
    'reports.services.mail: its service is not declared',
  ],
  [
    'an identity of a service without one',
    { reports: { identity: { service: 'billing' } } },
    'reports.identity.service: that service has no tls secret',
  ],
])('names where a declaration is wrong, and what to do: %s', (_what, part, message) => {
  expect(problemsOf({ ...SHOP, ...part })).toContainEqual(expect.stringContaining(message))
})

it('names every problem of a declaration at once', () => {
  const declaration = { ...SHOP, journal: 'paper', services: ['shop-front', 'billing'] }
  expect(problemsOf(declaration).map((text) => text.split(':')[0])).toEqual([
    'secrets.api-key[1]',
    'databases[1].service',
    'journal',
  ])
})

it('quotes no value of a declaration that holds a secret by mistake', () => {
  const value = randomBytes(24).toString('hex')
  const wrong = [
    value,
    { ...SHOP, services: [value, value] },
    { ...SHOP, validationMs: value },
    { ...SHOP, store: { locator: 'x', variables: { VAULT_TOKEN: [value] } } },
    { ...SHOP, secrets: { 'api-key': [`x${value}:y${value}`] } },
    { ...SHOP, databases: [{ service: 'billing', server: `x${value}` }] },
    { ...SHOP, journal: `x${value}` },
  ]
  for (const declaration of wrong) {
    const problems = problemsOf(declaration)
    expect(problems.length).toBeGreaterThan(0)
    expect(problems.join()).not.toContain(value)
  }
})

it.each<[string, object, string]>([
  [
    'no zone',
    { from: '02:00', to: '04:00', zone: 'Europe/Berln' },
    'zone: is no time zone: write one as in "Europe/Berlin", or "UTC"',
  ],
  [
    'no time',
    { from: '2:00', to: '04:00', zone: 'UTC' },
    'from: write HH:MM from 00:00 to 23:59, as in "02:00"',
  ],
  [
    'no end',
    { from: '02:00', to: '24:30', zone: 'UTC' },
    'to: write HH:MM from 00:00 to 23:59, as in "02:00", or 24:00',
  ],
  [
    'no length',
    { from: '02:00', to: '02:00', zone: 'UTC' },
    'to: is when it opens: write another time, or 00:00 to 24:00 for whole days',
  ],
])('refuses a window with %s', (_what, window, message) => {
  const policy = { windows: { database: window } }
  expect(problemsOf({ ...SHOP, policy })).toEqual([`policy.windows.database.${message}`])
})

it('takes windows and holds of kinds that a rotator changes, and no others', () => {
  const window = { from: '22:00', to: '24:00', zone: 'America/New_York', days: ['sat'] }
  const of = (kind: string) => ({ windows: { [kind]: window }, holds: { [kind]: 'after-confirm' } })
  expect(problemsOf({ ...SHOP, policy: of('database') })).toEqual([])
  const byHand = 'a rotator changes no secret of this kind: remove it'
  expect(problemsOf({ ...SHOP, policy: of('ca-passphrase') })).toEqual([
    `policy.windows.ca-passphrase: ${byHand}`,
    `policy.holds.ca-passphrase: ${byHand}`,
  ])
  const none = 'no service holds a secret of this kind: remove it'
  expect(problemsOf({ ...SHOP, policy: of('tls') })).toEqual([
    `policy.windows.tls: ${none}`,
    `policy.holds.tls: ${none}`,
  ])
  const before = { holds: { database: 'after-prove' } }
  expect(problemsOf({ ...SHOP, policy: before })[0]).toMatch(/^policy.holds.database: /)
})

it('refuses to restart a service whose secrets take reports, and one that reports too', () => {
  const restart = { kubernetes: { namespace: 'shop' } }
  const family = {
    services: ['shop', 'billing'],
    secrets: { 'api-key': ['shop:billing'], tls: [] },
    databases: [{ service: 'shop' }, { service: 'billing' }],
    fleet: [
      { service: 'shop', restart },
      { service: 'billing', restart },
    ],
  }
  const why = (who: string) =>
    `the rotation of api-key shop:billing needs a report of the versions that ${who} has loaded: let it reload and report`
  expect(problemsOf(family)).toEqual([
    `fleet[0].restart: ${why('shop')}`,
    `fleet[1].restart: ${why('billing')}`,
  ])
  const systemd = { unit: 'shop.service', directory: '/var/lib/rekey/restarts' }
  const unit = { service: 'shop', restart: { systemd } }
  const ecs = { service: 'billing', restart: { ecs: { cluster: 'prod' } } }
  expect(problemsOf({ ...family, secrets: {}, fleet: [unit, ecs] })).toEqual([])
  const url = 'http://127.0.0.1:9090'
  const mixed = [
    { service: 'shop', restart },
    { service: 'shop', url, healthUrl: url },
  ]
  expect(problemsOf({ ...family, secrets: {}, fleet: mixed })).toEqual([
    'fleet[0]: shop has other entries too: its replicas are restarted, or they report',
  ])
})

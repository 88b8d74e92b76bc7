import { expect, it } from 'vitest'
import { LONG, SHOP } from '../../test/family/family.support.ts'
import { chartValues, leastRights, namesReadBy, rotatedNames } from './internal.ts'
import { defineFamily } from './index.ts'

const family = defineFamily(SHOP)
const rightsOf = async (who: string, locator: string) => {
  const rights = (await leastRights(family, locator)).find((one) => one.who === who)
  if (rights === undefined) throw new Error(`no rights for ${who}`)
  return rights.text
}

it('derives the rights of each service and of the rotator', async () => {
  const rights = await leastRights(family, 'vault:secret/shop')
  expect(rights.map(({ who }) => who)).toEqual([...SHOP.services, 'rotator'])
})

it('lets the rotator read the login of the audit log, and its writers add lines and change none', async () => {
  const recorded = defineFamily({ ...SHOP, auditDatabase: 'DATABASE_AUDIT' })
  const [, , , rotator] = await leastRights(recorded, 'vault:secret/shop')
  expect(rotator?.text).toContain('secret/data/shop/DATABASE_AUDIT" { capabilities = ["read"] }')
  const sql = await rightsOf('audit_writer', 'audit:audit_writer')
  expect(sql).toContain('grant select on audit_line, audit_stream to audit_writer;')
  expect(sql).not.toMatch(/grant .*(insert|update)/)
  await expect(leastRights(family, 'audit:a;b')).rejects.toMatchObject({ code: 'malformed' })
})

it('lets a service read its own secrets in Vault, and nothing else', async () => {
  const policy = await rightsOf('shop-front', 'vault:secret/shop')
  const paths = namesReadBy(family, 'shop-front').flatMap((name) => [
    `path "secret/data/shop/${name}" { capabilities = ["read"] }`,
    `path "secret/metadata/shop/${name}" { capabilities = ["read"] }`,
  ])
  expect(policy.split('\n')).toEqual(paths)
})

it('lets a service whose logins Vault makes borrow its own and give it back, in place of a login in the store', async () => {
  const lents = [true, 'db/archive/creds/log']
  const databases = SHOP.databases.map((place, n) => ({ ...place, lent: lents[n] }))
  const lending = defineFamily({ ...SHOP, databases })
  const rights = await leastRights(lending, 'vault:secret/shop')
  const policies = new Map(rights.map(({ who, text }) => [who, text]))
  const paths = ['database/creds/shop-front', 'db/archive/creds/log']
  for (const [n, service] of ['shop-front', LONG].entries()) {
    const policy = policies.get(service)
    expect(policy).toContain(`path "${String(paths[n])}" { capabilities = ["read"] }`)
    expect(policy).toContain('path "sys/leases/revoke" { capabilities = ["update"] }')
    expect(policy).not.toContain('DATABASE')
  }
  expect(policies.get('billing')).not.toContain('leases')
  expect(policies.get('rotator')).not.toContain('creds')
})

it('lets the rotator in Vault change what it rotates, read its logins, and not see the CA passphrase', async () => {
  const policy = await rightsOf('rotator', 'vault:secret/shop')
  for (const name of rotatedNames(family)) {
    expect(policy).toContain(`shop/${name}" { capabilities = ["create","read","update"] }`)
  }
  for (const name of ['DATABASE_ROTATOR', 'ARCHIVE_ROTATOR']) {
    expect(policy).toContain(`data/shop/${name}" { capabilities = ["read"] }`)
  }
  expect(policy).not.toContain('CA_PASSPHRASE')
})

it.each(['vault:secret/shop', 'aws:shop', 'gcp:my-project/shop', 'kubernetes:shop'])(
  'lets the rotator write the journal where the store holds it, and no one else: %s',
  async (locator) => {
    const keeping = defineFamily({ ...SHOP, journal: 'store' })
    const rights = await leastRights(keeping, locator)
    const form = (name: string) =>
      locator.startsWith('kubernetes') ? name.toLowerCase().replaceAll('_', '-') : name
    for (const { who, text } of rights) {
      const found = rotatedNames(keeping).map((name) =>
        text.includes(form(`REKEY_ROTATION_${name}`)),
      )
      expect({ who, found: new Set(found) }).toEqual({ who, found: new Set([who === 'rotator']) })
    }
    expect(await rightsOf('rotator', locator)).not.toContain(form('REKEY_ROTATION'))
  },
)

it('derives an IAM policy with one statement for each kind of access', async () => {
  const policy = JSON.parse(await rightsOf('rotator', 'aws:shop')) as {
    Statement: { Action: string[]; Resource: string[] }[]
  }
  expect(
    policy.Statement.map(({ Action }) => Action.includes('secretsmanager:PutSecretValue')),
  ).toEqual([false, true])
  expect(policy.Statement[0]?.Resource).toEqual([
    'arn:aws:secretsmanager:*:*:secret:shop/DATABASE_ROTATOR-??????',
    'arn:aws:secretsmanager:*:*:secret:shop/ARCHIVE_ROTATOR-??????',
  ])
})

it('derives commands for Google Cloud that bind each secret, and for Azure that read', async () => {
  const [shop, rotator] = await Promise.all([
    rightsOf(LONG, 'gcp:my-project/shop'),
    rightsOf('rotator', 'gcp:my-project/shop'),
  ])
  const bound = /^gcloud secrets add-iam-policy-binding shop-\w+ .* --member="\$MEMBER"$/gm
  expect(shop.match(bound)).toHaveLength(2)
  expect(shop).not.toMatch(/^[^#].*roles\/rekeyRotator/m)
  expect(rotator).toMatch(/^gcloud .*binding shop-DATABASE_ROTATOR .*roles\/rekeyReader/m)
  expect(rotator).toMatch(/^gcloud .*roles\/rekeyRotator/m)
  const azure = await rightsOf(LONG, 'azure:shop')
  expect(
    azure.match(/^az role .*"Key Vault Secrets User" --scope "\$VAULT\/secrets\/[A-Z\d-]+"$/gm),
  ).toHaveLength(2)
})

it('derives a Role that names each Secret object, and never all of a namespace, bound to the account of the service', async () => {
  const { items } = JSON.parse(await rightsOf(LONG, 'kubernetes:shop')) as {
    items: [
      { metadata: object; rules: { resourceNames: string[]; verbs: string[] }[] },
      { roleRef: object; subjects: object[] },
    ]
  }
  const [role, binding] = items
  expect(binding.roleRef).toMatchObject({ kind: 'Role', name: `rekey-${LONG}` })
  expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', namespace: 'shop', name: LONG }])
  expect(role.metadata).toEqual({ name: `rekey-${LONG}`, namespace: 'shop' })
  expect(role.rules).toHaveLength(1)
  expect(role.rules[0]?.resourceNames).toHaveLength(2)
  expect(role.rules[0]?.verbs).toEqual(['get', 'watch'])
})

it('gives the chart the rules of the Role of the rotator', async () => {
  const { items } = JSON.parse(await rightsOf('rotator', 'kubernetes:shop')) as {
    items: [{ rules: object[] }]
  }
  expect(items[0].rules).toHaveLength(2)
  const noJournal = { journal: { secrets: [] } }
  expect(await chartValues(family)).toEqual({ rbac: { rules: items[0].rules }, ...noJournal })
})

it('makes the Secrets of the journal that the rotator may write and not create, for kubectl and for the chart', async () => {
  const keeping = defineFamily({ ...SHOP, journal: 'store' })
  const rights = await leastRights(keeping, 'kubernetes:shop')
  const objects = new Map(
    rights.map(({ who, text }) => [who, JSON.parse(text) as { items: Manifest[] }]),
  )
  const [role, , ...slots] = objects.get('rotator')?.items ?? []
  const names = slots.map(({ metadata }) => metadata.name)
  expect(names).toHaveLength(rotatedNames(keeping).length + 1)
  expect(role?.rules?.flatMap(({ resourceNames }) => resourceNames)).toEqual(
    expect.arrayContaining(names),
  )
  for (const slot of slots) {
    const metadata = { name: slot.metadata.name, namespace: 'shop' }
    // Without `data`: where it is applied anew, the journal stays.
    expect(slot).toEqual({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque' })
  }
  expect(objects.get('billing')?.items.map(({ kind }) => kind)).toEqual(['Role', 'RoleBinding'])
  expect((await chartValues(keeping)).journal.secrets).toEqual(names)
})

it.each([
  ['without standbys', [], 'pg_signal_backend'],
  ['with standbys', ['db2:5432'], 'pg_signal_backend, pg_read_all_stats'],
] as const)('derives the role of the rotator at a server %s', async (_, standbys, roles) => {
  const servers = { main: { admin: 'DATABASE_ROTATOR', standbys } }
  const databases = [{ service: 'shop' }]
  const kept = defineFamily({ services: ['shop'], databases, servers, journal: 'store' })
  const [{ who, text } = { who: '', text: '' }] = await leastRights(kept, 'postgres:main')
  expect(who).toBe('rotator')
  expect(text.split('\n')).toEqual([
    '-- the role that DATABASE_ROTATOR logs in as',
    `create role rekey login createrole in role ${roles};`,
    expect.stringContaining('-- connections that no service can take'),
    'grant pg_use_reserved_connections to rekey;',
    'alter system set reserved_connections = 5;',
    '-- each service connects to its own database and to no other',
    'revoke connect, temporary on database postgres, template1, "shop" from public;',
    'grant connect on database "shop" to "shop", rekey;',
  ])
  const journalled = await leastRights(defineFamily({ ...kept, journal: 'main' }), 'postgres:main')
  expect(journalled[0]?.text).toContain('create database rekey owner rekey;')
  expect(journalled[0]?.text).toContain('revoke connect, temporary on database rekey, postgres,')
  await expect(leastRights(kept, 'postgres:archive')).rejects.toMatchObject({
    ...{ code: 'refused', message: expect.stringContaining('name one of: main') as string },
  })
})

it('S28: quotes the names of databases and owner roles, and refuses what a person cannot read', async () => {
  const name = `shop"; alter role x superuser; --`
  const declare = (database: string) =>
    defineFamily({
      services: ['shop'],
      databases: [{ service: 'shop', database, ownerRole: database }],
      servers: { main: { admin: 'DATABASE_ROTATOR' } },
      journal: 'store',
    })
  const [rights] = await leastRights(declare(name), 'postgres:main')
  expect(rights?.text).toContain(
    `grant connect on database "shop""; alter role x superuser; --" to`,
  )
  for (const part of ['\n', '\0', '\u001b', '\u202e', '\u2028']) {
    expect(() => declare(name + part)).toThrow('holds a control character')
  }
})

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly rules?: readonly { readonly resourceNames: readonly string[] }[]
}

it.each(['dotenv:.env', 'env'])(
  'refuses to derive rights for %s, which has no policies',
  async (locator) => {
    await expect(leastRights(family, locator)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('name vault:MOUNT/PREFIX') as string,
    })
  },
)

it.each(['vault', 'vault:', 'nonsense:x'])('derives no rights for %s', async (locator) => {
  await expect(leastRights(family, locator)).rejects.toMatchObject({ code: 'malformed' })
})

it('lets the rotator list the EndpointSlices where it finds replicas, and no service', async () => {
  const url = 'https://{host}:8443'
  const finding = defineFamily({
    ...SHOP,
    fleet: ['shop', 'billing', 'shop'].map((namespace) => ({
      ...{ kubernetes: { namespace }, service: 'billing', url },
    })),
  })
  const rule = { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list'] }
  for (const { who, text } of await leastRights(finding, 'kubernetes:shop')) {
    const { items } = JSON.parse(text) as {
      items: {
        kind: string
        metadata: { namespace: string }
        rules?: object[]
        subjects?: object[]
      }[]
    }
    const roles = items.filter(({ rules }) =>
      JSON.stringify(rules ?? []).includes('endpointslices'),
    )
    const namespaces = roles.map(({ metadata }) => metadata.namespace)
    expect({ who, namespaces }).toEqual({
      who,
      namespaces: who === 'rotator' ? ['shop', 'billing'] : [],
    })
    for (const { rules } of roles) expect(rules).toContainEqual(rule)
    if (who === 'rotator') expect(roles[1]?.rules).toEqual([rule])
    for (const { subjects = [] } of items) {
      for (const subject of subjects)
        expect(subject).toMatchObject({ namespace: 'shop', name: who })
    }
  }
  expect((await chartValues(finding)).rbac.rules).toContainEqual(rule)
  expect((await chartValues(family)).rbac.rules).not.toContainEqual(rule)
})

it('lets the rotator patch the workloads that it restarts, by their names, and list pods', async () => {
  const restarting = defineFamily({
    services: ['web', 'jobs'],
    databases: [{ service: 'web' }, { service: 'jobs' }],
    fleet: [
      { service: 'web', restart: { kubernetes: { namespace: 'shop' } } },
      {
        service: 'jobs',
        restart: { kubernetes: { namespace: 'batch', kind: 'StatefulSet', name: 'runner' } },
      },
    ],
  })
  const rule = (resource: string, name: string) => ({
    apiGroups: ['apps'],
    resources: [resource],
    resourceNames: [name],
    verbs: ['get', 'patch'],
  })
  const pods = { apiGroups: [''], resources: ['pods'], verbs: ['list'] }
  const rights = await leastRights(restarting, 'kubernetes:shop')
  const rulesIn = (namespace: string) => {
    const { items } = JSON.parse(rights.find(({ who }) => who === 'rotator')?.text ?? '') as {
      items: { kind: string; metadata: { namespace: string }; rules?: object[] }[]
    }
    return items.find(({ kind, metadata }) => kind === 'Role' && metadata.namespace === namespace)
      ?.rules
  }
  expect(rulesIn('shop')).toEqual(
    expect.arrayContaining([rule('deployments', 'web'), pods]) as object[],
  )
  expect(rulesIn('batch')).toEqual([rule('statefulsets', 'runner'), pods])
  for (const { who, text } of rights) if (who !== 'rotator') expect(text).not.toContain('apps')
})

it('lets the rotator deploy the service of ECS that it restarts, and no other', async () => {
  const restart = { ecs: { cluster: 'prod', region: 'eu-central-1' } }
  const databases = [{ service: 'web' }]
  const fleet = [{ service: 'web', restart }]
  const restarting = defineFamily({ services: ['web'], databases, fleet })
  const [web, rotator] = await leastRights(restarting, 'aws:shop')
  const { Statement } = JSON.parse(rotator?.text ?? '') as { Statement: object[] }
  expect(Statement).toContainEqual({
    Effect: 'Allow',
    Action: ['ecs:DescribeServices', 'ecs:TagResource', 'ecs:UpdateService'],
    Resource: ['arn:aws:ecs:eu-central-1:*:service/prod/web'],
  })
  expect(web?.text).not.toContain('ecs:')
})

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findKubernetesAccess, openKubernetesStore } from '@rekey/config-loader/kubernetes'
import { formatDatabaseUrl } from '@rekey/db-pool-rotator'
import { admitLogin, createOwnerRole } from '@rekey/db-pool-rotator/roles'
import { DisposalStack, Secret } from '@rekey/secret'
import { type Kubernetes, openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { defineFamily } from '../../../src/family/family.ts'
import type { Deployment } from '../../../src/family/deployment.ts'
import { leastRights } from '../../../src/family/least-rights.ts'
import { openRotator, type RotatorOptions } from '../../../src/family/rotator/open-rotator.ts'
import { openPlayedNode } from './played-node.support.ts'

type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet'

interface ShopOptions {
  readonly kind?: Kind
  readonly replicas?: number
  /** Resources that the rotator has no right to. */
  readonly without?: readonly string[]
  /** How long a rollout may make no progress. */
  readonly deadlineS?: number
}

/** A service in a namespace of its own, whose processes hold a session of the login that they read. */
export type Shop = Awaited<ReturnType<typeof openShop>>

/** Opens a PostgreSQL server for shops whose processes log in with the URL that they read at their start. */
export async function openShops(kubernetes: Kubernetes) {
  const own = new DisposalStack()
  const server = own.use(await openPostgres(), 'PostgreSQL')
  const admin = new pg.Pool({ connectionString: server.adminUrl.expose(), max: 4 })
  admin.on('error', () => undefined)
  own.defer(() => admin.end(), 'connections')
  let count = 0
  return {
    open: (options: ShopOptions = {}) =>
      openShop({ kubernetes, admin, server, own, name: `shop${(count += 1)}` }, options),
    close: () => own.dispose(),
  }
}

interface Place {
  readonly kubernetes: Kubernetes
  readonly admin: pg.Pool
  readonly server: Awaited<ReturnType<typeof openPostgres>>
  readonly own: DisposalStack
  readonly name: string
}

async function openShop(place: Place, options: ShopOptions) {
  const { kubernetes, admin, own, name } = place
  const { kind = 'Deployment', replicas = 2 } = options
  const secret = `DATABASE_${name.toUpperCase()}`
  await kubernetes.createNamespace(name)
  const store = await openStore(place, secret)
  const start = async () => {
    const { current } = await store.read(secret)
    const client = new pg.Client({ connectionString: current.value.expose() })
    client.on('error', () => undefined)
    await client.connect()
    return { version: current.version, [Symbol.asyncDispose]: () => client.end() }
  }
  const node = await openPlayedNode(kubernetes, name, start)
  onTestFinished(() => node[Symbol.asyncDispose]())
  const path = `/apis/apps/v1/namespaces/${name}/${kind.toLowerCase()}s`
  await create(kubernetes, path, manifestOf(kind, options))
  const family = familyOf(place, kind, await mkdtemp(join(tmpdir(), 'rekey-restart-')))
  own.defer(() => rm(dirname(family.auditDirectory ?? ''), { recursive: true }), 'directory')
  const env = await openAccount(place, family, options)
  const object = async () =>
    (await kubernetes.request({ path: `${path}/shop` })).body as WorkloadObject
  const first = (await object()).metadata.generation
  /** The versions that the processes read at their start. */
  const versions = () =>
    Array.from(node.running.values(), (one) => (one as { version?: string }).version)
  while (versions().length < replicas) await delay(50)
  return {
    ...{ name, secret, store, node, env, versions },
    open: (more: Partial<RotatorOptions> = {}) => openRotator({ ...family, env, ...more }),
    async change(body: object) {
      const contentType = 'application/merge-patch+json'
      const patch = { path: `${path}/shop`, method: 'PATCH', body, contentType }
      const { status } = await kubernetes.request(patch)
      if (status !== 200) throw new Error(`The API server answered ${status}`)
    },
    /** How often its specification was changed: the API server counts it. */
    restarts: async () => (await object()).metadata.generation - first,
    mark: async () =>
      (await object()).spec.template.metadata.annotations?.[`restart.rekey.dev/${secret}`],
    logins: async () => {
      const { rows } = await admin.query<{ name: string }>(
        'select rolname as name from pg_roles where starts_with(rolname, $1) order by 1',
        [`${name}_g`],
      )
      return rows.map((row) => row.name)
    },
  }
}

async function create(kubernetes: Kubernetes, path: string, body: object): Promise<void> {
  const { status } = await kubernetes.request({ path, body })
  if (status !== 201) throw new Error(`The API server answered ${status}`)
}

async function openStore(place: Place, secret: string) {
  const { kubernetes, server, own, name } = place
  const access = findKubernetesAccess({ KUBECONFIG: await kubernetes.writeKubeconfig() })
  const store = own.use(await openKubernetesStore({ access, namespace: name }), 'store')
  await store.create(secret, await firstLogin(place, secret))
  await store.create('DATABASE_ROTATOR', Secret.of(server.adminUrl.expose(), 'DATABASE_ROTATOR'))
  return store
}

/** Makes the account of the rotator, with the rights that are derived. */
async function openAccount(
  { kubernetes, name: namespace }: Place,
  family: Deployment,
  { without = [] }: ShopOptions,
) {
  const account = { namespace, name: 'rotator' }
  await kubernetes.createServiceAccount(account)
  const rights = await leastRights(family, `kubernetes:${namespace}`)
  const list = JSON.parse(rights.find(({ who }) => who === 'rotator')?.text ?? '') as {
    items: { rules?: { resources: string[] }[] }[]
  }
  const items = list.items.map(({ rules, ...item }) => {
    const left = rules?.filter(({ resources }) => !resources.some((one) => without.includes(one)))
    return { ...item, ...(left && { rules: left }) }
  })
  await kubernetes.apply(JSON.stringify({ ...list, items }))
  return { KUBECONFIG: await kubernetes.writeKubeconfig(await kubernetes.issueToken(account)) }
}

interface WorkloadObject {
  readonly metadata: { readonly generation: number }
  readonly spec: {
    readonly template: { readonly metadata: { readonly annotations?: Record<string, string> } }
  }
}

async function firstLogin({ admin, server, name }: Place, secret: string): Promise<Secret> {
  const user = `${name}_g1`
  const password = randomBytes(32).toString('base64url')
  const client = await admin.connect()
  await createOwnerRole(client, name)
  await admitLogin(client, { ownerRole: name, login: user, password: Secret.of(password, name) })
  client.release()
  const { host, port } = server
  return Secret.of(formatDatabaseUrl({ host, port, database: 'postgres', user, password }), secret)
}

function manifestOf(kind: Kind, { replicas = 2, deadlineS }: ShopOptions): object {
  const labels = { app: 'shop' }
  const containers = [{ name: 'shop', image: 'example.invalid/shop' }]
  const template = { metadata: { labels }, spec: { containers } }
  const spec = { selector: { matchLabels: labels }, template }
  const some = kind === 'DaemonSet' ? {} : { replicas }
  const progress = deadlineS === undefined ? {} : { progressDeadlineSeconds: deadlineS }
  const named = kind === 'StatefulSet' ? { serviceName: 'shop' } : {}
  return { metadata: { name: 'shop' }, spec: { ...spec, ...some, ...named, ...progress } }
}

function familyOf({ name }: Place, kind: Kind, directory: string): Deployment {
  const restart = { kubernetes: { namespace: name, kind, name: 'shop' } }
  return {
    ...defineFamily({
      services: [name],
      databases: [{ service: name, database: 'postgres', ownerRole: name }],
      fleet: [{ service: name, restart }],
    }),
    store: { locator: `kubernetes:${name}`, variables: {} },
    fleet: [{ service: name, restart }],
    validationMs: 100,
    auditDirectory: join(directory, 'audit'),
  }
}

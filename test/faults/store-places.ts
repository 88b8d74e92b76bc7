import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DisposalStack, type SecretStore } from '@rekey/secret'
import { openStore } from '@rekey/config-loader/store'
import {
  type AwsServer,
  type Kubernetes,
  openAwsServer,
  openKubernetes,
  openVault,
  type Vault,
} from '@rekey/testbed'
import { type CountingProxy, openCountingProxy } from './counting-proxy.ts'
import type { FamilyVariables } from './served-family.ts'

/** A real server, a store in it with every right, and how services reach it past a proxy that counts. */
export interface StorePlace<Server> extends AsyncDisposable {
  readonly server: Server
  readonly proxy: CountingProxy
  readonly store: SecretStore
  readonly variables: FamilyVariables
}

const POLICY = `path "secret/data/rekey/*" { capabilities = ["read"] }`

/** A Vault whose data outlives it, in which services log in by AppRole. */
export async function openVaultPlace(program: string): Promise<StorePlace<Vault>> {
  const owned = new DisposalStack()
  const server = owned.use(await openVault({ program, storage: 'file' }), 'Vault')
  const proxy = owned.use(await openCountingProxy({ url: server.address }), 'CountingProxy')
  const files = await openFiles(owned)
  await server.require('PUT', 'sys/policies/acl/rekey', { policy: POLICY })
  await server.require('POST', 'sys/auth/approle', { type: 'approle' })
  await server.require('POST', 'auth/approle/role/rekey', { token_policies: ['rekey'] })
  const role = await server.require('GET', 'auth/approle/role/rekey/role-id')
  const issued = await server.require('POST', 'auth/approle/role/rekey/secret-id')
  const locator = 'vault:secret/rekey'
  const admin = { VAULT_ADDR: server.address, VAULT_TOKEN: server.rootToken }
  return {
    ...{ server, proxy },
    store: owned.use(await openStore(locator, { env: admin, startJitterMs: 0 }), 'Store'),
    variables: {
      REKEY_SECRETS: locator,
      VAULT_ADDR: proxy.url,
      REKEY_VAULT_AUTH: 'approle',
      VAULT_ROLE_ID_FILE: await files('role-id', String(role.data?.['role_id'])),
      VAULT_SECRET_ID_FILE: await files('secret-id', String(issued.data?.['secret_id'])),
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

/** A Kubernetes API server, in which services have an account that may read. */
export async function openKubernetesPlace(programs: {
  apiServer: string
  etcd: string
}): Promise<StorePlace<Kubernetes>> {
  const owned = new DisposalStack()
  const server = owned.use(await openKubernetes({ programs }), 'Kubernetes')
  const { url, caCert: ca, caFile } = server
  const certificates = join(dirname(caFile), 'certificates')
  const read = (name: string) => readFile(join(certificates, name), 'utf8')
  const tls = { key: await read('apiserver.key'), cert: await read('apiserver.crt'), ca }
  const proxy = owned.use(await openCountingProxy({ url, tls }), 'CountingProxy')
  const files = await openFiles(owned)
  const account = { namespace: 'vpn', name: 'services' }
  await server.createNamespace(account.namespace)
  await server.createServiceAccount(account)
  const resources = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'watch'] }]
  await server.grant(account, resources)
  const token = await server.issueToken(account)
  const locator = 'kubernetes:vpn'
  const admin = { KUBECONFIG: await server.writeKubeconfig() }
  return {
    ...{ server, proxy },
    store: owned.use(await openStore(locator, { env: admin }), 'Store'),
    variables: {
      REKEY_SECRETS: locator,
      KUBECONFIG: await files('kubeconfig', kubeconfig(proxy.url, caFile, token)),
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

/** A server of the AWS API. */
export async function openAwsPlace(program: string): Promise<StorePlace<AwsServer>> {
  const owned = new DisposalStack()
  const server = owned.use(await openAwsServer({ program }), 'AwsServer')
  const proxy = owned.use(await openCountingProxy({ url: server.endpoint }), 'CountingProxy')
  const locator = 'aws:rekey'
  return {
    ...{ server, proxy },
    store: owned.use(await openStore(locator, { env: server.environment }), 'Store'),
    variables: { ...server.environment, REKEY_SECRETS: locator, AWS_ENDPOINT_URL: proxy.url },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

/** Writes files that are gone with the place. */
async function openFiles(owned: DisposalStack) {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-outage-'))
  owned.defer(() => rm(directory, { recursive: true }), 'files')
  return async (name: string, text: string) => {
    const path = join(directory, name)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
}

/** JSON is YAML too. */
function kubeconfig(server: string, caFile: string, token: string): string {
  const name = 'here'
  return JSON.stringify({
    clusters: [{ name, cluster: { server, 'certificate-authority': caFile } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })
}

import type { SecretErrorCode } from '@rekey/secret/internal'
import type { Vault } from '@rekey/testbed'
import { type Answer, type EchoProxy, openEchoProxy } from '../echo-proxy.ts'
import type { FixtureFiles } from '../fixture-files.ts'

const POLICY = `
path "secret/data/rekey/*" { capabilities = ["create", "read", "update"] }
path "secret/metadata/rekey/*" { capabilities = ["list", "read"] }
path "database/creds/*" { capabilities = ["read"] }
`

/** What our store makes of each answer. */
export const GATEWAY_CODES: Readonly<Record<Answer, SecretErrorCode>> = {
  'a 400 that gives back the request': 'rejected',
  'a 403 that gives back the request': 'forbidden',
  'a 404 that gives back the request': 'missing',
  'a 500 that gives back the request': 'unreachable',
  'a page with the request in it': 'unreachable',
  'JSON that ends in the request': 'unreachable',
  'a body cut in the middle of the request': 'unreachable',
  'a redirect with the request in its address': 'refused',
  'a gzip body of the request that ends too early': 'unreachable',
  'the request over and over, 12 MB': 'unreachable',
  'a reset': 'unreachable',
}

/** The variables by which a store reaches Vault. */
export type VaultVariables = Readonly<Record<string, string>>

/** Two real Vaults, one of them sealed, gateways before the first, and files. */
export class VaultFixture implements AsyncDisposable {
  readonly vault: Vault
  readonly sealed: Vault
  readonly files: FixtureFiles
  readonly #gateways: EchoProxy[] = []

  constructor(servers: { vault: Vault; sealed: Vault }, files: FixtureFiles) {
    this.vault = servers.vault
    this.sealed = servers.sealed
    this.files = files
  }

  async prepare(): Promise<void> {
    await this.vault.require('PUT', 'sys/policies/acl/rekey', { policy: POLICY })
    await this.vault.require('POST', 'sys/auth/approle', { type: 'approle' })
    await this.vault.require('POST', 'auth/approle/role/rekey', { token_policies: ['rekey'] })
    await this.vault.require('POST', 'sys/auth/kubernetes', { type: 'kubernetes' })
    await this.vault.require('POST', 'auth/kubernetes/config', {
      kubernetes_host: 'https://127.0.0.1:1',
      disable_local_ca_jwt: true,
    })
    await this.vault.require('POST', 'auth/kubernetes/role/rekey', {
      bound_service_account_names: 'frontend',
      bound_service_account_namespaces: 'vpn',
    })
    await this.vault.require('POST', 'sys/mounts/database', { type: 'database' })
    await this.sealed.seal()
  }

  /** A token with these policies. */
  async token(policies: readonly string[] = ['rekey']): Promise<string> {
    const { auth } = await this.vault.require('POST', 'auth/token/create', { policies })
    return auth?.client_token ?? ''
  }

  /** Puts a document where the store has the secret `name`. */
  async put(name: string, data: object): Promise<void> {
    await this.vault.require('POST', `secret/data/rekey/${name}`, { data })
  }

  /** Has Vault make logins for a database, with a password of its own. Vault does not try it. */
  async database(url: string, password: string): Promise<void> {
    await this.vault.require('POST', 'database/config/app', {
      plugin_name: 'postgresql-database-plugin',
      connection_url: url.replace('://', '://{{username}}:{{password}}@'),
      username: 'vault',
      password,
      allowed_roles: '*',
      verify_connection: false,
    })
    await this.vault.require('POST', 'database/roles/app', {
      db_name: 'app',
      creation_statements: [`CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}'`],
    })
  }

  /** The ids of the AppRole role. */
  async appRole(): Promise<{ roleId: string; secretId: string }> {
    const role = await this.vault.require('GET', 'auth/approle/role/rekey/role-id')
    const issued = await this.vault.require('POST', 'auth/approle/role/rekey/secret-id')
    return { roleId: String(role.data?.['role_id']), secretId: String(issued.data?.['secret_id']) }
  }

  /** The address of a gateway that gives this answer where `when` says so. */
  async gateway(answer: Answer, when: (path: string) => boolean): Promise<string> {
    const gateway = await openEchoProxy({ answer, when, target: this.vault.address })
    this.#gateways.push(gateway)
    return `http://127.0.0.1:${gateway.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const gateway of this.#gateways) await gateway[Symbol.asyncDispose]()
    await Promise.all([this.vault.close(), this.sealed.close()])
  }
}

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@rekey/secret'
import { findForTest, openPostgres, openVault, type Postgres, type Vault } from '@rekey/testbed'
import pg from 'pg'
import { expect } from 'vitest'
import { type FaultProxy, openFaultProxy } from './vault-proxy.support.ts'
import { appRoleAuth, type AuthMethod, tokenAuth } from '../../../src/store/vault/index.ts'
import {
  createVaultClient,
  openVaultSession,
  type VaultEvent,
  type VaultSession,
  type VaultSessionOptions,
} from '../../../src/store/vault/internal.ts'

/** The server that all of this is tested on. */
export const vaultProgram = await findForTest('vault')

/** Asks until the answer is as expected, for as long as a loaded machine may need. */
export function eventually(ask: () => unknown): ReturnType<typeof expect.poll> {
  return expect.poll(ask, { timeout: 30_000, interval: 50 })
}

/** What the services of these tests may do beside the policy `default`. */
const POLICY = `
path "database/creds/*" { capabilities = ["read"] }
path "database/static-creds/*" { capabilities = ["read"] }
path "secret/data/rekey/*" { capabilities = ["read"] }
path "sys/leases/revoke" { capabilities = ["update"] }
`

/** Vault's own passwords have 20 characters, too few for `postgresLogin`. */
const PASSWORD_POLICY = `
length = 40
rule "charset" { charset = "abcdefghijklmnopqrstuvwxyz" min-chars = 1 }
rule "charset" { charset = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" min-chars = 1 }
rule "charset" { charset = "0123456789" min-chars = 1 }
`

/** A real Vault behind a proxy that can break things, with an AppRole role `frontend`. */
export class VaultFixture implements AsyncDisposable {
  readonly vault: Vault
  readonly proxy: FaultProxy
  readonly directory: string
  readonly events: VaultEvent[] = []

  constructor(vault: Vault, proxy: FaultProxy, directory: string) {
    this.vault = vault
    this.proxy = proxy
    this.directory = directory
  }

  /** Makes the AppRole role anew with these parameters; answers with the way to log in as it. */
  async appRole(parameters: object = {}): Promise<AuthMethod> {
    const role = { token_policies: ['rekey'], ...parameters }
    await this.vault.require('DELETE', 'auth/approle/role/frontend')
    await this.vault.require('POST', 'auth/approle/role/frontend', role)
    const { data } = await this.vault.require('GET', 'auth/approle/role/frontend/role-id')
    const roleId = { file: await this.write('role-id', String(data?.['role_id'])) }
    const issued = await this.vault.require('POST', 'auth/approle/role/frontend/secret-id')
    const secretIdFile = await this.write('secret-id', String(issued.data?.['secret_id']))
    return appRoleAuth({ roleId, secretIdFile })
  }

  /** A token made by root. */
  async token(parameters: object = {}): Promise<string> {
    const body = { policies: ['rekey'], no_parent: true, ...parameters }
    return (await this.vault.require('POST', 'auth/token/create', body)).auth?.client_token ?? ''
  }

  async tokenAuth(parameters: object = {}): Promise<AuthMethod> {
    return tokenAuth({ token: Secret.of(await this.token(parameters), 'VAULT_TOKEN') })
  }

  /** Opens a session through the proxy; its events are kept. */
  open(auth: AuthMethod, options: Partial<VaultSessionOptions> = {}): Promise<VaultSession> {
    const client = createVaultClient({ address: this.proxy.address, timeoutMs: 5_000 })
    const onEvent = (event: VaultEvent) => this.events.push(event)
    return openVaultSession({ client, auth, onEvent, startJitterMs: 0, ...options })
  }

  async write(name: string, text: string): Promise<string> {
    const path = join(this.directory, name)
    await writeFile(path, `${text}\n`, { mode: 0o600 })
    return path
  }

  count(type: VaultEvent['type']): number {
    return this.events.filter((event) => event.type === type).length
  }

  /** Forgets what came by, and what was told. */
  begin(): void {
    this.events.length = 0
    this.proxy.passed.splice(0)
    this.proxy.fault = () => undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]()
    await this.vault.close()
    await rm(this.directory, { recursive: true })
  }
}

/** Starts it. */
export async function openVaultFixture(): Promise<VaultFixture> {
  const vault = await openVault({ program: vaultProgram.path })
  const directory = await mkdtemp(join(tmpdir(), 'rekey-vault-fixture-'))
  const fixture = new VaultFixture(vault, await openFaultProxy(vault.address), directory)
  await vault.require('PUT', 'sys/policies/acl/rekey', { policy: POLICY })
  await vault.require('POST', 'sys/auth/approle', { type: 'approle' })
  await vault.require('POST', 'secret/data/rekey/KEY', { data: { value: 'there' } })
  return fixture
}

/** A PostgreSQL server whose logins Vault makes. */
export class DatabaseFixture implements AsyncDisposable {
  readonly server: Postgres
  readonly admin: pg.Client
  readonly #vault: Vault

  constructor(server: Postgres, admin: pg.Client, vault: Vault) {
    this.server = server
    this.admin = admin
    this.#vault = vault
  }

  /** The URL without a login. */
  get url(): string {
    return `postgresql://${this.server.host}:${String(this.server.port)}/postgres`
  }

  /** A dynamic role. Each creation takes `sleepSeconds` at the database. */
  async role(name: string, parameters: object = {}, sleepSeconds = 0): Promise<void> {
    await this.#vault.require('POST', `database/roles/${name}`, {
      db_name: 'app',
      creation_statements: [
        `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'`,
        `SELECT pg_sleep(${String(sleepSeconds)})`,
      ],
      revocation_statements: ['DROP ROLE IF EXISTS "{{name}}"'],
      default_ttl: '1h',
      ...parameters,
    })
  }

  /** A static role over a user of its own. */
  async staticRole(name: string, parameters: object): Promise<void> {
    const password = randomBytes(24).toString('hex')
    await this.admin.query(`create role ${name} login password '${password}'`)
    const body = { db_name: 'app', username: name, ...parameters }
    await this.#vault.require('POST', `database/static-roles/${name}`, body)
  }

  /** The users that Vault has made and not removed yet. */
  async users(): Promise<string[]> {
    const { rows } = await this.admin.query<{ name: string }>(
      `select rolname as name from pg_roles where rolname like 'v-%' order by oid`,
    )
    return rows.map(({ name }) => name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.admin.end()
    await this.server.close()
  }
}

/** Starts a server and gives it to Vault's database engine as `app`. */
export async function openDatabaseFixture(vault: Vault): Promise<DatabaseFixture> {
  const server = await openPostgres({ settings: { max_connections: 60 } })
  const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  await admin.connect()
  await vault.require('POST', 'sys/mounts/database', { type: 'database' })
  await vault.require('PUT', 'sys/policies/password/rekey', { policy: PASSWORD_POLICY })
  const { username, password } = new URL(server.adminUrl.expose())
  await vault.require('POST', 'database/config/app', {
    plugin_name: 'postgresql-database-plugin',
    connection_url: `postgresql://{{username}}:{{password}}@${server.host}:${String(server.port)}/postgres?sslmode=disable`,
    username,
    password,
    allowed_roles: '*',
    password_policy: 'rekey',
  })
  return new DatabaseFixture(server, admin, vault)
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appRoleAuth, openVaultDatabaseSource } from '@rekey/config-loader/vault'
import {
  createVaultClient,
  openVaultSession,
  type VaultEvent,
} from '@rekey/config-loader/internal/vault'
import { openPostgres, openVault, type Postgres, type Vault } from '@rekey/testbed'
import pg from 'pg'

/** The role that every login acts as. */
export const OWNER = 'app'

/** The name of the login's secret. */
const NAME = 'DATABASE_FRONTEND'

const POLICY = `
path "database/creds/frontend" { capabilities = ["read"] }
path "sys/leases/revoke" { capabilities = ["update"] }
`

/** Vault's own passwords have 20 characters, too few for `postgresLogin`. */
const PASSWORD_POLICY = `
length = 40
rule "charset" { charset = "abcdefghijklmnopqrstuvwxyz" min-chars = 1 }
rule "charset" { charset = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" min-chars = 1 }
rule "charset" { charset = "0123456789" min-chars = 1 }
`

/** Members of the owner role that act as it, so what they make outlives them. */
const CREATION = [
  `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE ${OWNER}`,
  `ALTER ROLE "{{name}}" SET role = '${OWNER}'`,
]

/** How long Vault's leases live. */
export interface LeaseTimes {
  readonly default_ttl: string
  readonly max_ttl: string
}

/** A Vault that makes the logins of a PostgreSQL server, and a service that logs in to it. */
export class VaultDatabase implements AsyncDisposable {
  readonly vault: Vault
  readonly server: Postgres
  readonly admin: pg.Client
  readonly events: VaultEvent[] = []
  readonly #directory: string

  constructor(vault: Vault, server: Postgres, admin: pg.Client, directory: string) {
    this.vault = vault
    this.server = server
    this.admin = admin
    this.#directory = directory
  }

  /** Has the engine make logins that live that long, and lets the AppRole role `frontend` lease them. */
  async setUp(times: LeaseTimes): Promise<void> {
    await this.#setUpEngine(times)
    const { vault } = this
    await vault.require('PUT', 'sys/policies/acl/frontend', { policy: POLICY })
    await vault.require('POST', 'sys/auth/approle', { type: 'approle' })
    const role = 'auth/approle/role/frontend'
    await vault.require('POST', role, { token_policies: ['frontend'] })
    const { data: id } = await vault.require('GET', `${role}/role-id`)
    const { data: issued } = await vault.require('POST', `${role}/secret-id`)
    await writeFile(join(this.#directory, 'role-id'), String(id?.['role_id']))
    await writeFile(join(this.#directory, 'secret-id'), String(issued?.['secret_id']))
  }

  async #setUpEngine(times: LeaseTimes): Promise<void> {
    const { vault, server, admin } = this
    await admin.query(`create role ${OWNER} nologin`)
    await admin.query(`create schema ${OWNER} authorization ${OWNER}`)
    await vault.require('POST', 'sys/mounts/database', { type: 'database' })
    await vault.require('PUT', 'sys/policies/password/rekey', { policy: PASSWORD_POLICY })
    const { username, password } = new URL(server.adminUrl.expose())
    await vault.require('POST', 'database/config/app', {
      plugin_name: 'postgresql-database-plugin',
      connection_url: `postgresql://{{username}}:{{password}}@${this.place}?sslmode=disable`,
      username,
      password,
      allowed_roles: 'frontend',
      password_policy: 'rekey',
    })
    await vault.require('POST', 'database/roles/frontend', {
      db_name: 'app',
      creation_statements: CREATION,
      revocation_statements: ['DROP ROLE IF EXISTS "{{name}}"'],
      ...times,
    })
  }

  get place(): string {
    return `${this.server.host}:${String(this.server.port)}/postgres`
  }

  /** The service's own connection to Vault, and the source of its login; the source is disposed before the session. */
  async openSource(random?: () => number) {
    const options = {
      onEvent: (event: VaultEvent) => this.events.push(event),
      ...(random && { random }),
    }
    const session = await openVaultSession({
      client: createVaultClient({ address: this.vault.address }),
      auth: appRoleAuth({
        roleId: { file: join(this.#directory, 'role-id') },
        secretIdFile: join(this.#directory, 'secret-id'),
      }),
      startJitterMs: 0,
      ...options,
    })
    const login = { role: 'frontend', url: `postgresql://${this.place}` }
    const source = await openVaultDatabaseSource({ session, logins: { [NAME]: login }, ...options })
    return { session, source }
  }

  /** The users that Vault has made and not removed yet. */
  async users(): Promise<string[]> {
    const { rows } = await this.admin.query<{ name: string }>(
      `select rolname as name from pg_roles where rolname like 'v-%' order by oid`,
    )
    return rows.map(({ name }) => name)
  }

  count(type: VaultEvent['type']): number {
    return this.events.filter((event) => event.type === type).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.admin.end()
    await Promise.all([this.server.close(), this.vault.close()])
    await rm(this.#directory, { recursive: true })
  }
}

/** Starts both servers. */
export async function openVaultDatabase(
  program: string,
  times: LeaseTimes,
): Promise<VaultDatabase> {
  const [vault, server] = await Promise.all([openVault({ program }), openPostgres()])
  const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  await admin.connect()
  const directory = await mkdtemp(join(tmpdir(), 'rekey-vault-database-'))
  const database = new VaultDatabase(vault, server, admin, directory)
  await database.setUp(times)
  return database
}

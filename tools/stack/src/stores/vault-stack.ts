import { join } from 'node:path'
import { openStore } from '@rekey/config-loader/store'
import { openVault, type Vault } from '@rekey/testbed'
import type { DatabaseCredentials } from '@rekey/db-pool-rotator'
import { DATABASE_SERVICES, nameOf, rightsOf } from '../reference-family.ts'
import { requireProgram } from './require-program.ts'
import { writeSourcesFile } from './sources-file.ts'
import type { OpenStackStore, ServicePlace } from './stack-store.ts'
import { writePrivateFile } from './private-file.ts'

/** A login lives so long unless it is renewed. Both are short, so that a run is past the end of several. */
const TTL_MS = 10_000

/** No login lives longer, however often it is renewed. */
const MAX_TTL_MS = 14_000

/** Vault's own passwords have 20 characters, fewer than services accept. */
const PASSWORDS = `length = 40
rule "charset" { charset = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" }`

/** A machine that may log in to Vault. */
interface AppRole {
  readonly name: string
  /** The policy, in HCL. */
  readonly policy: string
  /** Where its role_id and secret_id go. */
  readonly directory: string
}

const LOCATOR = 'vault:secret/rekey'

/**
 * A Vault of its own. Each process logs in by an AppRole with a policy of its own: each service reads its secrets, the
 * rotator writes what it rotates.
 */
export const openVaultStack: OpenStackStore = async (options) => {
  const { path: program, version } = await requireProgram('vault')
  const title = `Vault ${version}`
  options.onProgress(title)
  const vault = options.own.use(await openVault({ program, storage: 'file' }), 'Vault')
  const directory = join(options.directory, 'vault')
  await vault.require('POST', 'sys/auth/approle', { type: 'approle' })
  const admin = await openStore(LOCATOR, {
    env: { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken },
    startJitterMs: 0,
  })
  options.own.use(admin, 'store of the administrator')
  const policy = await rightsOf('rotator', LOCATOR)
  const variables = await createAppRole(vault, { name: 'rotator', policy, directory })
  let databaseAddress: string | undefined
  return {
    kind: 'vault',
    title,
    servers: { vault },
    environment: 'production',
    admin,
    rotator: { locator: LOCATOR, variables },
    placeFor: (service) => placeFor(vault, { service, directory, databaseAddress }),
    lending: {
      maxTtlMs: MAX_TTL_MS,
      async begin(lender, services) {
        await lendLogins(vault, lender, services)
        databaseAddress = `${lender.host}:${lender.port}`
      },
    },
  }
}

interface Guest {
  readonly service: string
  readonly directory: string
  /** Where logins are lent, if they are. */
  readonly databaseAddress: string | undefined
}

async function placeFor(
  vault: Vault,
  { service, directory, databaseAddress }: Guest,
): Promise<ServicePlace> {
  const borrows = databaseAddress !== undefined && DATABASE_SERVICES.includes(service)
  const login = borrows ? nameOf('database', service) : undefined
  const policy = await rightsOf(service, LOCATOR, borrows)
  const variables = await createAppRole(vault, { name: service, policy, directory })
  const url = `postgresql://${databaseAddress ?? ''}/${service}?sslmode=disable`
  const borrowed = {
    sources: { vault: LOCATOR, login: { credentials: `database/creds/${service}`, url } },
    secrets: login === undefined ? {} : { [login]: 'login' },
  }
  const sources = borrows ? borrowed : { sources: { vault: LOCATOR } }
  const locator = await writeSourcesFile(directory, service, { ...sources, from: 'vault' })
  return { locator, variables }
}

/** Makes an AppRole with a policy of its own. @returns the variables with which a process logs in as it */
async function createAppRole(
  vault: Vault,
  { name, policy, directory }: AppRole,
): Promise<Readonly<Record<string, string>>> {
  const path = `auth/approle/role/${name}`
  await vault.require('PUT', `sys/policies/acl/${name}`, { policy })
  await vault.require('POST', path, { token_policies: [name], token_ttl: '1h' })
  const role = await vault.require('GET', `${path}/role-id`)
  const secret = await vault.require('POST', `${path}/secret-id`)
  const write = (file: string, value: unknown) => {
    return writePrivateFile(directory, `${name}-${file}`, String(value))
  }
  return {
    VAULT_ADDR: vault.address,
    REKEY_VAULT_AUTH: 'approle',
    VAULT_ROLE_ID_FILE: await write('role-id', role.data?.['role_id']),
    VAULT_SECRET_ID_FILE: await write('secret-id', secret.data?.['secret_id']),
  }
}

/**
 * Lets Vault's database engine make the logins of services. Each acts as its owner role from its first statement on; when it ends,
 * its sessions are ended and the role is dropped.
 */
async function lendLogins(
  vault: Vault,
  { host, port, user: username, password, database }: DatabaseCredentials,
  services: readonly string[],
): Promise<void> {
  await vault.require('POST', 'sys/mounts/database', { type: 'database' })
  await vault.require('PUT', 'sys/policies/password/database', { policy: PASSWORDS })
  await vault.require('POST', 'database/config/postgresql', {
    plugin_name: 'postgresql-database-plugin',
    connection_url: `postgresql://{{username}}:{{password}}@${host}:${port}/${database}?sslmode=disable`,
    password_authentication: 'scram-sha-256',
    password_policy: 'database',
    allowed_roles: services,
    username,
    password,
  })
  for (const ownerRole of services) {
    await vault.require('POST', `database/roles/${ownerRole}`, {
      db_name: 'postgresql',
      creation_statements: [
        `create role "{{name}}" login password '{{password}}' in role ${ownerRole}`,
        `alter role "{{name}}" set role = '${ownerRole}'`,
      ],
      revocation_statements: [
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = '{{name}}'`,
        `drop role if exists "{{name}}"`,
      ],
      default_ttl: `${TTL_MS}ms`,
      max_ttl: `${MAX_TTL_MS}ms`,
    })
  }
}

import type { DatabaseCredentials } from '@rekey/db-pool-rotator'
import type { Vault } from '@rekey/testbed'

/** A login lives so long unless it is renewed. Both are short, so that a run is past the end of several. */
const TTL_MS = 10_000

/** No login lives longer, however often it is renewed. */
export const MAX_TTL_MS = 14_000

/** Vault's own passwords have 20 characters, fewer than services accept. */
const PASSWORDS = `length = 40
rule "charset" { charset = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" }`

/**
 * Lets Vault's database engine make the logins of services. Each acts as its owner role from its first statement on; when it ends,
 * its sessions are ended and the role is dropped.
 */
export async function lendLogins(
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

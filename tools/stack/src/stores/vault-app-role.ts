import type { Vault } from '@rekey/testbed'
import { writePrivateFile } from './private-file.ts'

/** A machine that may log in to Vault. */
export interface AppRole {
  readonly name: string
  /** The policy, in HCL. */
  readonly policy: string
  /** Where its role_id and secret_id go. */
  readonly directory: string
}

/** Makes an AppRole with a policy of its own. @returns the variables with which a process logs in as it */
export async function createAppRole(
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

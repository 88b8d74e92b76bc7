import type { Secret } from '@rekey/secret'
import { type AuthMethod, logInAt } from './auth-method.ts'
import { readCredential } from './read-credential.ts'
import { WrappedSecretId } from './wrapped-secret-id.ts'

/** How a machine logs in. */
export interface AppRoleAuthOptions {
  /** The role_id, or the file that holds it. */
  readonly roleId: Secret | { readonly file: string }
  /** Absent for a role with `bind_secret_id=false`. */
  readonly secretIdFile?: string
  /**
   * If the file holds a wrapping token: the path that must have made what is wrapped, such as
   * `auth/approle/role/frontend/secret-id`.
   */
  readonly wrappedBy?: string
  /** Default: `approle`. */
  readonly mount?: string
}

/**
 * Logs in with a role_id and a secret_id, both read at each login. A wrapped secret_id is unwrapped once; if it was made
 * elsewhere or somebody else has unwrapped it, the event `security-alarm` tells, and only another file is tried.
 */
export function appRoleAuth(options: AppRoleAuthOptions): AuthMethod {
  const { roleId, secretIdFile, wrappedBy, mount = 'approle' } = options
  const path = `auth/${mount}`
  const wrapped = wrappedBy === undefined ? undefined : new WrappedSecretId(wrappedBy)
  return {
    path,
    ownsToken: true,
    async login(connection, context) {
      const role = 'file' in roleId ? await readCredential(roleId.file, 'VAULT_ROLE_ID') : roleId
      const body: Record<string, string> = { role_id: role.expose() }
      if (secretIdFile !== undefined) {
        const found = await readCredential(secretIdFile, 'VAULT_SECRET_ID')
        const secretId = (await wrapped?.unwrap(found, connection, context)) ?? found
        body['secret_id'] = secretId.expose()
      }
      return logInAt(path, body, connection, context)
    },
  }
}

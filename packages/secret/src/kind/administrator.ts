import { SecretError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import type { SecretStore } from '../source.ts'

/** A user that may change others, as a family declares it. */
export interface DeclaredAdministrator {
  readonly user: string
  /** The secret that has its password. */
  readonly passwordName: string
}

/** A login that a server is asked with. */
export interface AdministratorLogin {
  readonly user: string
  readonly password: Secret
}

/**
 * Returns what reads the login of an administrator.
 *
 * @param changed the user that it changes
 * @throws {SecretError} `refused` if that is the administrator
 */
export function readAdministrator(
  { user, passwordName }: DeclaredAdministrator,
  changed: string,
  store: SecretStore,
): () => Promise<AdministratorLogin> {
  if (user === changed) {
    const message = `${user} would change its own password: name another administrator`
    throw new SecretError('refused', message)
  }
  return async () => ({ user, password: (await store.read(passwordName)).current.value })
}

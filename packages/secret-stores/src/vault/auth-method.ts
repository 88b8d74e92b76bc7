import { type Secret, SecretError } from '@rekey/secret'
import type { VaultAuth, VaultConnection } from './vault-connection.ts'
import type { TellVault } from './vault-event.ts'

/** A token to work with, and what Vault said of it. */
export interface VaultLogin {
  readonly token: Secret
  /** Milliseconds; 0 for a token that does not expire. */
  readonly ttlMs: number
  readonly renewable: boolean
  /** A batch token can neither be renewed nor revoked. */
  readonly batch: boolean
  readonly policies: readonly string[]
  /** How many requests it is good for; Infinity for any number. */
  readonly uses: number
}

/** What a login is given. */
export interface LoginContext {
  readonly signal: AbortSignal
  readonly tell: TellVault
}

/**
 * A way to get a token: `tokenAuth`, `appRoleAuth`, `kubernetesAuth`. Called anew at each login; whatever comes from a file is
 * read anew then.
 */
export interface AuthMethod {
  /** Where it logs in: `auth/approle`. */
  readonly path: string
  /** Whether each login makes a token of its own, which is then revoked with the session. */
  readonly ownsToken: boolean
  /** @throws {SecretError} */
  login(connection: VaultConnection, context: LoginContext): Promise<VaultLogin>
}

/** Logs in at `auth/MOUNT/login`. Not repeated: a secret_id may be good for few logins. */
export async function logInAt(
  path: string,
  body: Readonly<Record<string, unknown>>,
  connection: VaultConnection,
  { signal }: LoginContext,
): Promise<VaultLogin> {
  const { auth } = await connection.request({
    method: 'POST',
    path: `${path}/login`,
    body,
    token: 'none',
    repeatable: false,
    signal,
  })
  if (auth === undefined) {
    throw new SecretError('malformed', `${path}: the answer holds no token: is it an auth method?`)
  }
  return loginFrom(auth)
}

function loginFrom(auth: VaultAuth): VaultLogin {
  const { clientToken, leaseDurationMs, renewable, tokenType, policies, numUses } = auth
  const batch = tokenType === 'batch'
  return {
    token: clientToken,
    ttlMs: leaseDurationMs,
    renewable: renewable && !batch,
    batch,
    policies,
    uses: numUses > 0 ? numUses : Infinity,
  }
}

import { Secret } from '@rekey/secret'
import type { AuthMethod, VaultLogin } from './auth-method.ts'
import { readCredential } from './read-credential.ts'
import { ttlFromSeconds } from './time-to-live.ts'

/** A token, or the file that holds it, such as the sink of a Vault Agent. */
export type TokenAuthOptions = { readonly token: Secret } | { readonly file: string }

/**
 * Works with a token that somebody else made. It is renewed but never revoked, since it is not ours; a file is read anew when
 * the token in hand ends.
 *
 * What is known of it comes from `auth/token/lookup-self`, which the policy `default` allows.
 */
export function tokenAuth(options: TokenAuthOptions): AuthMethod {
  return {
    path: 'auth/token',
    ownsToken: false,
    async login(connection, { signal }) {
      const token =
        'token' in options ? options.token : await readCredential(options.file, 'VAULT_TOKEN')
      const path = 'auth/token/lookup-self'
      const { data = {} } = await connection.request({ method: 'GET', path, token, signal })
      return loginFrom(token, data)
    },
  }
}

function loginFrom(token: Secret, data: Readonly<Record<string, unknown>>): VaultLogin {
  const { ttl, renewable, type, policies, num_uses: uses } = data
  const batch = type === 'batch'
  return {
    token,
    ttlMs: ttlFromSeconds(ttl),
    renewable: renewable === true && !batch,
    batch,
    policies: Array.isArray(policies) ? policies.filter((name) => typeof name === 'string') : [],
    uses: typeof uses === 'number' && uses > 0 ? uses : Infinity,
  }
}

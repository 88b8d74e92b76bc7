import { vaultError } from '../http/vault-answer.ts'
import type { VaultConnection } from '../http/vault-client.ts'
import { kvPath } from './kv-path.ts'
import type { KvLocator } from './kv-place.ts'

/** The capabilities of a rotation on the document of a secret, as `vaultPolicyFor` grants them. */
const ROTATE = ['create', 'read', 'update'] as const
const ALL = 'root'

/**
 * Asks Vault for the capabilities that this token lacks to rotate secrets. Any token of the policy `default` may ask
 * (`sys/capabilities-self`).
 *
 * @throws {SecretError} as `request`; `not-json` for an answer without capabilities
 */
export async function findLacking(
  { connection, locator }: { readonly connection: VaultConnection; readonly locator: KvLocator },
  names: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  if (names.length === 0) return []
  const place = await locator.locate()
  const paths = names.map((name) => decodeURIComponent(kvPath(place, 'data', name)))
  const path = 'sys/capabilities-self'
  const { data = {} } = await connection.request({
    ...{ method: 'POST', path, body: { paths }, repeatable: true },
    ...(signal && { signal }),
  })
  return paths.flatMap((asked) => {
    const found: unknown = data[asked]
    if (!Array.isArray(found)) throw vaultError('not-json', `POST ${path}`)
    const lacking = found.includes(ALL) ? [] : ROTATE.filter((each) => !found.includes(each))
    if (lacking.length === 0) return []
    return [`the token lacks ${lacking.join(', ')} on ${asked}: apply the policy of rekey rights`]
  })
}

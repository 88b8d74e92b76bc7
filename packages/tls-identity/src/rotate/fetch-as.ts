import { SecretError, type SecretVersion } from '@rekey/secret'
import { parseTlsIdentity, type TlsIdentity } from '../spec/parse-tls-identity.ts'
import { checkEncrypted, openAgent, over, type TlsTarget } from '../use/tls-connections.ts'

/** Whom to call, and as whom. */
export interface FetchAsOptions extends TlsTarget {
  /** Reads the identity that is shown, at every call. */
  readonly read: () => Promise<SecretVersion>
}

/**
 * Creates a `fetch` that shows an identity as it is current in the store at each call, over a connection that ends with the answer.
 *
 * @throws {SecretError} from the fetch: what reading throws; `refused` for an address that is not `https`, and for an identity that
 *   is not valid now, which the far side would refuse
 *
 * @example
 * ```ts
 * const call = fetchAs({ trust, name: 'signing', read: async () => (await store.read('TLS_FRONTEND')).current })
 * ```
 */
export function fetchAs({ read, ...target }: FetchAsOptions): typeof fetch {
  return async (input, init) => {
    checkEncrypted(input)
    const agent = openAgent(target, valid(await read()))
    try {
      return await fetch(input, over(agent, init))
    } finally {
      // Waits for the body of the answer.
      void agent.close()
    }
  }
}

function valid({ name, value }: SecretVersion): TlsIdentity {
  try {
    return parseTlsIdentity(value.expose(), { label: name })
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    const remedy = `make one with rekey ca identity, see "An identity has expired" in SECURITY.md`
    throw new SecretError(
      'refused',
      `${name} proves its service no more: ${error.message}; ${remedy}`,
      error.details,
    )
  }
}

/** An answer of Vault's, as far as tests read it. */
export interface VaultBody {
  readonly data?: Record<string, unknown>
  readonly auth?: Record<string, unknown> & { readonly client_token: string }
  readonly wrap_info?: Record<string, unknown> & { readonly token: string }
  readonly errors?: readonly string[]
  readonly [field: string]: unknown
}

/** The answer of Vault to a request of the test itself. */
export interface VaultReply {
  readonly status: number
  /** The parsed body; `{}` where there is none. */
  readonly body: VaultBody
}

/** How a request differs from one of the root token's. */
interface VaultRequestOptions {
  /** `''` for none. */
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Asks Vault; throws on no status. `path` is without `/v1/`. */
export type VaultAdmin = (
  method: string,
  path: string,
  body?: object,
  options?: VaultRequestOptions,
) => Promise<VaultReply>

const TIMEOUT_MS = 30_000

/** Makes the requests of a test, with the root token by default; this is not the client under test. */
export function createVaultAdmin(address: string, rootToken: () => string): VaultAdmin {
  return async (method, path, body, { token = rootToken(), headers } = {}) => {
    const response = await fetch(`${address}/v1/${path}`, {
      method,
      headers: { ...(token !== '' && { 'X-Vault-Token': token }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as VaultBody) }
  }
}

/**
 * The body of a reply that must be a success.
 *
 * @throws {Error} with Vault's own words
 */
export function bodyOf({ status, body }: VaultReply, what: string): VaultBody {
  if (status < 300) return body
  throw new Error(`${what} failed with ${status}: ${body.errors?.join('; ') ?? 'no words'}`)
}

import { SecretError } from '@rekey/secret'
import { trimSlashes } from './trim-slashes.ts'
import type { VaultRequest } from './vault-connection.ts'

/** The method and path as they are sent. A listing is sent as GET, since proxies refuse methods that HTTP does not have. */
export function requestTarget({ method, path }: VaultRequest): { method: string; path: string } {
  if (method !== 'LIST') return { method, path: `/${path}` }
  return { method: 'GET', path: `/${path}${path.includes('?') ? '&' : '?'}list=true` }
}

/**
 * The headers of a request (Vault's HTTP API, "API operations" and "Response wrapping"). Compression is declined: what is not
 * unpacked cannot be larger than it looks.
 *
 * @throws {SecretError} `malformed` for a token or a namespace that is no header value
 */
export function requestHeaders(
  request: VaultRequest,
  namespace: string | undefined,
): Record<string, string> {
  const { method, token, wrapTtlMs, body } = request
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  // eslint-disable-next-line @rekey/no-expose-outside-boundary -- headers are text; the request takes them at once
  return {
    Accept: 'application/json',
    'Accept-Encoding': 'identity',
    'X-Vault-Request': 'true',
    ...(body && { 'Content-Type': type }),
    ...(namespace !== undefined && { 'X-Vault-Namespace': namespaceHeader(namespace) }),
    ...(token !== undefined && token !== 'none' && { 'X-Vault-Token': tokenHeader(token) }),
    ...(wrapTtlMs !== undefined && { 'X-Vault-Wrap-TTL': String(Math.ceil(wrapTtlMs / 1_000)) }),
  }
}

const VISIBLE = /^[\x21-\x7e]+$/

function tokenHeader(token: Exclude<VaultRequest['token'], 'none' | undefined>): string {
  const text = token.expose()
  if (VISIBLE.test(text)) return text
  throw new SecretError(
    'malformed',
    `${token.label} is no Vault token: it must be one word, without a line end`,
  )
}

/** Vault takes it with or without a slash at the end, but not at the beginning. */
function namespaceHeader(namespace: string): string {
  const path = trimSlashes(namespace)
  if (VISIBLE.test(path)) return path
  throw new SecretError('malformed', 'the Vault namespace is no path: correct VAULT_NAMESPACE')
}

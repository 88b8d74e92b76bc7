import { exchange, type HttpAnswer, type HttpRequest } from './http-exchange.ts'
import { vaultError } from './vault-failure.ts'

/** Those that a standby sends to the active server; like Vault's own client, method and body stay as they are. */
const REDIRECTS = [301, 302, 307, 308]

/**
 * Makes the exchange, and follows one redirect, within `origins` only: the request has a token, and often a body, that
 * nobody else may get. (The HTTP clients of npm take foreign headers such as `X-Vault-Token` along to any host.)
 *
 * @throws {SecretError} `redirected` for another origin, or for a second redirect; what {@link exchange} throws
 */
export async function followRedirect(
  request: HttpRequest,
  origins: readonly string[],
): Promise<HttpAnswer> {
  const answer = await exchange(request)
  const target = targetOf(answer, request)
  if (target === undefined) return answer
  if (!origins.includes(target.origin)) throw vaultError('redirected', request.what)
  const next = { ...request, url: target }
  const second = await exchange(next)
  if (targetOf(second, next) !== undefined) throw vaultError('redirected', request.what)
  return second
}

function targetOf({ status, headers }: HttpAnswer, { url, what }: HttpRequest): URL | undefined {
  if (!REDIRECTS.includes(status)) return undefined
  const { location = '' } = headers
  if (!URL.canParse(location, url.href)) throw vaultError('redirected', what)
  return new URL(location, url)
}

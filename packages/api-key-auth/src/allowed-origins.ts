import { parseSecureUrl, SecretError } from '@rekey/secret'

/** The first argument of `fetch`. */
export type FetchInput = Parameters<typeof fetch>[0]

/**
 * Creates the check that lets a request pass only to one of `origins`, each written as `https://host:port`; http is for loopback.
 * The check reads its input once and returns the URL to send to.
 *
 * @throws {SecretError} `malformed` if one of them is not an origin, `refused` if it is reached in clear text; the check
 *   `refused` for any other target
 */
export function createOriginCheck(origins: readonly string[]): (input: FetchInput) => string {
  for (const origin of origins) {
    if (originOf(origin) !== origin) {
      throw new SecretError(
        'malformed',
        'an allowed origin is written as scheme://host:port, in lower case, without a path or the default port',
      )
    }
    parseSecureUrl(origin, 'an allowed origin of withApiKey')
  }
  const allowed = new Set(origins)
  return (input) => {
    const url = input instanceof Request ? input.url : String(input)
    const origin = originOf(url)
    if (!allowed.has(origin)) {
      throw new SecretError(
        'refused',
        'the API key may not be sent there; send the request to one of the allowed origins, or add this one',
        { origin },
      )
    }
    return parseSecureUrl(url, 'a request of withApiKey').href
  }
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'not a URL'
}

import { SecretError } from '@rekey/secret'

/** What `fetch` takes as its first argument. */
export type FetchInput = Parameters<typeof fetch>[0]

/**
 * Makes a check that lets a request pass only to one of `origins`, each written as `https://host:port`.
 *
 * @throws {SecretError} `malformed` if one of them is not an origin; the check throws `refused` for any other target
 */
export function createOriginCheck(origins: readonly string[]): (input: FetchInput) => void {
  for (const origin of origins) {
    if (originOf(origin) !== origin) {
      throw new SecretError(
        'malformed',
        'an allowed origin is written as scheme://host:port, in lower case, without a path or the default port',
      )
    }
  }
  return (input) => {
    const origin = originOf(input instanceof Request ? input.url : String(input))
    if (!origins.includes(origin)) {
      throw new SecretError(
        'refused',
        'the API key may not be sent there; send the request to one of the allowed origins, or add this one',
        { origin },
      )
    }
  }
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'not a URL'
}

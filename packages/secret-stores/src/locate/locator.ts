import { SecretError } from '@rekey/secret'

/** The kinds of places that a locator can name. */
export type Scheme = 'env' | 'dotenv' | 'mount' | 'vault' | 'aws' | 'kubernetes' | 'file'

/** A place where secrets are: `vault:secret/vpn` is the place `secret/vpn` of the scheme `vault`. */
export interface Locator {
  readonly scheme: Scheme
  /** What stands after the colon; empty for `env` alone. */
  readonly place: string
}

/** What stands after the colon, in words. Without words nothing may. */
const PLACES: Readonly<Record<Scheme, string | undefined>> = {
  env: undefined,
  dotenv: 'the path of a .env file',
  mount: 'a directory',
  vault: 'a mount and a prefix, as in vault:secret/vpn',
  aws: 'a prefix, as in aws:vpn',
  kubernetes: 'a namespace',
  file: 'the path of a sources file',
}

/**
 * Reads a locator.
 *
 * @throws {SecretError} `malformed`, without the text: somebody may have put a secret there
 */
export function parseLocator(text: string): Locator {
  const [head = '', ...rest] = text.split(':')
  const scheme = Object.keys(PLACES).find((known): known is Scheme => known === head)
  const place = rest.join(':')
  if (scheme === undefined) {
    throw new SecretError('malformed', `name one of ${Object.keys(PLACES).join(', ')}`)
  }
  const wanted = PLACES[scheme]
  if ((wanted === undefined) === (place === '')) return { scheme, place }
  const fix = wanted === undefined ? 'nothing goes after it' : `put ${wanted} after the colon`
  throw new SecretError('malformed', `${scheme}: ${fix}`)
}

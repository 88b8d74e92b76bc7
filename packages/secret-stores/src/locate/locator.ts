import { SecretError } from '@rekey/secret'

/** The kinds of places that a locator can name. */
export type Scheme = 'env' | 'dotenv' | 'mount' | 'vault' | 'aws' | 'kubernetes' | 'file'

/** A place where secrets are: `vault:secret/vpn` is the place `secret/vpn` of the scheme `vault`. */
export interface Locator {
  readonly scheme: Scheme
  /** The text after the colon; empty for `env` alone. */
  readonly place: string
}

/** Describes the text after the colon; `undefined` where none is allowed. */
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
 * @throws {SecretError} `malformed`, without the text, which may be a secret
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

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { NON_PRODUCTION_PREFIX, SecretError, type SecretSpec, storeName } from '@rekey/secret'
import { ALGORITHMS, type Jwk } from './algorithms.ts'

/** A key that signs tokens. */
export type SigningKey = Readonly<{
  /** `kid` of its tokens (RFC 7515 §4.1.4). */
  kid: string
  /** `alg` of its tokens: `ES256`, `EdDSA`, `RS256`. */
  alg: string
  /** As jose and jsonwebtoken take it. */
  privateKey: KeyObject
  publicKey: KeyObject
  /** As a set of keys publishes it (RFC 7517 §4). */
  jwk: Jwk
}>

/** A key below this can be factored within reach: NIST SP 800-131A. */
const MIN_RSA_BITS = 2048
/** Of base64url; the private number of the shortest algorithm has 43. */
const MIN_LENGTH = 43

/** Returns the name in the store: `SIGNING_KEY_SHOP_TOKENS`. */
export function signingKeyName(service: string, name: string): string {
  return storeName('signing-key', [service, name])
}

/**
 * Declares a private key that one service signs JSON Web Tokens with: a private JSON Web Key with `kid` and `alg`.
 *
 * @param name its use: `tokens`
 * @see https://www.rfc-editor.org/rfc/rfc7517
 * @example
 * ```ts
 * const secrets = { tokens: signingKey('tokens') }
 * ```
 */
export function signingKey(name: string): SecretSpec<SigningKey> {
  return {
    kind: 'signing-key',
    rule: `a private JSON Web Key with kid and alg: ${[...ALGORITHMS.keys()].join(', ')}`,
    access: { end: 'owner' },
    minLength: MIN_LENGTH,
    nameFor: (service) => signingKeyName(service, name),
    parse(text) {
      const { value, jwk, members } = parseKey(text)
      const sensitive = [text, ...members.flatMap((member) => jwk[member] ?? [])]
      const nonProduction = value.kid.startsWith(NON_PRODUCTION_PREFIX)
      return { value, id: value.kid, sensitive, nonProduction }
    },
  }
}

/** Makes a key, with its thumbprint (RFC 7638) as its name. Returns the text for the store. */
export function makeSigningKey(
  alg: string,
  { nonProduction }: { readonly nonProduction: boolean },
): string {
  const algorithm = ALGORITHMS.get(alg)
  if (algorithm === undefined)
    throw malformed(`alg is none of ${[...ALGORITHMS.keys()].join(', ')}`)
  const jwk = algorithm.make()
  const members = algorithm.publicMembers.map((member) => [member, jwk[member]])
  const thumbprint = createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url')
  const kid = `${nonProduction ? NON_PRODUCTION_PREFIX : ''}${thumbprint}`
  return JSON.stringify({ kid, alg, ...jwk })
}

/** Returns the public name of a key in the store. @throws {SecretError} `malformed` */
export function kidOf(text: string): string {
  return parseKey(text).value.kid
}

/** @throws {SecretError} `malformed` */
function parseKey(text: string) {
  const jwk = objectIn(text)
  const { kid = '', alg = '' } = jwk
  const algorithm = ALGORITHMS.get(alg)
  if (algorithm === undefined)
    throw malformed(`alg is none of ${[...ALGORITHMS.keys()].join(', ')}`)
  const { is, publicMembers, privateMembers: members, digest } = algorithm
  const isOfIt = Object.entries(is).every(([member, value]) => jwk[member] === value)
  if (!isOfIt) throw malformed(`its kty or crv is not that of ${alg}`)
  if (!/^[\x21-\x7e]{1,200}$/.test(kid)) throw malformed('it has no kid of visible characters')
  const privateKey = keyOf(jwk)
  const publicKey = createPublicKey(privateKey)
  const { modulusLength = Infinity } = privateKey.asymmetricKeyDetails ?? {}
  if (modulusLength < MIN_RSA_BITS) throw malformed(`it has less than ${MIN_RSA_BITS} bits`)
  // Each half is taken from the text as it is.
  const nonce = randomBytes(32)
  const isPair = verify(digest, nonce, publicKey, sign(digest, nonce, privateKey))
  if (!isPair) throw malformed('its public and its private part are not of one key')
  const known = publicMembers.map((member) => [member, jwk[member] ?? ''] as const)
  const published = { kid, alg, use: 'sig', ...Object.fromEntries(known) }
  return { value: { kid, alg, privateKey, publicKey, jwk: published }, jwk, members }
}

function objectIn(text: string): Jwk {
  try {
    const content: unknown = JSON.parse(text)
    const texts = Object.entries(content ?? {}).filter(([, value]) => typeof value === 'string')
    return Object.fromEntries(texts)
  } catch {
    throw malformed('it is no JSON')
  }
}

function keyOf(jwk: Jwk): KeyObject {
  try {
    return createPrivateKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    throw malformed('it is no private key')
  }
}

function malformed(why: string): SecretError {
  const remedy =
    'issue a new one with rekey issue signing-key, or store yours as a private JSON Web Key'
  return new SecretError('malformed', `${why}: ${remedy}`)
}

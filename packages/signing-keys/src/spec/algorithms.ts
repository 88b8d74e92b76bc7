import { generateKeyPairSync, type KeyObject } from 'node:crypto'

/** The members of a private key of JSON Web Key, RFC 7517 and RFC 7518 §6. */
export type Jwk = Readonly<Record<string, string>>

/** A way to sign a token, by its name in RFC 7518 §3.1 or RFC 8037 §3.1. */
interface Algorithm {
  /** The members of a key for it that have one value. */
  readonly is: Jwk
  /** The members that its thumbprint is of, in order: RFC 7638 §3.2. */
  readonly publicMembers: readonly string[]
  readonly privateMembers: readonly string[]
  /** The digest that is signed; none where the algorithm has its own. */
  readonly digest: string | null
  make(): Jwk
}

const RSA_BITS = 3072

const EC_PRIVATE = ['d']
const RSA_PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi']

/** In the order in which they are offered. */
export const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map([
  [
    'ES256',
    {
      is: { kty: 'EC', crv: 'P-256' },
      publicMembers: ['crv', 'kty', 'x', 'y'],
      privateMembers: EC_PRIVATE,
      digest: 'sha256',
      make: () => toJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
    },
  ],
  [
    'EdDSA',
    {
      is: { kty: 'OKP', crv: 'Ed25519' },
      publicMembers: ['crv', 'kty', 'x'],
      privateMembers: EC_PRIVATE,
      digest: null,
      make: () => toJwk(generateKeyPairSync('ed25519')),
    },
  ],
  [
    'RS256',
    {
      is: { kty: 'RSA' },
      publicMembers: ['e', 'kty', 'n'],
      privateMembers: RSA_PRIVATE,
      digest: 'sha256',
      make: () => toJwk(generateKeyPairSync('rsa', { modulusLength: RSA_BITS })),
    },
  ],
])

function toJwk({ privateKey }: { readonly privateKey: KeyObject }): Jwk {
  return privateKey.export({ format: 'jwk' }) as Jwk
}

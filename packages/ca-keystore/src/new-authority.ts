import { type KeyObject, randomUUID } from 'node:crypto'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import type { CaKeystore } from './ca-keystore.ts'
import { signCertificate } from './certificate.ts'
import { signRequest } from './create-signing-request.ts'
import { encodeName, type Subject } from './distinguished-name.ts'
import type { KeyIdentity } from './envelope/index.ts'
import {
  authorityExtensions,
  LONGEST_DAYS,
  MAX_CA_VALIDITY_MS,
  type Profile,
  PROFILE_NAMES,
} from './issuer.ts'
import { publicKeyDigest } from './key-digest.ts'
import { parseSigningRequest } from './parse-signing-request.ts'
import type { Signer } from './signer.ts'
import { DAY_MS, validityFrom } from './validity.ts'

/** The place of a new keystore, and what is bound to its key for good. */
export interface NewKeyPlace {
  /** Made, with mode 0700; what is above it must exist or can be made. Must be absent or empty. */
  readonly directory: string
  /** Counts the keys of one CA, from 1 (the default). */
  readonly generation?: number
  /** The certificates that it may issue; default all. A root that issues none but CAs: `[]`. */
  readonly profiles?: readonly Profile[]
}

/** A CA that is wanted, wherever its key will be. Each of its generations needs a name of its own. */
export interface NewAuthority extends NewKeyPlace {
  /** Without the generation: `Example Issuing CA` becomes `Example Issuing CA G1`. */
  readonly commonName: string
  readonly organization?: string
  /** The root that signs it; without, it is a root. */
  readonly parent?: CaKeystore
  /** Default ten years for a root, three for an intermediate. */
  readonly validityMs?: number
  readonly clock?: Clock
}

/** The default validity of an intermediate CA. */
export const INTERMEDIATE_VALIDITY_MS: number = 3 * 365 * DAY_MS

/** The generation of a new key. @throws {SecretError} `refused` for anything but a whole number from 1 on */
export function generationOf({ generation = 1 }: NewKeyPlace): number {
  if (Number.isInteger(generation) && generation >= 1) return generation
  throw new SecretError('refused', 'the generation of a CA is a whole number from 1 on', {
    reason: 'generation',
  })
}

/** Identifies a new key for its whole life. @throws {SecretError} as {@link generationOf} */
export function newKeyIdentity(
  publicKey: KeyObject,
  purpose: KeyIdentity['purpose'],
  place: NewKeyPlace,
  clock: Clock,
): KeyIdentity {
  return {
    id: randomUUID(),
    generation: generationOf(place),
    purpose,
    spki: publicKeyDigest(publicKey),
    created: new Date(clock.now()).toISOString(),
    policy: { profiles: place.profiles ?? PROFILE_NAMES, days: LONGEST_DAYS },
  }
}

/** A root has no parent. */
export function purposeOf({ parent }: NewAuthority): KeyIdentity['purpose'] {
  return parent === undefined ? 'root' : 'issuing'
}

/** The subject of a new CA, its generation included. @throws {SecretError} as {@link generationOf} */
export function authoritySubject(wanted: NewAuthority): Subject {
  const { commonName, organization } = wanted
  const named = { commonName: `${commonName} G${generationOf(wanted)}` }
  return organization === undefined ? named : { ...named, organization }
}

/**
 * Has a new CA certified: by its parent, or by its own key.
 *
 * @returns PEM of its certificate and those above it
 * @throws {SecretError} as `CaKeystore.issueIntermediate`
 */
export async function certify(
  signer: Signer,
  subject: Subject,
  { parent, validityMs, clock = systemClock }: NewAuthority,
): Promise<string> {
  const csr = await signRequest(signer, subject)
  if (parent === undefined) return selfSigned(signer, csr, subject, clock.now(), validityMs)
  const order = { csr, subject, validityMs: validityMs ?? INTERMEDIATE_VALIDITY_MS }
  return (await parent.issueIntermediate(order)).certificate + parent.chain
}

async function selfSigned(
  signer: Signer,
  csr: string,
  subject: Subject,
  nowMs: number,
  validityMs = MAX_CA_VALIDITY_MS,
): Promise<string> {
  const { key } = parseSigningRequest(csr)
  const name = encodeName(subject)
  const content = {
    kind: 'authority' as const,
    ...validityFrom(nowMs, validityMs, MAX_CA_VALIDITY_MS),
    subject: name,
    spki: key.spki,
    extensions: authorityExtensions(key, 1),
  }
  return (await signCertificate(content, { subject: name }, signer)).certificate
}

import { type Secret, SecretError } from '@rekey/secret'
import type { SecretErrorCode } from '@rekey/secret/internal'
import { combine } from 'shamir-secret-sharing'
import { x25519PublicKey } from '../envelope/index.ts'
import { type EscrowSet, parseEscrowSet, spkiDigest } from './escrow-set.ts'
import { type ReadShare, readShare } from './share-text.ts'

/** A share that a custodian brings. */
export interface PresentedShare {
  /** Of the share in errors, such as the name of its file. */
  readonly name: string
  readonly text: Secret
}

/** The description of a share, without its value. */
export interface ShareCheck {
  readonly set: string
  readonly index: number
  readonly holder: string
  readonly threshold: number
  readonly count: number
  /** SHA-256 of the public key of the CA, hexadecimal. */
  readonly spki: string
}

/**
 * Checks one share alone, without any other: that it is well-formed, belongs to the set of an `escrow.json`, and is the one which that
 * set, signed by the escrow of the CA, commits to. It proves that the share is good, and shows nothing of the secret.
 *
 * @throws {SecretError} `malformed` with the mistyped `line`; `refused` for a share of another CA or another set; `rejected` for a share
 *   that the set does not commit to, or a set that is not signed
 *
 * @example
 * ```ts
 * const { holder, threshold, count } = checkShare({ escrow: escrowJson, share: { name: 'alice', text } })
 * ```
 */
export function checkShare(options: {
  /** The text of `escrow.json`. */
  readonly escrow: string
  readonly share: PresentedShare
}): ShareCheck {
  const set = parseEscrowSet(options.escrow)
  const { bytes, ...read } = committed(options.share, set)
  bytes.fill(0)
  return shareCheckOf(read, set)
}

/** The description of a share of a set. */
export function shareCheckOf(
  { index, holder, threshold, count }: Omit<ReadShare, 'bytes' | 'key'>,
  set: EscrowSet,
): ShareCheck {
  return { set: set.set, index, holder, threshold, count, spki: spkiDigest(set) }
}

/**
 * Combines shares into the secret of an escrow. The library for the scheme gives a wrong secret for a wrong share, so each share is
 * checked against the signed set before, and the secret against its public key after. The caller wipes it.
 *
 * @throws {SecretError} what {@link checkShare} throws; `refused` for a share given twice; `missing` for too few, with those that could
 *   be added
 */
export async function combineShares(
  escrow: string,
  shares: readonly PresentedShare[],
): Promise<{ secret: Buffer; set: EscrowSet }> {
  const set = parseEscrowSet(escrow)
  const read = new Map<number, ReadShare>()
  for (const share of shares) {
    const one = committed(share, set)
    if (read.has(one.index)) throw problemOf(share.name, 'refused', 'duplicate', 'is there twice')
    read.set(one.index, one)
  }
  if (read.size < set.threshold) throw tooFew(set, read)
  const used = [...read.values()].slice(0, set.threshold)
  const combined = await combine(used.map(({ bytes }) => bytes))
  const secret = Buffer.from(combined)
  for (const bytes of [combined, ...[...read.values()].map((one) => one.bytes)]) bytes.fill(0)
  if (x25519PublicKey(secret).toString('base64') === set.authority.recipient) return { secret, set }
  secret.fill(0)
  throw new SecretError('rejected', 'the shares do not give the secret of the escrow; try others', {
    reason: 'escrow-secret',
  })
}

/** Reads a share that a set commits to. @throws {SecretError} what {@link checkShare} throws */
export function committed({ name, text }: PresentedShare, set: EscrowSet): ReadShare {
  const read = readShare(text, name)
  if (!spkiDigest(set).startsWith(read.spki)) {
    throw problemOf(name, 'refused', 'other-ca', 'is of the escrow of another CA')
  }
  if (read.set !== set.set) {
    throw problemOf(name, 'refused', 'other-set', `is of the set ${read.set}, not of ${set.set}`)
  }
  const stated = set.custodians.find(({ index }) => index === read.index)
  if (stated?.commitment === read.commitment) return read
  throw problemOf(name, 'rejected', 'bad-share', 'was changed: the set does not commit to it')
}

function problemOf(share: string, code: SecretErrorCode, reason: string, problem: string) {
  const message = `share ${share} ${problem}; leave it out, and bring another share of the set`
  return new SecretError(code, message, { reason, share })
}

function tooFew({ threshold, custodians }: EscrowSet, read: ReadonlyMap<number, unknown>) {
  const absent = custodians.filter(({ index }) => !read.has(index)).map(({ holder }) => holder)
  const message = `${read.size} of ${threshold} shares are there; add shares of ${absent.join(', ')}`
  return new SecretError('missing', message, { reason: 'too-few-shares', shares: read.size })
}

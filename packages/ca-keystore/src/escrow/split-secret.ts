import { randomBytes, timingSafeEqual } from 'node:crypto'
import { SecretError, type Secret } from '@rekey/secret'
import { combine, split } from 'shamir-secret-sharing'
import { type EscrowSet, signSet, spkiDigest } from './escrow-set.ts'
import { encodeShare, readShare } from './share-text.ts'

/** The share of one custodian, to be handed over. */
export interface CustodianShare {
  readonly holder: string
  /** From 1 on. */
  readonly index: number
  /** Lines of letters and digits, each with a checksum. */
  readonly text: Secret
}

/** A wanted set of shares. */
export interface WantedSet {
  readonly threshold: number
  readonly holders: readonly string[]
  readonly created: Date
}

/**
 * Splits a secret into shares by Shamir's scheme over GF(2^8), reads back the text of each, and proves that every subset of `threshold`
 * shares gives the secret.
 *
 * @returns the shares, and the set with the signature of the escrow
 * @throws {SecretError} `rejected` if any subset does not
 */
export async function splitSecret(
  secret: Buffer,
  { threshold, holders, created }: WantedSet,
  authority: EscrowSet['authority'],
): Promise<{ shares: readonly CustodianShare[]; signed: string }> {
  const set = randomBytes(8).toString('hex')
  const parts = await split(Uint8Array.from(secret), holders.length, threshold)
  const spki = spkiDigest({ authority }).slice(0, 32)
  const written = holders.map((holder, at) => {
    const [index, bytes] = [at + 1, parts[at] ?? new Uint8Array()]
    const common = { set, threshold, count: holders.length, index, spki, holder }
    return { holder, index, ...encodeShare({ ...common, bytes }) }
  })
  const read = written.map(({ text, holder }) => readShare(text, holder).bytes)
  for (const subset of subsetsOf(read, threshold)) await prove(subset, secret)
  for (const bytes of [...parts, ...read]) bytes.fill(0)
  const custodians = written.map(({ holder, index, commitment, verifier }) => ({
    index,
    holder,
    commitment,
    verifier,
  }))
  const content = { set, threshold, created: created.toISOString(), custodians }
  const shares = written.map(({ holder, index, text }) => ({ holder, index, text }))
  return { shares, signed: await signSet(content, secret) }
}

async function prove(subset: readonly Uint8Array[], secret: Buffer): Promise<void> {
  const combined = await combine([...subset])
  const isSame = combined.length === secret.length && timingSafeEqual(combined, secret)
  combined.fill(0)
  if (isSame) return
  const message =
    'shares that were just made do not give the secret, and were thrown away; check the hardware, and make them again'
  throw new SecretError('rejected', message, { reason: 'split' })
}

function subsetsOf<T>(all: readonly T[], size: number): T[][] {
  if (size === 0) return [[]]
  return all.flatMap((one, at) =>
    subsetsOf(all.slice(at + 1), size - 1).map((rest) => [one, ...rest]),
  )
}

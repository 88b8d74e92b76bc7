import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { recordLife } from '../biography.ts'
import { openEnvelope, sealEnvelope } from '../envelope/index.ts'
import { type PassphraseVersion, readKeystore, unlockFailed } from '../keystore-files.ts'
import { checkPair, keyFrom, openIssuer } from '../open-ca-keystore.ts'
import { createKeySigner } from '../signer.ts'
import { unlockKey } from '../unlock-key.ts'
import { noEscrow, putEscrowInEffect, readBoundEscrow, readEscrowedKey } from './bound-escrow.ts'
import { combineShares, type PresentedShare } from './combine-shares.ts'
import {
  authorityText,
  checkCustodians,
  ESCROW_SLOT,
  escrowDigest,
  type EscrowSet,
  parseAuthority,
  parseEscrowSet,
  signAuthority,
} from './escrow-set.ts'
import { type CustodianShare, splitSecret } from './split-secret.ts'

/** The custodians of an escrow, and how they get their shares. */
export interface EscrowCeremony {
  /** How many shares recover; 2 or more. */
  readonly threshold: number
  /** The name of each custodian; at most 12. */
  readonly holders: readonly string[]
  /** Hands the shares over. Only when it has resolved is the escrow in effect, so that none counts whose shares nowhere are. */
  readonly deliver: (shares: readonly CustodianShare[], escrow: string) => Promise<void>
  readonly clock?: Clock
}

/** A wanted escrow of a CA key. */
export interface NewEscrow extends EscrowCeremony {
  /** Of the keystore. */
  readonly directory: string
  /** Opens the keystore; it is what the custodians share. */
  readonly passphrase: PassphraseVersion
}

/**
 * Creates the escrow of a CA key: a key pair whose secret half exists in shares alone. Each later backup is encrypted to its public half,
 * in `escrow.json` beside the key. Every subset of enough shares is proved before, and the key is restored from the texts of shares once. An escrow
 * from before is replaced; its shares still open the backups made for it.
 *
 * @throws {SecretError} `refused` for custodians or threshold, and what `openCaKeystore` and `deliver` throw
 *
 * @example
 * ```ts
 * const deliver: EscrowCeremony['deliver'] = async (shares) => { await printSheets(shares) }
 * const held = { value: passphrase, origin: { kind: 'memory' } } as const
 * const holders = ['Alice', 'Bob', 'Carol']
 * await createEscrow({ directory, passphrase: held, threshold: 2, holders, deliver })
 * ```
 */
export async function createEscrow(options: NewEscrow): Promise<EscrowSet> {
  const { threshold, holders, deliver, clock = systemClock } = options
  checkCustodians(threshold, holders)
  const issuer = await openIssuer(options)
  const secret = randomBytes(32)
  try {
    const signedAuthority = await signAuthority(issuer, secret)
    const { shares, text } = await newSet(signedAuthority, secret, { ...options, clock })
    await deliver(shares, text)
    await proveRestore(options, text, shares)
    return await putInEffect(issuer, text, 'escrow')
  } finally {
    secret.fill(0)
  }
}

/** A new set of shares for an escrow. */
export interface Reshare extends EscrowCeremony {
  /** Of the keystore. */
  readonly directory: string
  /** Enough shares of the set of today. */
  readonly shares: readonly PresentedShare[]
}

/**
 * Splits the secret of an escrow anew, for other custodians or another threshold, from a quorum of its shares and without the CA key. Old
 * shares give the same secret for ever, so collect and destroy them; if that cannot be done, create a new escrow and a new backup.
 *
 * @throws {SecretError} `missing` without an escrow; `rejected` or `refused` for an `escrow.json` that is not the one of this CA which its biography
 *   recorded last; what `checkShare` throws, with the share that is wrong; `refused` for custodians or threshold; what `deliver` throws
 *
 * @example
 * ```ts
 * const holders = ['Alice', 'Bob', 'Carol', 'Dave']
 * await reshareEscrow({ directory, shares, threshold: 3, holders, deliver })
 * ```
 */
export async function reshareEscrow(options: Reshare): Promise<EscrowSet> {
  const { threshold, holders, deliver, clock = systemClock } = options
  checkCustodians(threshold, holders)
  const directory = resolve(options.directory)
  const identity = await readEscrowedKey(directory)
  const escrow = await readBoundEscrow({ directory, identity })
  if (escrow === undefined) throw noEscrow(directory)
  const { secret } = await combineShares(escrow.text, options.shares)
  try {
    const signedAuthority = authorityText(escrow.text)
    const { shares, text } = await newSet(signedAuthority, secret, { ...options, clock })
    await deliver(shares, text)
    ;(await secretFrom(text, shares, threshold)).fill(0)
    return await putInEffect({ directory, identity, clock }, text, 'reshare')
  } finally {
    secret.fill(0)
  }
}

/** Restores the key from the texts of shares, as a backup for this escrow is. @throws {SecretError} `rejected` if that fails */
async function proveRestore(
  { directory, passphrase, threshold }: NewEscrow,
  text: string,
  shares: readonly CustodianShare[],
): Promise<void> {
  const files = await readKeystore({ directory, passphrase })
  const pkcs8 = await unlockKey(files)
  if (pkcs8 === undefined) throw unlockFailed(files.directory)
  const recipient = Buffer.from(parseEscrowSet(text).authority.recipient, 'base64')
  const sealed = await sealEnvelope(pkcs8, files.identity, [{ slot: ESCROW_SLOT, recipient }])
  pkcs8.fill(0)
  const secret = await secretFrom(text, shares, threshold)
  const restored = await openEnvelope(sealed, { slot: ESCROW_SLOT, secret })
  secret.fill(0)
  if (restored === undefined) throw notRestored()
  await checkPair(createKeySigner(keyFrom(restored.pkcs8)), files.ca)
}

/** The secret that the last shares give. */
async function secretFrom(
  text: string,
  shares: readonly CustodianShare[],
  threshold: number,
): Promise<Buffer> {
  const presented = shares.map((share) => ({ name: share.holder, text: share.text }))
  return (await combineShares(text, presented.slice(-threshold))).secret
}

async function newSet(
  signedAuthority: string,
  secret: Buffer,
  { threshold, holders, clock }: Pick<Reshare, 'threshold' | 'holders'> & { clock: Clock },
) {
  const stated = parseAuthority(signedAuthority)
  const created = new Date(clock.now())
  const { shares, signed } = await splitSecret(secret, { threshold, holders, created }, stated)
  return { shares, text: signedAuthority + signed }
}

async function putInEffect(
  key: Parameters<typeof recordLife>[0],
  text: string,
  action: 'escrow' | 'reshare',
): Promise<EscrowSet> {
  const set = parseEscrowSet(text)
  const { set: id, threshold, custodians } = set
  const details = { set: id, threshold, shares: custodians.length, sha256: escrowDigest(text) }
  await putEscrowInEffect(key.directory, text, () => recordLife(key, { action, details }))
  return set
}

function notRestored(): SecretError {
  const message =
    'the CA key could not be restored from the new shares, so the escrow is not in effect; destroy the shares, check the hardware, and create it again'
  return new SecretError('rejected', message, { reason: 'escrow-restore' })
}
